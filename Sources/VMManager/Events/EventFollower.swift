internal import Glibc
internal import Synchronization
public import VMCore

/// Reads the events of this host, in their order and as they come, for one thread.
///
/// The journal on disk is all it needs: no supervisor is asked, none is held up by a slow reader, and one that is replaced
/// isn't noticed. What a reader has missed for so long that the journal dropped it comes as a gap.
public final class EventFollower {
    /// Without notice from the kernel it looks this often.
    private static let pause = Duration.milliseconds(250)
    /// How often a machine is looked at that may have ended without a word, with its supervisor.
    private static let lookout = Duration.seconds(1)

    private let manager: VMManager
    private let machine: Machine?
    private let words: Set<String>?
    private let endsWithMachine: Bool
    private let folder: String
    private let reader: JournalReader
    /// Nil where the kernel gives this user no more of them: then the journal is looked at now and then.
    private let watch: FolderWatch?
    private let canceller: Canceller
    private var isBlind = false
    private var waiting: [HostEvent] = []
    private var firstWaiting = 0
    /// The number with which another reader goes on behind the last event that was given.
    public private(set) var token: UInt64
    /// Whether nothing more will come, because the machine has ended with which the events do.
    public private(set) var hasEnded = false

    /// Ends a wait from another thread.
    public final class Canceller: Sendable {
        fileprivate let pair: (reader: Int32, writer: Int32)
        private let flag = Atomic(false)

        fileprivate init() throws(VMError) {
            pair = try Socket.pair().release()
        }

        deinit {
            close(pair.reader)
            close(pair.writer)
        }

        public var isCancelled: Bool { flag.load(ordering: .acquiring) }

        public func cancel() {
            if flag.exchange(true, ordering: .acquiringAndReleasing) { return }
            shutdown(pair.writer, Int32(SHUT_RDWR))
        }
    }

    /// - Parameters:
    ///   - key: the domain; nil for all.
    ///   - words: the kinds by their words, ``HostEvent/Kind/word``; nil for all. Gaps come always.
    ///   - since: goes on behind the event of that number, 0 with the oldest that there is; nil begins with what happens
    ///     from now on.
    public convenience init(
        _ manager: VMManager, machine key: String? = nil, words: Set<String>? = nil, since: UInt64?
    ) throws(VMError) {
        let machine: Machine? = if let key { try manager.find(key) } else { nil }
        try self.init(manager, machine, words: words, since: since, endsWithMachine: false)
    }

    init(
        _ manager: VMManager, _ machine: Machine?, words: Set<String>? = nil, since: UInt64?, endsWithMachine: Bool
    ) throws(VMError) {
        self.manager = manager
        self.machine = machine
        self.words = words
        self.endsWithMachine = endsWithMachine
        let journal = manager.journal
        folder = journal.folder
        canceller = try Canceller()
        watch = try? FolderWatch()
        // Without the folder there is nothing that could tell of the first event.
        try? Folders.make(folder)
        isBlind = true
        reader = JournalReader(journal, since.map { .after($0) } ?? .now)
        token = reader.position
    }

    /// The way to end a wait from another thread: ``next(deadline:)`` then returns nil.
    public var cancellation: Canceller { canceller }

    /// The next event; nil at the deadline, when it was cancelled, and at the end.
    public func next(deadline: Deadline) -> HostEvent? {
        while !canceller.isCancelled, !hasEnded {
            if let event = takeWaiting() { return event }
            if collect() { continue }
            if endsWithMachine, let machine, !manager.observe(machine).state.isActive {
                // What has ended it was written before that could be seen.
                if collect() { continue }
                hasEnded = true
                return nil
            }
            guard wait(deadline) else { return nil }
        }
        return nil
    }

    /// Takes notice of what has changed in the journal's folder, and watches it again where it is another one by now.
    private func lookAtFolder() {
        switch watch {
        case .some(let watch):
            let changes = watch.takeChanges()
            if isBlind || changes?.contains(where: \.isGone) ?? true { isBlind = watch.add(folder) == nil }
        case .none: isBlind = true
        }
    }

    /// -1 where there is none, which poll(2) passes over.
    private var watchDescriptor: Int32 {
        switch watch {
        case .some(let watch): watch.descriptor.raw
        case .none: -1
        }
    }

    private func takeWaiting() -> HostEvent? {
        guard firstWaiting < waiting.count else {
            waiting.removeAll(keepingCapacity: true)
            firstWaiting = 0
            return nil
        }
        defer { firstWaiting += 1 }
        let event = waiting[firstWaiting]
        token = event.number
        return event
    }

    /// Reads a portion of the journal; false when there is nothing more in it.
    private func collect() -> Bool {
        // Before it is read: what is written after that is noticed again. A folder that was removed is another one when it
        // is there again.
        lookAtFolder()
        while true {
            let found = reader.next()
            if found.isEmpty { break }
            waiting.append(contentsOf: found.lazy.filter(isWanted).map(named))
            if !waiting.isEmpty { return true }
        }
        token = reader.position
        return false
    }

    private func isWanted(_ event: HostEvent) -> Bool {
        if event.kind == .gap { return true }
        if let machine, event.uuid != machine.uuid { return false }
        return words?.contains(event.kind.word) ?? true
    }

    /// A gap in the events of one machine is that one's.
    private func named(_ event: HostEvent) -> HostEvent {
        guard event.kind == .gap, let machine else { return event }
        var gap = event
        gap.domain = machine.name
        gap.uuid = machine.uuid
        return gap
    }

    /// When it has to be looked again at the latest, though nothing was noticed.
    private func limit(of deadline: Deadline) -> Deadline {
        var limit = deadline
        if isBlind { limit = min(limit, .after(Self.pause)) }
        if endsWithMachine { limit = min(limit, .after(Self.lookout)) }
        return limit
    }

    /// The next event, as ``next(deadline:)``, without a thread that waits. It ends when the task is cancelled, too.
    func nextConcurrently(deadline: Deadline) async -> HostEvent? {
        while true {
            if let event = next(deadline: .now) { return event }
            if hasEnded || canceller.isCancelled || Task.isCancelled || deadline.hasPassed { return nil }
            do throws(VMError) {
                _ = try await AsyncWait.isReadable(
                    watchDescriptor, canceller.pair.reader, by: limit(of: deadline))
            } catch {
                // No descriptor can be had to wait with.
                try? await Task.sleep(for: Self.pause)
            }
        }
    }

    /// Waits until something has changed; false at the deadline and when it was cancelled.
    private func wait(_ deadline: Deadline) -> Bool {
        let limit = limit(of: deadline)
        var entries = [
            pollfd(fd: watchDescriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: canceller.pair.reader, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&entries, 2, limit.pollTimeout)
        if count < 0 { return errno == EINTR }
        guard entries[1].revents == 0 else { return false }
        return entries[0].revents != 0 || !deadline.hasPassed
    }
}
