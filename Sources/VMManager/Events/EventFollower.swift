internal import Glibc
internal import Synchronization
public import VMCore

/// Reads the events of one machine or of all, those included that come to be later, for one thread.
///
/// The journals on disk are all it needs: no supervisor is asked, none is held up by a slow reader, and one that is
/// replaced isn't noticed. What a reader has missed for so long that the journal dropped it comes as a gap.
public final class EventFollower {
    private struct Source {
        var reader: JournalReader
        var name: String?
        var watch: Int32?
    }

    /// Without notice from the kernel it looks this often.
    private static let pause = Duration.milliseconds(250)

    private let base: String
    private let only: Machine?
    private let watch: FolderWatch
    private let baseWatch: Int32?
    private let canceller: Canceller
    private var sources: [UUID: Source] = [:]
    private var machines: [Int32: UUID] = [:]
    private var due: Set<UUID> = []
    private var waiting: [DomainEvent] = []
    private var firstWaiting = 0
    private var isBlind = false
    /// How far it has come.
    public private(set) var token: EventToken

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
    ///   - key: the machine; nil for all.
    ///   - since: goes on behind that; nil begins with what happens from now on.
    public init(_ manager: VMManager, machine key: String? = nil, since: EventToken?) throws(VMError) {
        base = manager.paths.runtime
        only = if let key { try manager.find(key) } else { nil }
        canceller = try Canceller()
        watch = try FolderWatch()
        try Folders.make(base)
        baseWatch = watch.add(base)
        token = since ?? .beginning
        isBlind = baseWatch == nil
        scan(fromNow: since == nil)
    }

    /// The way to end a wait from another thread: ``next(deadline:)`` then returns nil.
    public var cancellation: Canceller { canceller }

    /// The next event; nil at the deadline and when it was cancelled.
    public func next(deadline: Deadline) -> DomainEvent? {
        while !canceller.isCancelled {
            if let event = takeWaiting() { return event }
            if collect() { continue }
            guard wait(deadline) else { return nil }
        }
        return nil
    }

    private func takeWaiting() -> DomainEvent? {
        guard firstWaiting < waiting.count else {
            waiting.removeAll(keepingCapacity: true)
            firstWaiting = 0
            return nil
        }
        defer { firstWaiting += 1 }
        let event = waiting[firstWaiting]
        token = event.token
        return event
    }

    // MARK: Journals

    /// Reads a portion of each journal that has grown, in the order of time; false when there was nothing.
    private func collect() -> Bool {
        // Whoever has come meanwhile belongs into the same order.
        notice()
        var found: [(uuid: UUID, name: String, content: DomainEvent.Content, time: Int64)] = []
        for uuid in due {
            guard var source = sources.removeValue(forKey: uuid) else {
                due.remove(uuid)
                continue
            }
            let portion = source.reader.next()
            if portion.isEmpty { due.remove(uuid) } else { source.name = source.name ?? name(of: uuid) }
            var gap: UInt64??
            for item in portion {
                switch item {
                case .gap(let count): gap = .some(count)
                case .event(let event):
                    // A gap stands at the time of what comes after it.
                    let name = source.name ?? "\(uuid)"
                    if case .some(let count) = gap { found.append((uuid, name, .gap(count), event.time)) }
                    gap = nil
                    found.append((uuid, name, .event(event), event.time))
                }
            }
            sources[uuid] = source
        }
        // Stable: what one machine's journal has in order stays so even when the clock was set back.
        let order = found.indices.sorted { (found[$0].time, $0) < (found[$1].time, $1) }
        var next = token
        for index in inOwnOrder(order, found.map(\.uuid)) {
            let item = found[index]
            if case .event(let event) = item.content { next.sequences[item.uuid] = event.sequence }
            waiting.append(DomainEvent(domain: item.name, uuid: item.uuid, content: item.content, token: next))
        }
        return !waiting.isEmpty
    }

    /// The order by time, but within each machine the order of its journal.
    private func inOwnOrder(_ order: [Int], _ owners: [UUID]) -> [Int] {
        var queues: [UUID: [Int]] = [:]
        for index in owners.indices.reversed() { queues[owners[index], default: []].append(index) }
        return order.compactMap { queues[owners[$0]]?.popLast() }
    }

    private func name(of uuid: UUID) -> String? {
        if let only { return only.name }
        return (try? RuntimeFolder(base: base, uuid: uuid).readState())??.name
    }

    // MARK: Machines

    /// Finds the machines that there are. Those that come later are followed from their first event on.
    private func scan(fromNow: Bool) {
        var found: Set<UUID> = []
        for entry in (try? Folders.list(base)) ?? [] {
            guard let uuid = UUID(entry), only == nil || only?.uuid == uuid else { continue }
            found.insert(uuid)
            let folder = RuntimeFolder(base: base, uuid: uuid)
            let number = watch.add(folder.path)
            if number == nil { isBlind = true }
            if let source = sources[uuid], source.watch == number { continue }
            var reader = JournalReader(
                path: folder.journal, after: sources[uuid]?.reader.last ?? token.sequences[uuid])
            if fromNow {
                reader.skipToEnd()
                token.sequences[uuid] = reader.last
            }
            sources[uuid] = Source(reader: reader, name: nil, watch: number)
            if let number { machines[number] = uuid }
            due.insert(uuid)
        }
        for uuid in sources.keys where !found.contains(uuid) { forget(uuid) }
    }

    private func forget(_ uuid: UUID) {
        if let number = sources.removeValue(forKey: uuid)?.watch { machines[number] = nil }
        token.sequences[uuid] = nil
    }

    /// Waits until something has changed; false at the deadline.
    private func wait(_ deadline: Deadline) -> Bool {
        let limit = isBlind ? min(deadline, .after(Self.pause)) : deadline
        var entries = [
            pollfd(fd: watch.descriptor.raw, events: Int16(POLLIN), revents: 0),
            pollfd(fd: canceller.pair.reader, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&entries, 2, limit.pollTimeout)
        if count < 0 { return errno == EINTR }
        guard entries[1].revents == 0 else { return false }
        if entries[0].revents != 0 { return true }
        if isBlind { lookEverywhere() }
        return !deadline.hasPassed
    }

    /// Takes in what the kernel has noticed.
    private func notice() {
        guard let changed = watch.takeChanged() else { return lookEverywhere() }
        if let baseWatch, changed.contains(baseWatch) { scan(fromNow: false) }
        due.formUnion(changed.compactMap { machines[$0] })
    }

    private func lookEverywhere() {
        scan(fromNow: false)
        due = Set(sources.keys)
    }
}
