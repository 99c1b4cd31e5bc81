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
    /// - Parameters:
    ///   - key: the bytes of a secret, which it finds in an open file of memory; see ``keyFile``.
    ///   - accepted: the numbers with which it may end; all others are failures.
    ///   - file: the only file that it may read besides what every program does, where the kernel keeps it to that; nil for
    ///     all of its user's.
    /// - Returns: the number with which it ended.
    @discardableResult
    package func run(
        _ arguments: [String], key: [UInt8]? = nil, accepted: Set<Int32> = [0], onlyReading file: String? = nil,
        _ work: Work
    ) throws(VMError) -> Int32 {
        let secret = try FileDescriptor.memory(key ?? [], name: "\(name)-key")
        let complaints = try FileDescriptor.memory([], name: "\(name)-stderr")
        let files: [SpawnRequest.Descriptor] = key == nil ? [] : [.init(secret.raw, as: 3)]
        let process = try spawn(arguments, files, complaints, [], onlyReading: file)
        let what = what(arguments)
        while !Poll.isReadable(process.handle.raw, by: min(work.deadline, .after(Self.interval))) {
            do throws(VMError) {
                try work.check(what)
                try Self.check(complaints, what)
            } catch {
                Self.kill(process)
                throw error
            }
        }
        return try end(process, what, complaints, accepted)
    }

    /// Runs it and takes what it writes, piece by piece, until it has ended well.
    ///
    /// - Parameters:
    ///   - input: an open file that it reads.
    ///   - key: as in ``run(_:key:accepted:_:)``.
    ///   - environment: what it gets besides the usual.
    ///   - take: what is done with each piece; what it throws ends the program.
    package func stream(
        _ arguments: [String], input: Int32? = nil, key: [UInt8]? = nil,
        environment: [(name: String, value: String)] = [], _ work: Work, _ take: ([UInt8]) throws(VMError) -> Void
    ) throws(VMError) {
        let secret = try FileDescriptor.memory(key ?? [], name: "\(name)-key")
        let complaints = try FileDescriptor.memory([], name: "\(name)-stderr")
        var pipe = try Pipe()
        var files: [SpawnRequest.Descriptor] = [.init(pipe.writer, as: STDOUT_FILENO)]
        if let input { files.append(.init(input, as: STDIN_FILENO)) }
        if key != nil { files.append(.init(secret.raw, as: 3)) }
        let process = try spawn(arguments, files, complaints, environment)
        pipe.closeWriter()
        let what = what(arguments)
        do throws(VMError) {
            while true {
                try work.check(what)
                try Self.check(complaints, what)
                guard Poll.isReadable(pipe.reader.raw, by: min(work.deadline, .after(Self.interval))) else { continue }
                let bytes = try pipe.reader.readSome(what, limit: Self.portion)
                if bytes.isEmpty { break }
                try take(bytes)
            }
            // It has closed its output, and is about to end.
            while !Poll.isReadable(process.handle.raw, by: min(work.deadline, .after(Self.interval))) {
                try work.check(what)
                try Self.check(complaints, what)
            }
        } catch {
            Self.kill(process)
            throw error
        }
        _ = try end(process, what, complaints, [0])
    }

    /// The most that it may complain of: what it says is kept in memory, and an image can make it say the same without end.
    private static let mostComplaints = 4 << 20

    private static func check(_ complaints: borrowing FileDescriptor, _ what: String) throws(VMError) {
        guard let facts = try? complaints.facts(), facts.size > mostComplaints else { return }
        lseek(complaints.raw, 0, SEEK_SET)
        let said = (try? complaints.readToEnd("stderr", limit: limit)) ?? []
        throw .toolFailed(what, String(decoding: said.prefix { $0 != 0x0a }, as: UTF8.self) + " (and more without end)")
    }

    /// How often it is looked whether the work is still wanted.
    private static let interval = Duration.milliseconds(100)
    /// What is read at a time.
    private static let portion = 1 << 18

    private func what(_ arguments: [String]) -> String {
        arguments.first.map { $0.hasPrefix("-") ? name : "\(name) \($0)" } ?? name
    }

    private func spawn(
        _ arguments: [String], _ files: [SpawnRequest.Descriptor], _ complaints: borrowing FileDescriptor,
        _ environment: [(name: String, value: String)], onlyReading file: String? = nil
    ) throws(VMError) -> SpawnedProcess {
        var request = SpawnRequest(
            executable: path, arguments: arguments,
            environment: [("LC_ALL", "C"), ("PATH", "/usr/bin:/bin"), ("HOME", "/")] + environment,
            descriptors: files + [.init(complaints.raw, as: STDERR_FILENO)], workingDirectory: "/", umask: 0o077,
            diesWithParent: true)
        guard let file, Landlock.version != nil else { return try SpawnedProcess.spawn(request) }
        let rules = try Landlock()
        let own = [FileAccess(file, .read), FileAccess("/etc/ld.so.cache", .read), FileAccess("/dev/null", .write)]
        for access in FileAccess.system + own { try rules.allow(access) }
        request.ruleset = rules.raw
        let process = try SpawnedProcess.spawn(request)
        _ = consume rules
        return process
    }

    private static func kill(_ process: borrowing SpawnedProcess) {
        sendSignal(SIGKILL, to: process.handle)
        _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(1)))
    }

    private func end(
        _ process: borrowing SpawnedProcess, _ what: String, _ complaints: borrowing FileDescriptor,
        _ accepted: Set<Int32>
    ) throws(VMError) -> Int32 {
        if case .exited(let number) = ProcessExit.wait(for: process.handle, until: .after(.seconds(1))),
            accepted.contains(number)
        {
            return number
        }
        lseek(complaints.raw, 0, SEEK_SET)
        let said = (try? complaints.readToEnd("\(name)-stderr", limit: Self.limit)) ?? []
        let lines = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isNewline)
        throw .toolFailed(what, lines.joined(separator: "; "))
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
