internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Which of QEMU's events a client wants, `virConnectDomainQemuMonitorEventRegister`.
struct MonitorFilter: Sendable {
    private let domain: UUID?
    private let names: QEMUEventFilter

    /// - Parameter flags: 1 takes the event's name as a regular expression, 2 makes no difference of capitals.
    init(domain: UUID?, event: String?, flags: UInt32) throws(VMError) {
        self.domain = domain
        names = try QEMUEventFilter(event, isExpression: flags & 1 != 0, ignoresCase: flags & 2 != 0)
    }

    func accepts(_ message: MonitorMessage) -> Bool {
        (domain == nil || domain == message.domain.uuid) && names.accepts(message.event)
    }
}
