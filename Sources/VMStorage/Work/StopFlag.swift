internal import Synchronization
internal import VMCore

/// Says to work on another thread that nobody wants its result any more.
package final class StopFlag: Sendable {
    private let isSet = Atomic(false)

    package init() {}

    package func stop() { isSet.store(true, ordering: .releasing) }
    package var isStopped: Bool { isSet.load(ordering: .acquiring) }

    /// Throws `cancelled` when the work isn't wanted, `timeout` when its time is over.
    func check(_ deadline: Deadline, _ what: String) throws(VMError) {
        if isStopped { throw VMError(.cancelled, "\(what) was cancelled") }
        if deadline.hasPassed { throw VMError(.timeout, "\(what) took too long") }
    }
}
