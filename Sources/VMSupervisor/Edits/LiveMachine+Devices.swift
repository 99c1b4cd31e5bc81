internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Devices that come and go.
extension LiveMachine {
    /// Plugs a device in, with the controllers that it needs.
    ///
    /// - Returns: the device as it is now.
    func attach(_ document: Devices) throws(VMError) -> Devices {
        let host = try host()
        let changes = try Hotplug.attach(
            document, to: domain, capabilities: try capabilities(), host: host, nodes: try blockNodes())
        guard var change = changes.last else { return document }
        if changes.count > 1 { try rehearse(change) }
        var controllers: [String] = []
        do throws(VMError) {
            for controller in changes.dropLast() {
                try make(controller, completing: nil)
                if let name = controller.device { controllers.append(name) }
            }
            try plugIn(&change, host, document)
        } catch {
            throw error.code == .timeout ? error : takeBack(controllers, after: error)
        }
        return device(change.device, in: domain) ?? document
    }

    /// Plugs the device itself in, when what it sits on is there. It may need open files, or a program beside QEMU.
    private func plugIn(_ change: inout HotplugChange, _ host: HostFacts, _ document: Devices) throws(VMError) {
        let helper = try helper(of: change, host)
        let files = try openTaps(&change, host) + openVSock(&change)
        let card = change.device.flatMap { name in
            change.domain.devices.interfaces.first { $0.alias?.name == name }
        }
        if let helper { try bringUp(helper) }
        let hold = HostDeviceHold(folder, root: plan.systemRoot)
        let known = Set(domain.hostPCIDevices.map(\.address))
        let all = change.domain.hostPCIDevices
        let managed = all.filter { $0.isManaged && !known.contains($0.address) }.map(\.address)
        do throws(VMError) {
            try hold.take(managed, of: all.map(\.address))
            let result = device(change.device, in: change.domain) ?? document
            try make(change, files: files, completing: .device(result))
        } catch {
            if error.code != .timeout, error.code != .connection {
                removeShared([card].compactMap(\.self))
                hold.giveBack { managed.contains($0) }
            }
            // QEMU may still come to it: then it is known later whether the helper is needed.
            guard let helper, error.code != .timeout, error.code != .connection else { throw error }
            throw dismissHelper(of: helper.device) ?? error
        }
    }

    /// The program that has to run beside QEMU for the device of a change.
    private func helper(of change: HotplugChange, _ host: HostFacts) throws(VMError) -> HelperPlan? {
        guard let alias = change.device else { return nil }
        // Those of the other devices run already.
        var single = change.domain
        single.devices.tpms = []
        single.devices.filesystems.removeAll { $0.alias?.name != alias }
        single.devices.interfaces.removeAll { $0.alias?.name != alias }
        var host = host
        host.programs = HelperPrograms.find(for: single, runsForeignPrograms: true)
        let (plans, problems) = HelperPlanner.plan(single, host: host)
        if let problem = problems.first { throw problem }
        for filesystem in single.devices.filesystems where !plans.isEmpty {
            guard let folder = filesystem.source.dir else { continue }
            guard Files.oddKind(folder) == "a folder" else {
                throw VMError(
                    .notFound,
                    "the folder '\(folder)' of the file system '\(filesystem.target?.dir ?? "")' isn't there",
                    remedy: "make it, or name another one")
            }
        }
        return plans.first { $0.device == alias }
    }

    /// Tries whether what stands behind a device can be made, and takes it away again: a controller that came before it
    /// would only leave if the guest let it.
    private func rehearse(_ change: HotplugChange) throws(VMError) {
        let steps = change.steps.prefix { $0.call.command != "device_add" }
        guard !steps.isEmpty, steps.allSatisfy({ $0.undo != nil }), steps.allSatisfy({ !Self.connects($0.call) }) else {
            return
        }
        // Named for the device: a supervisor that takes over in the middle doesn't find it, and takes the steps back.
        try make(HotplugChange(steps: Array(steps), domain: domain, device: change.device), completing: nil)
        try clear(steps.reversed().compactMap(\.undo))
        try? OpenedFiles.sweep(self)
    }

    /// Whether a command reaches for something that may not be there yet, or that can be reached only once.
    private static func connects(_ call: QMPCall) -> Bool {
        switch call.command {
        case "netdev_add", "getfd": true
        case "chardev-add":
            call.arguments["backend"]?["type"] == "socket" && call.arguments["backend"]?["data"]?["server"] != true
        default: false
        }
    }

