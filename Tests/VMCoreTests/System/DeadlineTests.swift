import Testing
import VMCore

@Suite("Deadlines")
struct DeadlineTests {
    @Test("What lies beyond the clock is the farthest or the first point, never the other end")
    func overflow() {
        let late = Deadline(nanoseconds: .max - 5)
        #expect(late.advanced(by: .nanoseconds(5)).nanoseconds == .max)
        #expect(late.advanced(by: .nanoseconds(6)).nanoseconds == .max)
        #expect(Deadline(nanoseconds: 5).advanced(by: .nanoseconds(-5)).nanoseconds == 0)
        #expect(Deadline(nanoseconds: 5).advanced(by: .nanoseconds(-6)).nanoseconds == 0)
        #expect(Deadline.distantFuture.advanced(by: .seconds(1)) == .distantFuture)
        #expect(!Deadline.distantFuture.hasPassed)
    }

    @Test("What has passed has no time left; poll waits for the rest of a millisecond too")
    func remaining() {
        #expect(Deadline(nanoseconds: 0).hasPassed)
        #expect(Deadline(nanoseconds: 0).remaining == .zero)
        #expect(Deadline(nanoseconds: 0).pollTimeout == 0)
        #expect(Deadline.after(.seconds(-1)).hasPassed)
        #expect(Deadline.distantFuture.pollTimeout == -1)
        // The clock moves on meanwhile, so whole milliseconds are never what is left but by accident.
        let timeouts = (0..<20).map { _ in Deadline.after(.seconds(3600) + .microseconds(999)).pollTimeout }
        #expect(timeouts.max() == 3_600_001)
        #expect(Deadline.after(.seconds(1 << 40)).pollTimeout == .max)
    }

    @Test(
        "Durations in nanoseconds are exact, and clamped where 64 bits end",
        arguments: [
            (Duration.nanoseconds(1), Int64(1)), (.milliseconds(-3), -3_000_000),
            (.seconds(9_223_372_036), 9_223_372_036_000_000_000),
            (.seconds(9_223_372_037), .max), (.seconds(-9_223_372_037), .min), (.seconds(Int64.max), .max),
        ])
    func nanoseconds(duration: Duration, count: Int64) {
        #expect(duration.inNanoseconds == count)
        #expect(Duration.milliseconds(1500).inSeconds == 1.5)
    }
}
