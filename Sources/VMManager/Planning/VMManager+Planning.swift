internal import Glibc
public import QEMULauncher
public import VMCore
public import VMDomain
internal import VMJSON
public import VMXML

extension VMManager {
    /// The emulator for documents that name none.
    static func defaultEmulator(_ domain: Domain) -> String {
        let architecture = domain.os.type?.arch ?? HostProcessor.machineName
        return (try? Emulators.find(architecture)) ?? Emulators.standardPath(target: architecture)
    }

    /// What the domain's emulator can do: from the cache, or by asking it once.
    public func capabilities(for domain: Domain) throws(VMError) -> Capabilities {
        let emulator = domain.devices.emulator ?? VMManager.defaultEmulator(domain)
        return try capabilitiesCache.capabilities(of: emulator)
    }

    var capabilitiesCache: CapabilitiesCache {
        CapabilitiesCache(folder: paths.cache + "/capabilities", runsForeignPrograms: trustsEmulators)
    }

    /// What of this host decides how a document is planned.
    public func hostFacts(for domain: Domain) throws(VMError) -> HostFacts {
        var host = try HostFacts.current(for: domain)
        host.folders = HostFacts.Folders(of: domain, paths: paths)
        return host
    }

    /// A domain as it is stored: with defaults, implicit devices and addresses filled in. With a planner of its own the
    /// manager leaves documents as they are.
    ///
    /// - Parameter source: the text that the domain was read from, for the places of what is found.
    public func completed(
        _ domain: Domain, isNew: Bool = false, source: XMLSource? = nil
    ) throws(VMError) -> Domain {
        guard planner == nil else { return domain }
        let capabilities = try capabilities(for: domain)
        var host = try HostFacts.current(for: domain)
        host.folders = HostFacts.Folders(of: domain, paths: paths)
        return try Planner.complete(
            domain, capabilities: capabilities, host: host, options: .init(isNewDefinition: isNew), source: source)
    }

    /// The launch plan of a document: the exact command line, without starting anything.
    ///
    /// - Parameter source: the text that the domain was read from, for the places of what is found.
    public func plan(_ domain: Domain, source: XMLSource? = nil) throws(VMError) -> LaunchPlan {
        if let planner { return try planner(domain) }
        return try draft(domain, source: source).plan()
    }

    /// The options of a document's command line, as data.
    func draft(_ domain: Domain, source: XMLSource? = nil) throws(VMError) -> LaunchDraft {
        let capabilities = try capabilities(for: domain)
        var host = try HostFacts.current(for: domain)
        host.folders = folders(of: domain)
        var domain = domain
        try storage.resolveVolumes(&domain.devices.disks)
        var planned = try Planner.complete(domain, capabilities: capabilities, host: host, source: source)
        // With all addresses given, so that what is absent leaves the others where they are.
        let absent = StartupPolicy.apply(to: &planned, isRestored: false)
        planned = try Planner.prepare(planned, capabilities: capabilities, host: host, source: source)
        var draft = try finishedDraft(planned, capabilities, host)
        draft.absentDisks = absent
        return draft
    }

    /// The folders of a machine; where it is to be started, with that which keeps what its consoles print.
    func folders(of domain: Domain) -> HostFacts.Folders {
        var folders = HostFacts.Folders(of: domain, paths: paths)
        if keepsConsoles, let uuid = domain.uuid {
            folders.consoles = RuntimeFolder(base: paths.runtime, uuid: uuid).consoles
        }
        return folders
    }