    /// Has the controllers leave that were added for a device that can't be attached.
    private func takeBack(_ controllers: [String], after error: VMError) -> VMError {
        var staying: [String] = []
        let limit = max(min(deadline, .after(.seconds(5))), .after(.seconds(1)))
        deadline = limit
        for name in controllers.reversed() {
            do throws(VMError) { try detach(name, leftovers: [], completing: nil) } catch { staying.append(name) }
        }
        guard !staying.isEmpty else { return error }
        return VMError(
            error.code, error.message,
            remedy: error.remedy ?? "the controller '\(staying[0])' that was added for it goes when the guest lets it",
            cause: error.cause)
    }

    private func device(_ name: String?, in domain: Domain) -> Devices? {
        guard let name, let place = DevicePlace(alias: name, in: domain) else { return nil }
        var copy = domain
        return copy.remove(place)
    }

    /// Opens what the backend of a new interface needs, and has QEMU take each file under a name.
    ///
    /// - Returns: the files in the order of the `getfd` commands.
    private func openTaps(_ change: inout HotplugChange, _ host: HostFacts) throws(VMError) -> [Int32] {
        let place = change.steps.firstIndex { $0.call.command == "netdev_add" && $0.call.arguments["type"] == "tap" }
        guard let place, let alias = change.device,
            let index = change.domain.devices.interfaces.firstIndex(where: { $0.alias?.name == alias })
        else { return [] }
        var single = change.domain
        single.devices.interfaces = [change.domain.devices.interfaces[index]]
        var taps = try TapDevices(&single, host, isWanted: true, networks: NetworkPorts(plan.paths, for: single.name))
        change.domain.devices.interfaces[index] = single.devices.interfaces[0]
        var arguments = change.steps[place].call.arguments
        var before: [HotplugChange.Step] = []
        for key in ["fd", "fds", "vhostfd", "vhostfds"] {
            guard let numbers = arguments[key]?.string else { continue }
            let names = numbers.split(separator: ":").map { "\(key)-\(alias)-\($0)" }
            for name in names {
                before.append(
                    .init(
                        QMPCall("getfd", ["fdname": .string(name)]),
                        undo: QMPCall("closefd", ["fdname": .string(name)])))
            }
            arguments[key] = .string(names.joined(separator: ":"))
        }
        change.steps[place].call.arguments = arguments
        change.steps.insert(contentsOf: before, at: place)
        let files = try taps.duplicates()
        taps.settle()
        return files
    }

    /// Removes the devices of cards that are gone and that shared one of the host's: those don't go by themselves.
    private func removeShared(_ cards: [Interface]) {
        for card in cards {
            guard let uuid = domain.uuid, let device = card.target?.dev else { continue }
            MacVTap.remove(device, of: uuid)
        }
    }

    /// Opens the kernel's part of a new vsock, which gives the guest its number.
    private func openVSock(_ change: inout HotplugChange) throws(VMError) -> [Int32] {
        guard let place = change.steps.firstIndex(where: { $0.call.arguments["vhostfd"] != nil }),
            let alias = change.device, change.domain.devices.vsock?.alias?.name == alias
        else { return [] }
        let device = VSockDevice()
        try device.open(for: &change.domain)
        guard let file = device.take() else { return [] }
        let name: JSONValue = .string("vhostfd-\(alias)")
        change.steps[place].call.arguments["vhostfd"] = name
        change.steps[place].call.arguments["guest-cid"] = (change.domain.devices.vsock?.cid?.address).map {
            JSONValue(UInt64($0))
        }
        change.steps.insert(
            .init(QMPCall("getfd", ["fdname": name]), undo: QMPCall("closefd", ["fdname": name])), at: place)
        return [file]
    }

    func detach(_ selection: DeviceSelection) throws(VMError) -> Devices {
        let live = domain
        let place = try selection.place(in: live)
        let name = try Hotplug.removableName(place, in: live)
        var leftovers = try Hotplug.leftovers(
            of: place, in: live, capabilities: try capabilities(), host: try host())
        var copy = live
        let removed = copy.remove(place)
        // A drive that has lost its device has no nodes that it could be asked for.
        if let disk = removed.disks.first { leftovers += (try? nodeRemovals(disk)) ?? [] }
        try detach(name, leftovers: leftovers, completing: .device(removed))
        for socket in removed.listeningSockets { Supervisor.removeSocket(socket) }
        removeShared(removed.interfaces)
        try? OpenedFiles.sweep(self)
        return removed
    }

