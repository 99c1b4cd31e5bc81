internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMImage
internal import VMXML

/// Looks for what would keep a machine from starting, before anything is started: every cause, not the first one.
struct Preflight {
    let manager: VMManager
    let machine: Machine
    private(set) var problems: [VMError] = []
    /// What may go wrong without keeping the machine from starting.
    var warnings: [String] = []

    init(manager: VMManager, machine: Machine) {
        self.manager = manager
        self.machine = machine
    }

    /// Checks a planned domain.
    ///
    /// - Parameter others: what was found to be in the way before.
    /// - Throws: the only cause, or all of them in one error.
    static func check(
        _ domain: Domain, _ machine: Machine, _ manager: VMManager, _ others: [VMError] = []
    ) throws(VMError) {
        var check = Preflight(manager: manager, machine: machine)
        check.checkResources(domain)
        for problem in others { check.add(problem) }
        try check.conclude()
    }

    /// What a document names of the host: images, files and ports.
    mutating func checkResources(_ domain: Domain) {
        checkPins(domain)
        for disk in domain.devices.disks { check(disk, domain) }
        checkUSB(domain.devices.hostDevices)
        checkVariables(domain)
        checkFile(domain.os.kernel, "kernel")
        checkFile(domain.os.initrd, "initial ramdisk")
        for graphics in domain.devices.graphics { check(graphics) }
        for interface in domain.devices.interfaces { checkForwards(interface) }
        for need in LaunchNeeds.unmet(domain) { add(need) }
    }

    private func conclude() throws(VMError) {
        guard let first = problems.first else { return }
        if problems.count == 1 { throw first }
        throw VMError(
            first.code, "\(problems.count) things are in the way: " + problems.map(\.message).joined(separator: "; "),
            remedy: first.firstRemedy)
    }

    mutating func add(_ problem: VMError) { problems.append(problem) }

    // MARK: Files

    mutating func checkFile(_ path: String?, _ what: String) {
        guard let path, !path.isEmpty else { return }
        if let problem = PathWalk.problem(path, writing: false, what: what) { add(problem) }
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
        let writes = !(disk.readonly || disk.device == .cdrom)
        if let problem = PathWalk.problem(path, writing: writes, what: "storage file") { return add(problem) }
        if let kind = Files.oddKind(path), !Files.isBlockDevice(path) {
            return add(
                VMError(.io, "Cannot access storage file '\(path)': it is \(kind)", remedy: "name an image file"))
        }
        let format = disk.driver?.type ?? .raw
        if let problem = ImageFormatCheck.problem(path, declared: format) {
            add(problem)
        } else if format == .qcow2, disk.backingStore == nil {
            for problem in BackingChain(walking: path, format: .qcow2).problems {
                if case .dataFile(path, _) = problem, disk.source.dataStore != nil { continue }
                add(problem.error)
            }
        } else if let problem = ImageFormatCheck.problemOfRaw(disk, domain) {
            add(problem)
        }
        if disk.shareable { return }
        if let problem = ImageUse(manager: manager, machine: machine).problem(path, writing: writes) { add(problem) }
    }

    // MARK: Ports

    private mutating func check(_ graphics: Graphics) {
        guard graphics.autoport != .yes else { return }
        let listens = graphics.listens.first
        if listens?.type == .socket || listens?.type == VMDomain.GraphicsListen.Kind.none { return }
        let host = listens?.address ?? graphics.listen ?? "127.0.0.1"
        switch graphics.type {
        case .vnc:
            checkPort(graphics.port, host, "VNC port")
            checkPort(graphics.websocket, host, "VNC websocket port")
        case .spice:
            checkPort(graphics.port, host, "SPICE port")
            checkPort(graphics.tlsPort, host, "SPICE TLS port")
        default: return
        }
    }

    /// QEMU waits in silence for a USB device that isn't there.
    private mutating func checkUSB(_ devices: [HostDevice]) {
        let wanted = devices.filter { $0.type == .usb }
        if wanted.isEmpty { return }
        let present = USBDevice.all()
        for device in wanted where !present.contains(where: { $0.is(device) }) {
            let remedy: Remedy = "plug it in, or let the machine start without it with startupPolicy='optional'"
            add(VMError(.notFound, "did not find USB device \(USBDevice.name(of: device))", remedy: remedy))
        }
    }

    /// The first ports that a card forwards; what is more QEMU tells.
    private mutating func checkForwards(_ interface: Interface) {
        guard interface.type == .user, interface.backend?.type != .passt,
            let ports = try? ForwardedPort.all(of: interface)
        else { return }
        for port in ports.prefix(64) where port.proto == .tcp {
            checkPort(Int(port.port), port.address.isEmpty ? "0.0.0.0" : port.address, "forwarded port")
        }
    }

    mutating func checkPort(_ port: Int?, _ host: String, _ what: String) {
        guard let port, let number = UInt16(exactly: port), number > 0 else { return }
        do throws(VMError) {
            _ = try Socket.listen(at: .tcp(host: host, port: number)).raw
        } catch {
            guard error.code == .busy else { return }
            let domain = manager.domain(servingVNC: port, except: machine.uuid).map { "domain '\($0)'" }
            let holder = domain ?? PortUse.holder(of: number)
            add(
                VMError(
                    .busy, "\(what) \(port) on \(host) is taken" + (holder.map { " by \($0)" } ?? ""),
                    remedy: "choose another port, or autoport='yes'"))
        }
    }
}

extension VMManager {
    /// The running domain that serves VNC on a port.
    func domain(servingVNC port: Int, except uuid: UUID) -> String? {
        let states = (try? activeStates()) ?? []
        return states.first { $0.uuid != uuid && $0.vnc.contains { Int($0.port) == port } }?.name
    }
}
