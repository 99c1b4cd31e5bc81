internal import Glibc
internal import SupervisorProtocol
internal import VMCore

/// The files that others append to without end, each kept short however quickly it grows.
///
/// To those of the consoles QEMU appends what the guest prints, so that somebody who joins later can read it. Their
/// beginnings are given back to the file system, and little more than ``RuntimeFolder/consoleHistory`` bytes take space.
/// Logs are what QEMU and its helper programs say themselves; they are cut down to their ends.
final class GrowingFiles {
    private let folder: String
    private let reactor: Reactor
    private let watch: FolderWatch
    private var files: [String: File] = [:]
    private var logs: [MachineLog] = []
    private var isArmed = false

    /// An open file: it has to be cut even after somebody has removed its name.
    private final class File {
        let descriptor: FileDescriptor
        /// Where what is kept begins.
        var begin: Int64 = 0

        init(_ path: String) throws(VMError) { descriptor = try OwnFiles.open(path, flags: O_RDWR) }
    }

    /// How long the files are left alone after they were looked at: short when much comes.
    private static let pause = Duration.milliseconds(50)
    private static let shortPause = Duration.milliseconds(5)

    init(_ folder: String, _ reactor: Reactor) throws(VMError) {
        self.folder = folder
        self.reactor = reactor
        try Folders.make(folder)
        watch = try FolderWatch()
        guard watch.add(folder) != nil else { throw VMError(.io, "cannot watch folder '\(folder)'") }
        arm()
    }

    /// Keeps these logs short, and those of before no longer. One that can't be watched is looked at by ``cut()`` alone.
    func keepShort(_ logs: [MachineLog]) {
        for log in logs where !self.logs.contains(where: { $0 === log }) { watch.add(log.descriptor) }
        self.logs = logs
    }

    private func arm() {
        guard !isArmed else { return }
        isArmed = true
        try? reactor.watch(watch.descriptor.raw) { [unowned self] _ in
            isArmed = false
            reactor.forget(watch.descriptor.raw)
            _ = watch.takeChanged()
            look()
        }
    }

    /// Cuts the files, and waits a little before it listens again: each character that a guest prints is a change.
    /// What is written meanwhile is seen then.
    private func look() {
        let added = cut()
        reactor.schedule(at: .after(added > RuntimeFolder.consoleHistory ? Self.shortPause : Self.pause)) {
            [unowned self] in
            arm()
        }
    }

    /// Gives back what is before the part that is kept.
    ///
    /// - Returns: how many bytes that were.
    @discardableResult
    func cut() -> Int64 {
        for log in logs { log.shorten() }
        for name in (try? Folders.list(folder)) ?? [] where name.hasSuffix(".log") && files[name] == nil {
            files[name] = try? File(folder + "/" + name)
        }
        var given: Int64 = 0
        for file in files.values {
            var status = stat()
            guard fstat(file.descriptor.raw, &status) == 0 else { continue }
            let size = Int64(status.st_size)
            // Somebody has emptied it.
            if size < file.begin { file.begin = 0 }
            // Whole pages only, and not for every few bytes.
            let begin = (size - RuntimeFolder.consoleHistory) & ~4095
            guard begin - file.begin >= RuntimeFolder.consoleHistory / 2 else { continue }
            given += begin - file.begin
            if file.descriptor.giveBack(first: begin) {
                file.begin = begin
            } else {
                // A file system that can't: better nothing is kept than everything.
                ftruncate(file.descriptor.raw, 0)
                file.begin = 0
            }
        }
        return given
    }
}

extension Supervisor {
    /// Begins to look after the files of the machine's consoles and its log.
    func watchGrowingFiles() {
        do throws(VMError) {
            let files = try GrowingFiles(folder.consoles, reactor)
            growingFiles = files
            keepLogsShort()
        } catch {
            log.note("what the guest's consoles print is not kept: \(error)")
        }
    }

    func keepLogsShort() { growingFiles?.keepShort([log] + helpers.compactMap(\.log)) }
}
