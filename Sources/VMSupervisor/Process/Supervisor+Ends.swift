internal import SupervisorProtocol
internal import VMCore

/// The ends of others that this process must not miss.
extension Supervisor {
    /// Has something done once a descriptor is readable: a pidfd whose process has ended, a pipe that nobody writes to any
    /// more. Where the kernel can't watch it, it is looked at ten times a second.
    ///
    /// - Parameters:
    ///   - what: whose end it is, for the log.
    ///   - isOpen: whether the descriptor is still what it was.
    func watchForEnd(
        _ raw: Int32, of what: String, while isOpen: @escaping () -> Bool = { true }, _ ended: @escaping () -> Void
    ) {
        do throws(VMError) {
            try Failpoint.failing("watch.\(what)")
            try reactor.watch(raw) { [unowned self] _ in
                reactor.forget(raw)
                ended()
            }
        } catch {
            log.note("the end of \(what) is looked for now and then: \(error)")
            lookForEnd(raw, isOpen, ended)
        }
    }

    private func lookForEnd(_ raw: Int32, _ isOpen: @escaping () -> Bool, _ ended: @escaping () -> Void) {
        reactor.schedule(at: .after(.milliseconds(100))) { [unowned self] in
            guard isOpen() else { return }
            if Poll.isReadable(raw, by: .now) { ended() } else { lookForEnd(raw, isOpen, ended) }
        }
    }
}
