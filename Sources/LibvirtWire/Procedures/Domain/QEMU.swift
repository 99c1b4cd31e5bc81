/// What only QEMU has.
extension QEMU {
    public static let domainMonitorCommand = Procedure<MonitorCommandArguments, String>(1, of: .qemu)
    public static let domainAttach = Procedure<DomainAttachArguments, DomainReference>(2, of: .qemu)
    public static let domainAgentCommand = Procedure<AgentCommandArguments, String?>(3, of: .qemu)
    public static let connectDomainMonitorEventRegister = Procedure<MonitorEventRegistration, Int32>(4, of: .qemu)
    public static let connectDomainMonitorEventDeregister = Procedure<Int32, Nothing>(5, of: .qemu)
    public static let domainMonitorEvent = RemoteEvent<Callback<MonitorMessage>>(6, of: .qemu)
    public static let domainMonitorCommandWithFiles = Procedure<MonitorCommandArguments, String>(7, of: .qemu)
}

/// What `DOMAIN_MONITOR_COMMAND` and `DOMAIN_MONITOR_COMMAND_WITH_FILES` take.
public struct MonitorCommandArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    /// JSON, or a line of HMP where a flag says so.
    public var command = ""
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &command, &flags) }
}

/// What `DOMAIN_ATTACH` takes.
public struct DomainAttachArguments: XDRValue, Hashable {
    public var process: UInt32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&process, &flags) }
}

/// What `DOMAIN_AGENT_COMMAND` takes.
public struct AgentCommandArguments: XDRValue, Hashable {
    public var domain = DomainReference()
    public var command = ""
    /// Seconds; `virDomainQemuAgentCommandTimeoutValues`.
    public var timeout: Int32 = 0
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &command, &timeout, &flags) }
}

/// What `CONNECT_DOMAIN_MONITOR_EVENT_REGISTER` takes.
public struct MonitorEventRegistration: XDRValue, Hashable {
    /// Absent for all domains.
    public var domain: DomainReference?
    /// A pattern as the flags say; absent for all events.
    public var event: String?
    public var flags: UInt32 = 0

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &event, &flags) }
}

/// What `DOMAIN_MONITOR_EVENT` tells.
public struct MonitorMessage: XDRValue, Hashable {
    public var domain = DomainReference()
    public var event = ""
    public var seconds: Int64 = 0
    public var microseconds: UInt32 = 0
    /// The event's data, JSON.
    public var details: String?

    public init() {}
    public mutating func map(_ x: inout XDRMapper) { x.map(&domain, &event, &seconds, &microseconds, &details) }
}
