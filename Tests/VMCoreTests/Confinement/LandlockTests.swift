import Foundation
import Testing
import VMCore

@Suite("Landlock", .enabled(if: Landlock.version != nil, "needs a kernel with Landlock"))
struct LandlockTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "vmctl-rules-\(UInt32.random(in: 0 ... .max))"
        try Folders.make(folder)
    }

    /// The exit status of a shell command under rules that allow the system's folders and `more`.
    private func run(_ command: String, _ more: [FileAccess]) throws -> ProcessExit {
        let rules = try Landlock()
        for path in ["/usr", "/bin", "/lib", "/lib64", "/etc"] { try rules.allow(.init(path, .read)) }
        for access in more + [.init("/dev/null", .write)] { try rules.allow(access) }
        var request = SpawnRequest(executable: "/bin/sh", arguments: ["-c", command])
        request.ruleset = rules.raw
        let process = try SpawnedProcess.spawn(request)
        return ProcessExit.wait(for: process.handle, until: .after(.seconds(10))) ?? .unknown
    }

    @Test("what isn't allowed can be neither read, nor written, nor made, nor removed")
    func rules() throws {
        defer { Folders.removeTree(folder) }
        let (file, other) = (folder + "/file", folder + "/other")
        for path in [file, other] { try Files.write([65], to: path, durable: false) }
        #expect(try run("cat \(file)", []) == .exited(1))
        #expect(try run("cat \(file)", [.init(file, .read)]) == .exited(0))
        #expect(try run("cat \(other)", [.init(file, .read)]) == .exited(1))
        #expect(try run("echo >> \(file)", [.init(file, .read)]) != .exited(0))
        #expect(try run("echo >> \(file)", [.init(file, .write)]) == .exited(0))
        #expect(try run("rm -f \(file)", [.init(file, .write)]) == .exited(1))
        #expect(try run("mkfifo \(folder)/new", [.init(folder, .create)]) == .exited(0))
        #expect(try run("rm -f \(folder)/new", [.init(folder, .create)]) == .exited(1))
        #expect(try run("cat \(file)", [.init(folder, .create)]) == .exited(1))
        #expect(try run("rm -f \(folder)/new && cat \(file)", [.init(folder, .write)]) == .exited(0))
    }

    @Test("rules are given away under a number, and taken over while that is still theirs")
    func handingOn() throws {
        defer { Folders.removeTree(folder) }
        /// Whether rules can be taken over; they end with that.
        func isTaken(_ raw: Int32) -> Bool {
            guard let rules = Landlock(released: raw) else { return false }
            return rules.raw == raw
        }
        func release() throws -> Int32? { try Landlock().release(above: 300) }
        let raw = try #require(try release())
        #expect(raw >= 300)
        #expect(isTaken(raw))
        #expect(!isTaken(raw))
        let again = try #require(try release())
        let file = try FileDescriptor.open("/dev/null", flags: O_RDONLY)
        #expect(dup2(file.raw, again) == again)
        #expect(!isTaken(again))
        #expect(fcntl(again, F_GETFD) >= 0)
        close(again)
    }

    @Test("another user without any capability", .enabled(if: getuid() == 0, "needs root"))
    func user() throws {
        defer { Folders.removeTree(folder) }
        chmod(folder, 0o777)
        let out = folder + "/status"
        var request = SpawnRequest(executable: "/bin/sh", arguments: ["-c", "cat /proc/self/status > \(out)"])
        request.umask = 0o022
        request.user = HostUser(name: "somebody", id: 4001, group: 4002, groups: [4003])
        let process = try SpawnedProcess.spawn(request)
        #expect(ProcessExit.wait(for: process.handle, until: .after(.seconds(10))) == .exited(0))
        let text = try String(contentsOfFile: out, encoding: .utf8)
        func words(_ key: String) -> [String] {
            let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") } ?? ""
            return line.split(whereSeparator: \.isWhitespace).dropFirst().map { String($0) }
        }
        #expect(words("Uid") == ["4001", "4001", "4001", "4001"] && words("Gid").first == "4002")
        #expect(words("Groups") == ["4003"] && words("NoNewPrivs") == ["1"])
        for set in ["CapPrm", "CapEff", "CapBnd", "CapAmb"] { #expect(words(set) == ["0000000000000000"]) }
    }
}
