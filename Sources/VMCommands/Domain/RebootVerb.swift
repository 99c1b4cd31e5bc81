internal import MonitorJSON
internal import VMCore
internal import VMManager

extension Verb {
    /// `reboot NAME`.
    static var reboot: Verb {
        Verb(
            "reboot", group: .domain, "have the guest power off and start the machine again",
            details: "Presses the power button; returns at once. The machine is reset when the guest has powered off.",
            parameters: [.domain(.running), .mode, .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let modes = try invocation.modes()
            let (manager, key) = try invocation.managerAndDomain()
            if modes != [.acpi] {
                try invocation.askGuest(modes, agent: GuestShutdown(.reboot), manager, key) { () throws(VMError) in
                    try manager.reboot(key)
                }
                let name = try manager.find(key).name
                return .done("Domain '\(name)' is being rebooted", name)
            }
            let state = try manager.reboot(key, timeout: try invocation.patience())
            return state.confirmation("Domain '\(state.name)' is being rebooted")
        }
    }
}
