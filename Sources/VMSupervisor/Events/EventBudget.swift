internal import VMCore

/// How much of what QEMU says a machine may write into the host's journal, which has room for 8 MiB of all machines
/// together: a guest that makes its QEMU say something without end must not push the others' events out.
struct EventBudget {
    /// Bytes that may come at once, some 2000 events.
    static let most = 1 << 20
    /// Bytes a second that it may go on with, some 16 events.
    static let rate = 8 << 10

    private var left = EventBudget.most
    private var counted: Deadline
    /// What was left out since the last event was taken.
    private(set) var leftOut = 0

    init(now: Deadline = .now) { counted = now }

    /// Whether another event of so many bytes is taken.
    mutating func take(_ size: Int, now: Deadline = .now) -> Bool {
        let step = 1_000_000_000 / UInt64(Self.rate)
        let earned = now.nanoseconds > counted.nanoseconds ? (now.nanoseconds - counted.nanoseconds) / step : 0
        if earned > 0 {
            left = min(Self.most, left + Int(min(earned, UInt64(Self.most))))
            counted = Deadline(nanoseconds: counted.nanoseconds &+ earned &* step)
        }
        // After a flood it waits for some room, so that what follows isn't one event in a while and its neighbour not.
        let needed = leftOut > 0 ? max(size, 2 * Self.rate) : size
        guard needed <= left else {
            leftOut += 1
            return false
        }
        left -= size
        return true
    }

    /// Begins to count what is left out anew.
    mutating func tellLeftOut() -> Int {
        defer { leftOut = 0 }
        return leftOut
    }
}
