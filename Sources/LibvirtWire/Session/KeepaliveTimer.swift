internal import VMCore

/// When to ask a silent client whether it is there, and when to stop asking.
///
/// After `interval` without a byte goes a PING, and another after each further `interval`; when `count` have had no
/// effect, the next one's turn is the end: 30 seconds with libvirt's 5 of each.
struct KeepaliveTimer: Sendable {
    enum Step: Sendable, Hashable { case nothing, ping, dead }

    let interval: Duration
    let count: Int
    private var left: Int
    /// When something has to be done; nil before the client has asked for it.
    private(set) var deadline: Deadline?

    init(interval: Duration, count: Int) {
        self.interval = interval
        self.count = count
        left = count
    }

    mutating func start(at now: Deadline) {
        if deadline == nil { deadline = now.advanced(by: interval) }
    }

    mutating func heard(at now: Deadline) {
        left = count
        if deadline != nil { deadline = now.advanced(by: interval) }
    }

    mutating func step(at now: Deadline) -> Step {
        guard let deadline, now >= deadline else { return .nothing }
        guard left > 0 else { return .dead }
        left -= 1
        self.deadline = now.advanced(by: interval)
        return .ping
    }
}
