import Foundation
import Testing
import VMCore
import VMJSON

/// The built program, run as an ordinary user in a home of their own that goes, with all in it, when the test is over.
///
/// The user may open /dev/net/tun, as users may on most hosts: in a mount namespace of each run there is one for them.
final class OrdinaryUser: Sendable {
    let id: uid_t
    let home: String
    private let folder: String
    private var program: String { folder + "/vmctl" }

    /// Whether this host lets a test be somebody else, and gives users namespaces.
    static let isPossible: Bool = {
        let programs = [
            "/usr/bin/setpriv", "/usr/bin/unshare", "/usr/sbin/dnsmasq", "/usr/sbin/nft", "/usr/bin/slirp4netns",
        ]
        guard geteuid() == 0, programs.allSatisfy({ access($0, X_OK) == 0 }), Files.exists("/dev/net/tun") else {
            return false
        }
        return run(
            "/usr/bin/setpriv",
            ["--reuid=54331", "--regid=54331", "--clear-groups", "/usr/bin/unshare", "--user", "--net", "/bin/true"]
        ).status == 0
    }()

    init() throws {
        id = uid_t.random(in: 54_400..<58_000)
        var template = Array("/tmp/vmctl-user-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        home = folder + "/home"
        chmod(folder, 0o755)
        try FileManager.default.copyItem(atPath: Program.executable, toPath: folder + "/vmctl")
        chmod(folder + "/vmctl", 0o755)
        mkdir(folder + "/dev", 0o755)
        mkdir(home, 0o700)
        chown(home, id, id)
    }

    deinit {
        for name in run("list", "--name").output.split(separator: "\n") { _ = run("destroy", String(name)) }
        for name in run("net-list", "--name").output.split(separator: "\n") { _ = run("net-destroy", String(name)) }
        for pid in processes { kill(pid, SIGKILL) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// The user's processes that live.
    var processes: [pid_t] {
        ProcessTable.all.filter { pid in
            var status = stat()
            guard stat("/proc/\(pid)", &status) == 0, status.st_uid == id,
                let start = ProcessIdentity.startTime(of: pid)
            else { return false }
            return ProcessIdentity(pid: pid, startTime: start).isAlive
        }
    }

    /// Those that run a program whose command line has a word in it.
    func processes(_ word: String) -> [pid_t] {
        processes.filter { pid in
            ProcessTable.commandLine(of: pid).contains { String(decoding: $0, as: UTF8.self).contains(word) }
        }
    }

    @discardableResult
    func run(_ words: String..., environment: [String: String] = [:]) -> Program.Result {
        run(words, environment: environment)
    }

    @discardableResult
    func run(_ words: [String], environment: [String: String] = [:]) -> Program.Result {
        let variables =
            ["PATH=/usr/bin:/bin", "HOME=\(home)", "VMCTL_HOME=\(home)"]
            + environment.map { "\($0.key)=\($0.value)" }
        let script = """
            mount -t tmpfs tmpfs '\(folder)/dev' && mknod -m 666 '\(folder)/dev/tun' c 10 200 \
            && mount --bind '\(folder)/dev/tun' /dev/net/tun \
            && exec /usr/bin/setpriv --reuid=\(id) --regid=\(id) --clear-groups /usr/bin/env -i "$@"
            """
        return Self.run(
            "/usr/bin/unshare", ["--mount", "/bin/sh", "-c", script, "sh"] + variables + [program] + words)
    }

    private static func run(_ program: String, _ arguments: [String]) -> Program.Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: "/")
        let (output, errors) = (Foundation.Pipe(), Foundation.Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        do { try process.run() } catch { return Program.Result(status: -1, output: "", errors: "\(error)") }
        let texts = [output, errors].map {
            String(decoding: $0.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        }
        process.waitUntilExit()
        return Program.Result(status: process.terminationStatus, output: texts[0], errors: texts[1])
    }

    /// Writes a file that the user can read and gives its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = folder + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o644)
        return path
    }
}

/// A guest whose console has a shell.
final class GuestShell {
    private let terminal: Int32
    private var count = 0

    /// - Parameter path: the terminal behind its serial port.
    init(_ path: String) throws {
        terminal = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK)
        try #require(terminal >= 0)
    }

    deinit { close(terminal) }

    /// Runs a command and gives what it printed.
    func run(_ command: String, within time: Duration = .seconds(120)) throws -> String {
        count += 1
        let mark = "E\(count)D"
        let deadline = Deadline.after(time)
        var text = ""
        var room = [UInt8](repeating: 0, count: 4096)
        var next = Deadline.now
        while !deadline.hasPassed {
            // A guest that isn't up yet loses what is typed.
            if next.hasPassed, count == 1 || text.isEmpty {
                let line = command + "; echo E''\(count)D\n"
                _ = line.withCString { write(terminal, $0, strlen($0)) }
                next = .after(.seconds(count == 1 ? 2 : 60))
            }
            let length = read(terminal, &room, room.count)
            if length > 0 {
                text += String(decoding: room[..<length], as: UTF8.self)
            } else {
                Poll.sleep(.milliseconds(20))
            }
            if text.contains("\(mark)\r\n") || text.contains("\(mark)\n") { return text }
        }
        Issue.record("the guest did not answer '\(command)': \(text)")
        return text
    }

    /// Has the guest ask for an address, as a system does that begins to use its network.
    func askForAddress(_ name: String) throws -> String {
        let script = """
            printf '#!/bin/sh\\n[ "$1" = bound ] || exit 0\\nip addr flush dev eth0; ip addr add $ip/$mask dev eth0; \
            [ -n "$router" ] && ip route add default via $router; echo nameserver $dns > /etc/resolv.conf; \
            echo search $domain >> /etc/resolv.conf\\n' > /tmp/s; chmod +x /tmp/s; ip route del default; \
            udhcpc -i eth0 -s /tmp/s -n -q -t 20 -x hostname:\(name) 2>&1 | tail -n 1
            """
        return try run(script)
    }
}
