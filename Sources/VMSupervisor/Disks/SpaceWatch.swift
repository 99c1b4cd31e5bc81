internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMXML

/// Looks now and then whether the file systems of some files have space again. The looking is done on another thread: a
/// server that doesn't answer must not hold the supervisor up.
final class SpaceWatch {
    /// What is waited for.
    struct Need: Sendable, Hashable {
        /// The files whose file systems were full.
        var files: [String]
        /// Bytes that have to be free in each.
        var bytes: UInt64

        init(files: [String], bytes: UInt64) {
            self.files = files
            self.bytes = bytes
        }

        /// What a machine waits for that these failures have paused; nil unless nothing but full disks have, all of which
        /// are files, and its policy is to go on.
        init?(for failures: [DiskFailure], _ policy: IOErrorPolicy) {
            let files = failures.compactMap(\.file)
            guard policy.resume == .whenSpaceReturns, !failures.isEmpty, failures.allSatisfy(\.isNoSpace),
                files.count == failures.count
            else { return nil }
            self.init(files: files, bytes: policy.free.bytes)
        }
    }

    /// How long at least, and how long at most, between two looks.
    static let pauses = (least: Duration.seconds(1), most: Duration.seconds(5))

    var need: Need
    /// There is enough. The watch looks no more until it is told to.
    var onEnough: () -> Void = {}

    private let reactor: Reactor
    private var pause = SpaceWatch.pauses.least
    private var timer: Reactor.Timer?
    private var work: DiskWork?

    init(_ need: Need, _ reactor: Reactor) {
        self.need = need
        self.reactor = reactor
    }

    /// Looks after a while; what was planned before is forgotten.
    func look(after time: Duration) {
        stop()
        timer = reactor.schedule(at: .after(time)) { [unowned self] in look() }
    }

    /// Looks again as late as is usual by now.
    func lookAgain() {
        look(after: pause)
        pause = min(pause * 2, Self.pauses.most)
    }

    /// Looks no more.
    func stop() {
        reactor.cancel(timer)
        timer = nil
        work?.abandon()
        work = nil
    }

    private func look() {
        let need = need
        work = try? DiskWork(reactor, { () throws(VMError) in try need.check() }) { [unowned self] error in
            work = nil
            if error == nil { onEnough() } else { lookAgain() }
        }
        if work == nil { lookAgain() }
    }
}

extension SpaceWatch.Need {
    /// - Throws: `io` when one of the file systems has too little space, or can't be asked.
    func check() throws(VMError) {
        for file in files {
            let free = try Self.free(file)
            guard free < bytes else { continue }
            throw VMError(.io, "only \(free) bytes of \(bytes) are free for '\(file)'")
        }
    }

    /// The bytes that are free for a file to grow.
    ///
    /// - Throws: `io` when it is no plain file: the space of a block device can't be seen from here.
    private static func free(_ file: String) throws(VMError) -> UInt64 {
        var entry = stat()
        guard stat(file, &entry) == 0 else { throw .system("cannot look at '\(file)'", errno: errno) }
        guard entry.st_mode & S_IFMT == S_IFREG else { throw VMError(.io, "'\(file)' is no plain file") }
        var system = statvfs()
        guard statvfs(file, &system) == 0 else {
            throw .system("cannot ask the file system of '\(file)'", errno: errno)
        }
        let (bytes, overflow) = UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize))
        return overflow ? .max : bytes
    }
}

/// Keeps a machine from being resumed and paused again all the time, where a disk finds no space though there is some: a
/// quota, or a single write that is larger than what is free.
struct ResumeBackOff {
    /// A failure that soon after a resumption counts as the same one.
    private static let soon = Duration.seconds(60)

    /// When the machine was last resumed.
    private var resumed: Deadline?
    private var failures = 0

    mutating func resumed(at now: Deadline) { resumed = now }

    /// How long to wait before the first look after a failure: a second, twice as long each time it fails soon again.
    mutating func pause(at now: Deadline) -> Duration {
        let wasSoon = resumed.map { now < $0.advanced(by: Self.soon) } ?? false
        failures = wasSoon ? min(failures + 1, 6) : 0
        return min(SpaceWatch.pauses.least * (1 << failures), Self.soon)
    }
}
