internal import Glibc
package import VMCore

/// A program that works on images: `qemu-img`, `scrub`.
package struct ImageTool: Sendable {
    /// Where programs are looked for, which only root may have put there. Not in `PATH`, which is the caller's.
    private static let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]
    /// The most of its words that an error repeats.
    private static let limit = 1 << 16

    package let path: String
    package let name: String

    /// - Throws: `unsupported` when it isn't installed.
    package init(_ name: String) throws(VMError) {
        let found = Self.folders.lazy.map { $0 + "/" + name }
            .first { Files.kind($0) == .file && access($0, X_OK) == 0 && OwnFolders.isRootsAlone($0) }
        guard let found else {
            throw .unsupportedSettings("the program '\(name)' is not installed", remedy: "install it")
        }
        self.name = name
        path = found
    }

    static func qemuImg() throws(VMError) -> ImageTool { try ImageTool("qemu-img") }

    /// Where a program that is given a key finds it.
    static let keyFile = "/proc/self/fd/3"

    /// Runs it and waits for its end. It ends with this process, too.
    ///
    /// - Parameter key: the bytes of a secret, which it finds in an open file of memory; see ``keyFile``.
    package func run(_ arguments: [String], key: [UInt8]? = nil, _ work: Work) throws(VMError) {
        let secret = try FileDescriptor.memory(key ?? [], name: "\(name)-key")

        let complaints = try FileDescriptor.memory([], name: "\(name)-stderr")
        let request = SpawnRequest(
            executable: path, arguments: arguments,
            environment: [("LC_ALL", "C"), ("PATH", "/usr/bin:/bin"), ("HOME", "/")],
            descriptors: [.init(complaints.raw, as: STDERR_FILENO)] + (key == nil ? [] : [.init(secret.raw, as: 3)]),
            workingDirectory: "/", umask: 0o077,
            diesWithParent: true)
        let process = try SpawnedProcess.spawn(request)
        let what = "\(name) \(arguments.first ?? "")"
        while !Poll.isReadable(process.handle.raw, by: min(work.deadline, .after(.milliseconds(100)))) {
            do throws(VMError) {
                try work.check(what)
            } catch {
                sendSignal(SIGKILL, to: process.handle)
                _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(1)))
                throw error
            }
        }
        guard ProcessExit.wait(for: process.handle, until: .after(.seconds(1))) == .exited(0) else {
            lseek(complaints.raw, 0, SEEK_SET)
            let said = (try? complaints.readToEnd("\(name)-stderr", limit: Self.limit)) ?? []
            let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
            throw .toolFailed(what, lines.joined(separator: "; "))
        }
    }
}

/// How long something may take, and whether it is still wanted.
package struct Work: Sendable {
    package var deadline: Deadline
    package var flag: StopFlag

    package init(deadline: Deadline = .after(.seconds(86_400)), flag: StopFlag = StopFlag()) {
        self.deadline = deadline
        self.flag = flag
    }

    func check(_ what: String) throws(VMError) { try flag.check(deadline, what) }
}
