internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMXML

/// Looks for what would keep a machine from starting, before anything is started: every cause, not the first one.
struct Preflight {
    let manager: VMManager
    let machine: Machine
    /// The text of the document, for the places of what is found.
    var source: XMLSource?
    private(set) var problems: [VMError] = []
    private var surplus = 0
    /// What may go wrong without keeping the machine from starting.
    var warnings: [String] = []
    /// Paths that were looked at, by a check that knows more of them than that they can be opened.
    private(set) var claimed: Set<String> = []
    /// Ports that were looked at.
    private var ports: Set<PlannedPort> = []
    private var images: SharedImages
    /// Whether the start makes the firmware's variables anew.
    private(set) var renewsVariables = false

    /// - Parameter disks: those that the machine has already, where a device is attached.
    init(manager: VMManager, machine: Machine, beside disks: [Disk] = []) {
        self.manager = manager
        self.machine = machine
        images = SharedImages(disks)
    }

    /// Checks a planned domain.
    ///
    /// - Parameters:
    ///   - others: what was found to be in the way before.
    ///   - disks: those that the machine has already, where a device is attached.
    ///   - renewsVariables: whether the start makes the firmware's variables anew.
    /// - Throws: the only cause, or all of them in one error.
    static func check(
        _ domain: Domain, _ machine: Machine, _ manager: VMManager, _ others: [VMError] = [], beside disks: [Disk] = [],
        renewsVariables: Bool = false
    ) throws(VMError) {
        var check = Preflight(manager: manager, machine: machine, beside: disks)
        check.renewsVariables = renewsVariables
        check.checkResources(domain)
        for problem in others { check.add(problem) }
        try check.conclude()
    }

    /// What a document names of the host: images, files and ports.
    mutating func checkResources(_ domain: Domain) {
        checkPins(domain)
        for disk in domain.devices.disks { check(disk, domain) }
        checkUSB(domain.devices.hostDevices)
        checkPCI(domain)
        checkVariables(domain)
        checkFlash(domain)
        checkFile(domain.os.kernel, "kernel", at: domain.os.origin)
        checkFile(domain.os.initrd, "initial ramdisk", at: domain.os.origin)
        for graphics in domain.devices.graphics { check(graphics) }
        for interface in domain.devices.interfaces { checkForwards(interface) }
        for need in LaunchNeeds.unmet(domain) { add(need) }
    }

    private func conclude() throws(VMError) {
        guard let first = problems.first else { return }
        if problems.count == 1 { throw first }
        throw VMError(
            first.code,
            "\(problems.count + surplus) things are in the way: "
                + problems.prefix(20).map(\.message).joined(separator: "; ")
                + (problems.count > 20 ? "; and more" : ""),
            remedy: first.firstRemedy)
    }

    /// Causes and warnings that are told; further ones are counted.
    private static let most = 200

    mutating func add(_ problem: VMError) {
        if problems.count < Self.most { problems.append(problem) } else { surplus += 1 }
    }

    /// All causes, and one that counts those that aren't told.
    var causes: [VMError] {
        guard surplus > 0 else { return problems }
        return problems + [VMError(.invalidArgument, "\(surplus) more things are in the way")]
    }

    /// Tells of a problem with the place of the element that it comes from, where that is known.
    mutating func add(_ problem: VMError, at origin: XMLOrigin?) {
        guard let source, let place = origin?.place(in: source) else { return add(problem) }
        var problem = problem
        problem.diagnostics = [Diagnostic(.error, rule: "host", problem.message, place: place)]
        add(problem)
    }

    /// The same of what doesn't keep the machine from starting.
    mutating func warn(_ message: String, at origin: XMLOrigin?) {
        guard warnings.count < 2 * Self.most else { return }
        let place = source.flatMap { origin?.place(in: $0) }
        warnings.append(Diagnostic(.warning, rule: "host", message, place: place).statement)
    }

    // MARK: Files

    /// Notes that a check of its own looks at a path.
    mutating func claim(_ path: String) { claimed.insert(path) }

    mutating func checkFile(_ path: String?, _ what: String, at origin: XMLOrigin? = nil) {
        guard let path, !path.isEmpty else { return }
        claimed.insert(path)
        if let problem = PathWalk.problem(path, writing: false, what: what) { return add(problem, at: origin) }
        if let kind = Files.kind(path), kind == .fifo || kind == .folder || kind == .socket {
            add(
                VMError(.io, "Cannot access \(what) '\(path)': it is \(kind.phrase)", remedy: "name a file"),
                at: origin)
        }
    }

    /// The file of firmware variables is an image like any other: two machines must not write into it.
    private mutating func checkVariables(_ domain: Domain) {
        guard let path = domain.os.nvram?.file, Files.exists(path) else { return }
        if let problem = ImageUse(manager: manager, machine: machine).problem(path, writing: true) { add(problem) }
    }

