public import VMCore
public import VMDomain
internal import VMJSON

/// Plans what plugs a device into a running machine, and what is left to clear away when one is gone: by the builders
/// that make the command line.
public enum Hotplug {
    /// The changes, one after the other, that bring a device into a running machine: the controllers that it needs and
    /// that aren't there yet, each by itself, then the device.
    ///
    /// - Parameters:
    ///   - live: the live definition, in which everything has its address and its name.
    ///   - nodes: the names of the block nodes that there are.
    /// - Throws: `unsupported` for what can't be plugged into a running machine.
    public static func attach(
        _ document: Devices, to live: Domain, capabilities: Capabilities, host: HostFacts, nodes: [String]
    ) throws(VMError) -> [HotplugChange] {
        let (next, device, added) = try planned(document, live, capabilities, host)
        var left = added
        var changes: [HotplugChange] = []
        for slot in added {
            left.removeFirst()
            let context = BuildContext(
                domain: next, capabilities: capabilities, host: host,
                nodes: BlockNodeNumbers(next, only: slot.diskIndex, from: firstFree(nodes)))
            var options = try options(of: slot, context)
            if !hasBootOrder(slot, next.devices) {
                for index in options.indices where options[index].name == .device { options[index]["bootindex"] = nil }
            }
            var steps: [HotplugChange.Step] = []
            for option in options {
                let call = try option.qmpCall()
                var step = HotplugChange.Step(call, undo: call.opposite)
                step.secret = option.secret
                steps.append(step)
            }
            steps += next.devices.settings(of: slot).map { HotplugChange.Step($0, undo: nil) }
            let alias = next.devices[aliasOf: slot]?.name
            changes.append(
                HotplugChange(
                    steps: steps, domain: without(left, next),
                    device: options.contains { $0.name == .device && $0.id == alias } ? alias : nil))
        }
        guard let last = changes.last, !last.steps.isEmpty else {
            throw VMError(
                .unsupported, "\(document.describe(device)) can't be attached to a running machine",
                remedy: "use \(option: "config") and start the machine again")
        }
        return changes
    }

    /// The live definition with the device in it, completed; the document's slot, and all that was added in order.
    private static func planned(
        _ document: Devices, _ live: Domain, _ capabilities: Capabilities, _ host: HostFacts
    ) throws(VMError) -> (Domain, DeviceSlot, [DeviceSlot]) {
        guard let device = document.aliasSlots.first else {
            throw VMError(
                .unsupported, "a device of this kind can't be attached to a running machine",
                remedy: "use \(option: "config") and start the machine again")
        }
        guard isPluggable(device) else {
            throw VMError(
                .unsupported, "\(document.describe(device)) can't be attached to a running machine",
                remedy: "use \(option: "config") and start the machine again")
        }
        let known = Set(live.devices.aliasSlots.compactMap { live.devices[aliasOf: $0]?.name })
        var next = live
        try next.append(document)
        try Planner.extend(&next, capabilities: capabilities, host: host)
        try checkBus(of: document, in: next)
        // What the passes give every new machine isn't asked for here, and what has left isn't to come back.
        next = without(
            next.devices.aliasSlots.filter { slot in
                let isNew = !known.contains(next.devices[aliasOf: slot]?.name ?? "")
                return isNew && !slot.isSameKind(as: device) && !slot.carriesOthers
            }, next)
        let added = next.devices.aliasSlots.filter { !known.contains(next.devices[aliasOf: $0]?.name ?? "") }
        try checkPCISlots(added, next.devices, isBus: document.controllers.contains { $0.type == .pci })
        func rank(_ slot: DeviceSlot) -> Int {
            switch slot {
            case .controller: slot.isSameKind(as: device) ? 2 : 0
            case .hub: slot.isSameKind(as: device) ? 2 : 1
            default: 2
            }
        }
        let order = added.enumerated().sorted { a, b in
            (rank(a.element), a.offset) < (rank(b.element), b.offset)
        }
        return (next, device, order.map(\.element))
    }

