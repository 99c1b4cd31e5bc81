extension ProcedureTable {
    /// All procedures of the program ``Program/qemu``, as of libvirt 12.8.
    public static let qemu = ProcedureTable(
        program: .qemu,
        rows: [
            .write(1, "DOMAIN_MONITOR_COMMAND", api: "virDomainQemuMonitorCommand"),
            .write(2, "DOMAIN_ATTACH", api: "virDomainQemuAttach"),
            .write(3, "DOMAIN_AGENT_COMMAND", api: "virDomainQemuAgentCommand"),
            .write(4, "CONNECT_DOMAIN_MONITOR_EVENT_REGISTER", .high, api: "virConnectDomainQemuMonitorEventRegister"),
            .write(
                5, "CONNECT_DOMAIN_MONITOR_EVENT_DEREGISTER", .high, api: "virConnectDomainQemuMonitorEventDeregister"),
            .event(6, "DOMAIN_MONITOR_EVENT"),
            .write(7, "DOMAIN_MONITOR_COMMAND_WITH_FILES", api: "virDomainQemuMonitorCommandWithFiles"),
        ])
}
