public import VMCore
public import VMDomain

/// Which helper programs a machine needs, and how they are started.
public enum HelperPlanner {
    /// The plans of all helpers, and what keeps some of them from being made, one sentence each.
    ///
    /// A pure function of a planned domain and of the host's facts, with `host.programs` filled in.
    public static func plan(_ domain: Domain, host: HostFacts) -> (plans: [HelperPlan], problems: [VMError]) {
        var plans: [HelperPlan] = []
        var problems: [VMError] = []
        func add(_ make: () throws(VMError) -> HelperPlan) {
            do throws(VMError) { plans.append(try make()) } catch { problems.append(error) }
        }
        let context = HelperContext(domain: domain, host: host)
        for tpm in domain.devices.tpms where tpm.backend?.type == .emulator {
            add { () throws(VMError) in try SWTPM.plan(tpm, context) }
        }
        for filesystem in domain.devices.filesystems where VirtioFSDaemon.isNeeded(filesystem) {
            add { () throws(VMError) in try VirtioFSDaemon.plan(filesystem, context) }
        }
        for interface in domain.devices.interfaces where Passt.isNeeded(interface) {
            add { () throws(VMError) in try Passt.plan(interface, context) }
        }
        return (plans, problems)
    }
}

/// What every maker of a helper's plan is handed.
struct HelperContext: Sendable {
    let domain: Domain
    let host: HostFacts

    /// The log of a helper: named after machine, device and program.
    func log(_ device: String, _ program: String) -> String {
        "\(host.folders.logs)/\(host.folders.logPrefix)-\(device)-\(program).log"
    }

    /// The error for a program that isn't there.
    func missing(_ program: String, for what: String, package: String) -> VMError {
        VMError(
            .unsupported, "\(what) needs the program '\(program)', which is not installed",
            remedy: "install the package \(package)")
    }
}