    /// Refuses what takes PCI controllers that the running machine doesn't have: none can be plugged in.
    private static func checkPCISlots(_ added: [DeviceSlot], _ devices: Devices, isBus: Bool) throws(VMError) {
        guard !isBus else { return }
        let buses = added.compactMap { slot -> Controller? in
            guard case .controller(let index) = slot, devices.controllers[index].type == .pci else { return nil }
            return devices.controllers[index]
        }
        // The last in the row is the one that the device would be plugged into.
        guard let last = buses.max(by: { $0.index ?? 0 < $1.index ?? 0 }) else { return }
        throw VMError(
            .unsupported, "No more available PCI slots",
            remedy: PCIAddressPool.remedy(
                adding: last.pciModel ?? .pcieRootPort, index: Int(buses.compactMap(\.index).min() ?? 1)))
    }

    /// Refuses disks and controllers on buses that take nothing while the machine runs.
    private static func checkBus(of document: Devices, in next: Domain) throws(VMError) {
        let disk = document.disks.first.flatMap { disk in
            next.devices.disks.first { $0.target?.dev == disk.target?.dev }
        }
        let pluggable: [DiskTarget.Bus] = [.virtio, .scsi, .usb]
        if let bus = disk?.target?.bus, !pluggable.contains(bus) {
            throw VMError(
                .unsupported, "disk bus '\(bus.rawValue)' cannot be hotplugged",
                remedy: "use bus='virtio', 'scsi' or 'usb', or \(option: "config") and start the machine again")
        }
        if let type = document.controllers.first?.type, [.ide, .sata, .fdc].contains(type) {
            throw VMError(
                .unsupported, "'\(type.rawValue)' controllers cannot be hotplugged",
                remedy: "use \(option: "config") and start the machine again")
        }
    }

    private static func isPluggable(_ slot: DeviceSlot) -> Bool {
        switch slot {
        case .disk, .controller, .interface, .serial, .channel, .input, .hostDevice, .redirectedDevice, .rng, .shmem,
            .memory, .vsock, .crypto, .filesystem, .hub, .sound:
            true
        default: false
        }
    }

    private static func hasBootOrder(_ slot: DeviceSlot, _ devices: Devices) -> Bool {
        switch slot {
        case .disk(let index): devices.disks[index].boot?.order != nil
        case .interface(let index): devices.interfaces[index].boot?.order != nil
        default: true
        }
    }

    /// The domain without devices that aren't there yet.
    private static func without(_ slots: [DeviceSlot], _ domain: Domain) -> Domain {
        var domain = domain
        let names = slots.compactMap { domain.devices[aliasOf: $0]?.name }
        for name in names {
            if let place = DevicePlace(alias: name, in: domain) { domain.remove(place) }
        }
        return domain
    }

    /// A number above those of all block nodes.
    static func firstFree(_ nodes: [String]) -> Int {
        let numbers = nodes.compactMap { name -> Int? in
            guard name.hasPrefix("libvirt-") else { return nil }
            return Int(name.dropFirst("libvirt-".count).prefix { $0.isNumber })
        }
        return (numbers.max() ?? 0) + 1
    }

