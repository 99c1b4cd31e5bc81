internal import CVMSystem
internal import Glibc

/// One thread's event loop over epoll(7): descriptors that become ready, and timers.
///
/// Everything runs on the thread that calls ``run()``; a handler must not block. Not Sendable on purpose.
public final class Reactor {
    /// What a descriptor is watched for.
    public struct Interest: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let read = Interest(rawValue: UInt32(VMS_READ.rawValue))
        public static let write = Interest(rawValue: UInt32(VMS_WRITE.rawValue))
    }

    /// What a descriptor has become ready for.
    public struct Readiness: Sendable {
        let events: UInt32
        /// There is something to read, or the end to be seen.
        public var readable: Bool {
            events & (VMS_READ.rawValue | VMS_HANGUP.rawValue | VMS_ERROR.rawValue | VMS_PEER_CLOSED.rawValue) != 0
        }
        public var writable: Bool { events & (VMS_WRITE.rawValue | VMS_ERROR.rawValue) != 0 }
        /// The connection is over in both directions: what is sent goes nowhere.
        public var isOver: Bool { events & (VMS_HANGUP.rawValue | VMS_ERROR.rawValue) != 0 }
    }

    /// Names a timer, to cancel it.
    public struct Timer: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private let poller: FileDescriptor
    private var handlers: [Int32: (generation: UInt32, handler: (Readiness) -> Void)] = [:]
    private var generation: UInt32 = 0
    /// Few at any time, so a list in order of their deadlines will do.
    private var timers: [(deadline: Deadline, timer: Timer, action: () -> Void)] = []
    private var lastTimer: UInt64 = 0
    private var stopped = false

    public init() throws(VMError) {
        let raw = vms_epoll_create()
        guard raw >= 0 else { throw .system("cannot make an event loop", errno: errno) }
        poller = FileDescriptor(owning: raw)
    }

    /// Calls `handler` whenever the descriptor is ready, until ``forget(_:)``. The caller keeps owning the descriptor.
    public func watch(
        _ descriptor: Int32, for interest: Interest = .read, _ handler: @escaping (Readiness) -> Void
    ) throws(VMError) {
        generation &+= 1
        try control(VMS_ADD, descriptor, interest, generation)
        handlers[descriptor] = (generation, handler)
    }

    /// Changes what a watched descriptor is watched for.
    public func change(_ descriptor: Int32, to interest: Interest) {
        guard let entry = handlers[descriptor] else { return }
        try? control(VMS_CHANGE, descriptor, interest, entry.generation)
    }

    /// Stops watching; call it before the descriptor is closed.
    public func forget(_ descriptor: Int32) {
        guard handlers.removeValue(forKey: descriptor) != nil else { return }
        _ = vms_epoll_control(poller.raw, Int32(VMS_REMOVE.rawValue), descriptor, 0, 0)
    }

    private func control(
        _ operation: vms_epoll_operation, _ descriptor: Int32, _ interest: Interest, _ generation: UInt32
    ) throws(VMError) {
        // The generation tells an event of this watch from one that was queued for an earlier one on the same number.
        let token = UInt64(UInt32(bitPattern: descriptor)) | UInt64(generation) << 32
        if vms_epoll_control(poller.raw, Int32(operation.rawValue), descriptor, interest.rawValue, token) != 0 {
            throw .system("cannot watch descriptor \(descriptor)", errno: errno)
        }
    }

    /// Calls `action` once when the deadline has passed.
    @discardableResult
    public func schedule(at deadline: Deadline, _ action: @escaping () -> Void) -> Timer {
        lastTimer += 1
        let timer = Timer(number: lastTimer)
        let place = timers.firstIndex { $0.deadline > deadline } ?? timers.endIndex
        timers.insert((deadline, timer, action), at: place)
        return timer
    }

    public func cancel(_ timer: Timer?) {
        guard let timer else { return }
        timers.removeAll { $0.timer == timer }
    }

    /// Handles events until ``stop()``.
    public func run() throws(VMError) {
        stopped = false
        while !stopped { try turn(until: .distantFuture) }
    }

    /// Handles what is ready now, or waits for it until the deadline; a test's or embedder's single step.
    public func turn(until deadline: Deadline) throws(VMError) {
        let next = min(deadline, timers.first?.deadline ?? .distantFuture)
        var ready = [vms_ready](repeating: vms_ready(), count: 32)
        let count = vms_epoll_wait(poller.raw, &ready, Int32(ready.count), next.pollTimeout)
        if count < 0, errno != EINTR { throw .system("cannot wait for events", errno: errno) }
        for event in ready.prefix(Int(max(count, 0))) {
            let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: event.token))
            let generation = UInt32(truncatingIfNeeded: event.token >> 32)
            guard let entry = handlers[descriptor], entry.generation == generation else { continue }
            entry.handler(Readiness(events: event.events))
            if stopped { return }
        }
        while let first = timers.first, first.deadline.hasPassed, !stopped {
            timers.removeFirst()
            first.action()
        }
    }

    /// Makes ``run()`` return after the handler that is running.
    public func stop() { stopped = true }
}
