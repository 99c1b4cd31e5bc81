internal import Glibc
internal import Synchronization

/// Brings work from other threads to the thread of a reactor.
public final class ReactorMailbox: Sendable {
    private let waiting = Mutex<[@Sendable () -> Void]>([])
    private let pipe: Pipe

    public init() throws(VMError) {
        pipe = try Pipe()
        Socket.setNonBlocking(pipe.reader.raw)
        Socket.setNonBlocking(pipe.writer)
    }

    /// Runs what is posted on the reactor's thread, from now on.
    public func open(on reactor: Reactor) throws(VMError) {
        try reactor.watch(pipe.reader.raw) { [self] _ in
            var room = [UInt8](repeating: 0, count: 256)
            _ = Glibc.read(pipe.reader.raw, &room, room.count)
            let work = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for body in work { body() }
        }
    }

    /// Hands work over; returns at once. Work is done in the order in which it was posted.
    public func post(_ work: @escaping @Sendable () -> Void) {
        waiting.withLock { $0.append(work) }
        // A full pipe wakes the reactor as well.
        var byte: UInt8 = 1
        _ = Glibc.write(pipe.writer, &byte, 1)
    }
}

/// Values that threads wait for and others bring, in their order.
public final class HandoffQueue<Value: Sendable>: @unchecked Sendable {
    // SAFETY: the values are touched under the lock; the semaphore counts them.
    private let values = Mutex<[Value]>([])
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    public init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    public func bring(_ value: Value) {
        values.withLock { $0.append(value) }
        sem_post(semaphore)
    }

    /// The next value; nil when the deadline passed first.
    public func take(until deadline: Deadline) -> Value? {
        while true {
            // The semaphore's own clock can be set; so it is asked in pieces, and our clock decides.
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            let step = min(deadline.remaining.inNanoseconds, 1_000_000_000)
            let nanoseconds = Int64(time.tv_nsec) + step
            time.tv_sec += Int(nanoseconds / 1_000_000_000)
            time.tv_nsec = Int(nanoseconds % 1_000_000_000)
            if sem_timedwait(semaphore, &time) == 0 {
                return values.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            }
            if errno != EINTR, deadline.hasPassed { return nil }
        }
    }
}

/// A value that one thread waits for and another one brings.
public final class Handoff<Value: Sendable>: Sendable {
    private let queue = HandoffQueue<Value>()
    private let isFulfilled = Atomic(false)

    public init() {}

    /// Brings the value; only the first one counts.
    public func fulfil(_ value: Value) {
        if !isFulfilled.exchange(true, ordering: .acquiringAndReleasing) { queue.bring(value) }
    }

    /// Waits for the value; nil when the deadline passed first. To be called once it is there by one thread, once.
    public func wait(until deadline: Deadline) -> Value? { queue.take(until: deadline) }
}