    /// The options of one device.
    static func options(of slot: DeviceSlot, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let devices = context.domain.devices
        switch slot {
        case .controller(let index): return try ControllerOptions.make(devices.controllers[index], context)
        case .disk(let index): return try DiskOptions.make(index, context)
        case .filesystem(let index): return try FilesystemOptions.make(devices.filesystems[index], context)
        case .interface(let index): return try InterfaceOptions.make(index, context)
        case .serial(let index): return try SerialOptions.make(devices.serials[index], context)
        case .channel(let index): return try ChannelOptions.make(devices.channels[index], context)
        case .input(let index): return try InputOptions.make(devices.inputs[index], context)
        case .hub(let index): return try InputOptions.hub(devices.hubs[index], context)
        case .sound(let index): return try SoundOptions.make(devices.sounds[index], context)
        case .hostDevice(let index): return try HostDeviceOptions.make(devices.hostDevices[index], context)
        case .redirectedDevice(let index):
            return try RedirectionOptions.make(devices.redirectedDevices[index], context)
        case .rng(let index): return try RandomOptions.make(devices.rngs[index], context)
        case .shmem(let index): return try SharedMemoryOptions.make(devices.sharedMemories[index], context)
        case .memory(let index): return try MemoryDeviceOptions.make(devices.memories[index], context)
        case .crypto(let index): return try CryptoOptions.make(devices.cryptos[index], context)
        case .smartcard(let index): return try SmartcardOptions.make(devices.smartcards[index], context)
        case .parallel(let index): return try ParallelOptions.make(devices.parallels[index], context)
        case .console(let index): return try ConsoleOptions.make(devices.consoles[index], context)
        case .tpm(let index): return try TPMOptions.make(devices.tpms[index], context)
        case .video(let index): return try VideoOptions.make(devices.videos[index], isFirst: index == 0, context)
        case .watchdog(let index): return try WatchdogOptions.make(devices.watchdogs[index], context)
        case .panic(let index): return try PanicOptions.make(devices.panics[index], context)
        case .memballoon:
            guard let balloon = devices.memoryBalloon else { return [] }
            return try BalloonOptions.make(balloon, context)
        case .vsock:
            guard let vsock = devices.vsock else { return [] }
            return try VSockOptions.make(vsock, context)
        case .nvram, .iommu, .pstore: return []
        }
    }

    /// What has to be cleared away when a device has left the machine: the things behind it. A disk's block nodes aren't
    /// among them: which they are only QEMU knows.
    public static func leftovers(
        of place: DevicePlace, in live: Domain, capabilities: Capabilities, host: HostFacts
    ) throws(VMError) -> [QMPCall] {
        if case .disk = place.slot { return [] }
        let context = BuildContext(domain: live, capabilities: capabilities, host: host)
        var calls: [QMPCall] = []
        for option in try options(of: place.slot, context).reversed() where option.name != .device {
            if let undo = try option.qmpCall().opposite { calls.append(undo) }
        }
        return calls
    }

    /// The name of the device at a place, unless it can't leave a running machine.
    public static func removableName(_ place: DevicePlace, in live: Domain) throws(VMError) -> String {
        let name = live.devices[aliasOf: place.slot]?.name
        guard let name, isPluggable(place.slot) else {
            throw VMError(
                .unsupported, "\(live.devices.describe(place.slot)) can't be detached from a running machine",
                remedy: "use \(option: "config") and start the machine again")
        }
        if case .disk(let index) = place.slot, let bus = live.devices.disks[index].target?.bus,
            ![.virtio, .scsi, .usb].contains(bus)
        {
            throw VMError(
                .unsupported, "disk device type '\(bus.rawValue)' cannot be detached",
                remedy: "use \(option: "config") and start the machine again")
        }
        if case .controller(let index) = place.slot, live.devices.controllers[index].isBoards {
            throw VMError(
                .unsupported, "\(live.devices.describe(place.slot)) can't be detached: it is a part of the board")
        }
        let users = live.devices.users(ofCarrier: place.slot)
        if !users.isEmpty {
            let names = users.map { "'\($0)'" }.joined(separator: ", ")
            throw VMError(
                .busy, "device cannot be detached: device is busy: \(names) still attached to it",
                remedy: "detach those first")
        }
        return name
    }
}

extension Controller {
    /// Whether it is the root of the machine's PCI buses, which comes with the board.
    fileprivate var isBoards: Bool {
        type == .pci && (pciModel == .pcieRoot || pciModel == .pciRoot && index ?? 0 == 0)
    }
}

extension DeviceSlot {
    /// Whether other devices sit on such a one, so that it may have to come with them.
    fileprivate var carriesOthers: Bool {
        switch self {
        case .controller, .hub: true
        default: false
        }
    }

    fileprivate var diskIndex: Int? { if case .disk(let index) = self { index } else { nil } }
}