    // MARK: Changing

    /// Changes what can be changed of a running machine's device: its medium, link, limits or password.
    func update(_ document: Devices, force: Bool) throws(VMError) {
        if let graphics = document.graphics.first { return try update(graphics) }
        if let disk = document.disks.first { return try update(disk, force: force) }
        guard let card = document.interfaces.first else {
            throw VMError(
                .unsupported, "live update of a device of this kind is not supported", remedy: "use \(option: "config")"
            )
        }
        var copy = domain
        guard let old = copy.remove(try DevicePlace(of: document, in: domain)).interfaces.first else {
            throw Self.notRunning
        }
        let name = old.mac?.address.map { "\($0)" } ?? ""
        // Whatever else the document says must be so already.
        if card.source != InterfaceSource(), card.type != old.type || card.source != old.source {
            throw VMError(
                .unsupported, "cannot change the network of interface '\(name)' while the machine runs",
                remedy: "detach it and attach another, or use \(option: "config")")
        }
        try refuse(
            old.changes(to: card, as: "interface"),
            except: ["interface/link", "interface/source", "interface/bandwidth"], of: name)
        if let bandwidth = card.bandwidth, bandwidth != old.bandwidth { try limit(name, bandwidth) }
        let isUp = card.link?.state ?? .up == .up
        try setLink(name, isUp, .setLink(interface: name, isUp: isUp))
    }

    /// Gives a card other limits of what it carries.
    private func limit(_ name: String, _ bandwidth: Bandwidth) throws(VMError) {
        var next = domain
        let index = try next.interface(name)
        try NetworkPorts.limit(next.devices.interfaces[index], bandwidth, plan.paths)
        next.devices.interfaces[index].bandwidth = bandwidth
        try make(HotplugChange(steps: [], domain: next))
    }

    /// Refuses a document that says something else than is so, in anything that a running machine can't change. What it
    /// doesn't say stays as it is.
    private func refuse(_ changes: [XMLChange], except changeable: [String], of name: String) throws(VMError) {
        let change = changes.first { change in
            change.new != nil && !changeable.contains { change.path.hasPrefix($0) }
        }
        guard let change else { return }
        let what = change.path.split(separator: "/").dropFirst().joined(separator: "/")
        throw VMError(
            .unsupported,
            "cannot change '\(what)' of device '\(name)' while the machine runs: it is "
                + "\(change.old.map { "'\($0)'" } ?? "not there"), not '\(change.new ?? "")'",
            remedy: "detach it and attach another, or use \(option: "config")")
    }

    private func update(_ graphics: Graphics) throws(VMError) {
        guard let password = graphics.passwd else {
            throw VMError(
                .unsupported, "cannot change this of a running machine's display",
                remedy: "its password can be changed; anything else with \(option: "config")")
        }
        if let old = domain.devices.graphics.first(where: { $0.type == graphics.type }) {
            try refuse(
                old.changes(to: graphics, as: "graphics"), except: ["graphics/@passwd", "graphics/@port"],
                of: graphics.type.rawValue)
        }
        let validTo = graphics.passwdValidTo
        try setDisplayPassword(
            graphics.type, password, validTo, .setDisplayPassword(graphics.type, password, validTo: validTo))
    }

    private func update(_ disk: Disk, force: Bool) throws(VMError) {
        guard let target = disk.target?.dev, let old = domain.devices.disks.first(where: { $0.target?.dev == target })
        else { throw VMError(.notFound, "disk '\(disk.target?.dev ?? "")' not found") }
        try refuse(old.changes(to: disk, as: "disk"), except: ["disk/source", "disk/iotune"], of: target)
        if old.medium != disk.medium {
            guard old.isRemovable else {
                throw VMError(
                    .unsupported, "cannot modify field 'source' of the disk '\(target)' while the machine runs",
                    remedy: "only drives for removable media change what is in them")
            }
            _ = try changeMedia(target, disk.medium.map { .update(path: $0) } ?? .eject, force: force)
        }
        if let tune = disk.iotune, tune != old.iotune {
            try setBlockLimits(target, tune, .setBlockLimits(disk: target, tune))
        }
    }
}