    private mutating func check(_ disk: Disk, _ domain: Domain) {
        guard disk.source.type == .file || disk.source.type == .block, let path = disk.source.file ?? disk.source.dev
        else {
            return
        }
        claimed.insert(path)
        let origin = disk.origin
        let writes = !(disk.readonly || disk.device == .cdrom)
        if let problem = PathWalk.problem(path, writing: writes, what: PathWalk.disk) {
            return add(problem, at: origin)
        }
        if let kind = Files.oddKind(path), !Files.isBlockDevice(path) {
            let problem = VMError(
                .io, "Cannot access storage file '\(path)': it is \(kind)", remedy: "name an image file")
            return add(problem, at: origin)
        }
        let format = disk.driver?.type ?? .raw
        if let problem = ImageFormatCheck.problem(path, declared: format) {
            add(problem, at: origin)
        } else if let problem = ImageFormatCheck.problemOfRaw(disk, domain) {
            add(problem, at: origin)
        } else {
            for problem in disk.headerProblems { add(problem, at: origin) }
        }
        if let problem = images.problem(adding: disk) { return add(problem, at: origin) }
        if disk.shareable { return }
        if let problem = ImageUse(manager: manager, machine: machine).problem(path, writing: writes) {
            add(problem, at: origin)
        }
    }

    // MARK: Ports

    private mutating func check(_ graphics: Graphics) {
        guard graphics.autoport != .yes else { return }
        let listens = graphics.listens.first
        if listens?.type == .socket || listens?.type == VMDomain.GraphicsListen.Kind.none { return }
        let host = listens?.address ?? graphics.listen ?? "127.0.0.1"
        switch graphics.type {
        case .vnc:
            checkPort(graphics.port, host, "VNC port", at: graphics.origin)
            checkPort(graphics.websocket, host, "VNC websocket port", at: graphics.origin)
        case .spice:
            checkPort(graphics.port, host, "SPICE port", at: graphics.origin)
            checkPort(graphics.tlsPort, host, "SPICE TLS port", at: graphics.origin)
        default: return
        }
    }

    /// QEMU waits in silence for a USB device that isn't there.
    private mutating func checkUSB(_ devices: [HostDevice]) {
        let wanted = devices.filter { $0.type == .usb }
        if wanted.isEmpty { return }
        let present = manager.usbDevices
        for device in wanted {
            let fitting = present.filter { $0.is(device) }
            if fitting.count == 1 { continue }
            guard fitting.isEmpty else {
                let places = fitting.map { "bus \($0.bus) device \($0.device)" }.joined(separator: ", ")
                let problem = VMError(
                    .unsupported, "Multiple USB devices for \(USBDevice.name(of: device)) were found: \(places)",
                    remedy: "say which one with <address bus='…' device='…'/> in its <source>")
                add(problem, at: device.origin)
                continue
            }
            let remedy: Remedy = "plug it in, or let the machine start without it with startupPolicy='optional'"
            let problem = VMError(
                .notFound, "did not find USB device \(USBDevice.name(of: device))", remedy: remedy)
            add(problem, at: device.origin)
        }
    }

    /// The first ports that a card forwards; what is more QEMU tells, and a check on demand.
    private mutating func checkForwards(_ interface: Interface) {
        guard interface.type == .user || interface.type == .network, interface.backend?.type != .passt,
            let ports = try? ForwardedPort.all(of: interface), !ports.isEmpty
        else { return }
        // The machine may have ended a moment ago.
        if interface.type == .network { manager.networks.giveUpDepartedPorts(interface.source.network ?? "") }
        for port in ports.prefix(64) {
            checkPort(
                Int(port.port), port.address, "forwarded port", port.proto == .udp ? .udp : .tcp, at: interface.origin)
        }
    }

    mutating func checkPort(
        _ port: Int?, _ host: String, _ what: String, _ transport: PlannedPort.Transport = .tcp,
        at origin: XMLOrigin? = nil
    ) {
        guard let port, let number = UInt16(exactly: port), number > 0 else { return }
        let host = host.isEmpty || host == "*" ? "0.0.0.0" : host
        let planned = PlannedPort(transport: transport, host: host, port: number, what: "", origin: nil)
        guard ports.insert(planned).inserted else { return }
        do throws(VMError) {
            switch transport {
            case .tcp: _ = try Socket.listen(at: .tcp(host: host, port: number)).raw
            case .udp: _ = try Socket.bindDatagram(host: host, port: number).raw
            }
        } catch {
            switch error.code {
            case .busy: add(taken(number, host, what, transport), at: origin)
            case .io:
                let problem = VMError(error.code, "\(what) \(port) can't be had on \(host)", cause: error)
                add(problem, at: origin)
            // A name, which QEMU looks up.
            default: return
            }
        }
    }

    private func taken(
        _ port: UInt16, _ host: String, _ what: String, _ transport: PlannedPort.Transport
    ) -> VMError {
        let domain = manager.domain(servingVNC: Int(port), except: machine.uuid).map { "domain '\($0)'" }
        let address = host == "0.0.0.0" ? "" : host
        let forwarder = manager.domain(
            forwarding: ForwardedPort(transport == .tcp ? .tcp : .udp, address, port, to: port), except: machine.uuid)
        let holder = domain ?? forwarder.map { "domain '\($0)'" } ?? PortUse.holder(of: port, transport)
        return VMError(
            .busy, "\(what) \(port) on \(host) is taken" + (holder.map { " by \($0)" } ?? ""),
            remedy: what.hasPrefix("VNC") || what.hasPrefix("SPICE")
                ? "choose another port, or autoport='yes'" : "choose another port")
    }
}

extension VMManager {
    /// The running domain that serves VNC on a port.
    func domain(servingVNC port: Int, except uuid: UUID) -> String? {
        let states = (try? activeStates()) ?? []
        return states.first { $0.uuid != uuid && $0.vnc.contains { Int($0.port) == port } }?.name
    }
}
