internal import Glibc

/// A point on the monotonic clock by which something must have happened. Every wait in this project takes one.
public struct Deadline: Hashable, Sendable, Comparable {
    /// Nanoseconds on `CLOCK_MONOTONIC`.
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The monotonic clock's reading.
    public static var now: Deadline {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Deadline(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    /// A deadline that lies `duration` ahead; a negative duration has passed already.
    public static func after(_ duration: Duration) -> Deadline { now.advanced(by: duration) }

    /// For waits that somebody else ends, such as a user at a terminal.
    public static let distantFuture = Deadline(nanoseconds: .max)

    public func advanced(by duration: Duration) -> Deadline {
        let length = duration.inNanoseconds
        if length < 0 {
            let (value, overflow) = nanoseconds.subtractingReportingOverflow(length.magnitude)
            return Deadline(nanoseconds: overflow ? 0 : value)
        }
        let (value, overflow) = nanoseconds.addingReportingOverflow(UInt64(length))
        return Deadline(nanoseconds: overflow ? .max : value)
    }

    public var hasPassed: Bool { self != .distantFuture && Deadline.now.nanoseconds >= nanoseconds }

    /// The time left, never negative.
    public var remaining: Duration {
        if self == .distantFuture { return .seconds(Int64.max / 1_000_000_000) }
        let now = Deadline.now.nanoseconds
        return .nanoseconds(Int64(clamping: nanoseconds > now ? nanoseconds - now : 0))
    }

    /// The time left as `poll(2)` wants it: milliseconds rounded up, -1 for ever.
    public var pollTimeout: Int32 {
        if self == .distantFuture { return -1 }
        let now = Deadline.now.nanoseconds
        let left = nanoseconds > now ? nanoseconds - now : 0
        return Int32(clamping: left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1))
    }

    public static func < (a: Deadline, b: Deadline) -> Bool { a.nanoseconds < b.nanoseconds }
}

extension Duration {
    /// The whole duration in nanoseconds, clamped to what 64 bits hold.
    public var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds.
    public var inSeconds: Double { Double(inNanoseconds) / 1e9 }
}

/// The clock on the wall: for showing to people, never for waiting.
public enum WallClock {
    /// Nanoseconds since 1970.
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