    /// The draft of a domain in which everything has its address and its name.
    func finishedDraft(
        _ domain: Domain, _ capabilities: Capabilities, _ host: HostFacts
    ) throws(VMError) -> LaunchDraft {
        var planned = domain
        try DisplayPorts.assign(&planned) { host, port in
            // Before it is tried: listening for a moment on a port that another start has chosen would take it from its
            // QEMU.
            let isOurs = ports?.take(port) ?? !PortReservations.isTaken(port, runtime: paths.runtime)
            return isOurs && (try? Socket.listen(at: .tcp(host: host, port: port)).raw) != nil
        }
        try vsock?.open(for: &planned)
        let line = try QEMULauncher.CommandLine.build(planned, capabilities: capabilities, host: host)
        var draft = LaunchDraft(
            line: line, domain: planned, capabilities: capabilities, host: host,
            executable: planned.devices.emulator ?? VMManager.defaultEmulator(planned),
            environment: VMManager.environment(for: planned))
        if handsSecrets { draft.takeSecrets() }
        return draft
    }

    /// Adds the helper programs that a planned machine needs to its plan.
    ///
    /// - Returns: what keeps some of them from being started.
    func planHelpers(_ launch: inout LaunchPlan) -> [VMError] {
        let (plans, problems) = helpers(of: launch.domain, isStart: true)
        launch.helpers = plans
        return problems
    }

    /// The helper programs that a planned machine needs, and what keeps some of them from being started.
    ///
    /// - Parameter isStart: the machine is started, with all that its document names.
    func helpers(of domain: Domain, isStart: Bool = false) -> (plans: [HelperPlan], problems: [VMError]) {
        var host = HostFacts()
        host.folders = HostFacts.Folders(of: domain, paths: paths)
        host.programs = HelperPrograms.find(for: domain, runsForeignPrograms: isStart || trustsEmulators)
        return HelperPlanner.plan(domain, host: host)
    }

    /// The launch plan of a stored domain.
    public func plan(_ key: String) throws(VMError) -> LaunchPlan { try plan(stored: find(key)) }

    func plan(stored machine: Machine) throws(VMError) -> LaunchPlan {
        let reading = try storedReading(machine)
        return try plan(reading.domain, source: reading.source)
    }

    /// The variables that QEMU gets: those that say where things are and where to show windows, and the document's own.
    private static func environment(for domain: Domain) -> [(name: String, value: String)] {
        let passed = [
            "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER", "QEMU_MODULE_DIR",
        ]
        var variables = [
            (name: "LC_ALL", value: "C"), (name: "PATH", value: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"),
        ]
        variables += domain.impliedVariables
        for name in passed where !variables.contains(where: { $0.name == name }) {
            if let value = getenv(name) { variables.append((name, String(cString: value))) }
        }
        // The document's own go before.
        let given = domain.givenVariables
        return variables.filter { variable in !given.contains { $0.name == variable.name } } + given
    }
}

/// A command line whose options are still data.
struct LaunchDraft {
    var line: QEMULauncher.CommandLine
    var domain: Domain
    var capabilities: Capabilities
    var host: HostFacts
    var executable: String
    var environment: [(name: String, value: String)]
    /// The disks whose source isn't there, and which may be absent.
    var absentDisks: [LaunchPlan.AbsentDisk] = []
    var secrets: [LaunchPlan.Secret] = []

    /// Has QEMU read its secrets from open files, whose numbers follow those of the networks.
    mutating func takeSecrets() {
        let networks = TapDescriptors.all(domain, host).flatMap { $0.descriptors.taps + $0.descriptors.vhosts }
        var next = Int32(clamping: max(networks.max() ?? 0, 63) + 1)
        for index in line.options.indices {
            guard let source = line.options[index].secret else { continue }
            line.options[index]["file"] = .string("/proc/self/fd/\(next)")
            secrets.append(LaunchPlan.Secret(descriptor: next, source: source))
            next += 1
        }
    }

    func plan() throws(VMError) -> LaunchPlan {
        var arguments = try line.arguments()
        for argument in LaunchPlan.supervisionArguments where !arguments.contains(argument) {
            arguments.append(argument)
        }
        var plan = LaunchPlan(
            executable: executable, arguments: arguments, environment: environment, domain: domain)
        plan.absentDisks = absentDisks
        plan.secrets = secrets
        return plan
    }
}
