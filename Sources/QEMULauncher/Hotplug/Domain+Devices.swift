public import VMCore
public import VMDomain
internal import VMXML

extension Domain {
    /// Adds the device that a document describes. Names that only a running machine has are taken out of it.
    ///
    /// - Throws: `exists` when its target, address or number is another's.
    public mutating func append(_ document: Devices) throws(VMError) {
        guard let slot = document.aliasSlots.first else {
            throw VMError(.unsupported, "a device of this kind can't be attached", remedy: "edit the definition")
        }
        var device = document
        if let name = device[aliasOf: slot]?.name {
            if !name.hasPrefix("ua-") { device[aliasOf: slot] = nil }
            if DevicePlace(alias: name, in: self) != nil {
                throw VMError(.exists, "non unique alias detected: \(name)", remedy: "choose another <alias>")
            }
        }
        try checkIsNew(device, slot)
        if let disk = device.disks.first { devices.insert(disk) }
        devices.controllers += device.controllers
        devices.filesystems += device.filesystems
        devices.interfaces += device.interfaces
        devices.smartcards += device.smartcards
        devices.tpms += device.tpms
        devices.cryptos += device.cryptos
        devices.serials += device.serials
        devices.parallels += device.parallels
        devices.consoles += device.consoles
        devices.channels += device.channels
        devices.inputs += device.inputs
        devices.sounds += device.sounds
        devices.videos += device.videos
        devices.hostDevices += device.hostDevices
        devices.redirectedDevices += device.redirectedDevices
        devices.hubs += device.hubs
        devices.watchdogs += device.watchdogs
        devices.rngs += device.rngs
        devices.panics += device.panics
        devices.sharedMemories += device.sharedMemories
        devices.memories += device.memories
        if let balloon = device.memoryBalloon { devices.memoryBalloon = balloon }
        if let vsock = device.vsock { devices.vsock = vsock }
        // A module's memory counts as the machine's.
        for module in device.memories { resize(by: module.target.size?.bytes ?? 0, adding: true) }
    }

    /// Takes a device out.
    ///
    /// - Returns: the device alone.
    @discardableResult
    public mutating func remove(_ place: DevicePlace) -> Devices {
        let removed = devices.only(place.slot)
        switch place.slot {
        case .controller(let index): devices.controllers.remove(at: index)
        case .disk(let index): devices.disks.remove(at: index)
        case .filesystem(let index): devices.filesystems.remove(at: index)
        case .interface(let index): devices.interfaces.remove(at: index)
        case .smartcard(let index): devices.smartcards.remove(at: index)
        case .serial(let index):
            let serial = devices.serials.remove(at: index)
            // The first console may be this port under another name.
            if let console = devices.consoles.first, console.target?.type == .serial, index == 0,
                console.alias == serial.alias
            {
                devices.consoles.removeFirst()
            }
        case .parallel(let index): devices.parallels.remove(at: index)
        case .console(let index): devices.consoles.remove(at: index)
        case .channel(let index): devices.channels.remove(at: index)
        case .input(let index): devices.inputs.remove(at: index)
        case .tpm(let index): devices.tpms.remove(at: index)
        case .sound(let index): devices.sounds.remove(at: index)
        case .video(let index): devices.videos.remove(at: index)
        case .hostDevice(let index): devices.hostDevices.remove(at: index)
        case .redirectedDevice(let index): devices.redirectedDevices.remove(at: index)
        case .hub(let index): devices.hubs.remove(at: index)
        case .watchdog(let index): devices.watchdogs.remove(at: index)
        case .rng(let index): devices.rngs.remove(at: index)
        case .panic(let index): devices.panics.remove(at: index)
        case .shmem(let index): devices.sharedMemories.remove(at: index)
        case .memory(let index):
            let module = devices.memories.remove(at: index)
            resize(by: module.target.size?.bytes ?? 0, adding: false)
        case .crypto(let index): devices.cryptos.remove(at: index)
        case .memballoon:
            // Without a word of it every machine gets one.
            var absent = MemoryBalloon(.none)
            absent.alias = devices.memoryBalloon?.alias
            devices.memoryBalloon = absent
        case .nvram: devices.nonVolatileMemory = nil
        case .iommu(let index): devices.iommus.remove(at: index)
        case .vsock: devices.vsock = nil
        case .pstore: devices.persistentStore = nil
        }
        return removed
    }

    private mutating func resize(by bytes: UInt64, adding: Bool) {
        func changed(_ size: ScaledSize?) -> ScaledSize? {
            size.map { ScaledSize(bytes: adding ? $0.bytes &+ bytes : $0.bytes > bytes ? $0.bytes - bytes : $0.bytes) }
        }
        let (whole, current) = (changed(memory?.size), changed(currentMemory?.size))
        memory?.size = whole
        currentMemory?.size = current
    }

    private func checkIsNew(_ device: Devices, _ slot: DeviceSlot) throws(VMError) {
        switch slot {
        case .disk(let index):
            guard let target = device.disks[index].target?.dev else { return }
            if let other = devices.disks.first(where: { $0.target?.dev == target }) {
                func source(_ disk: Disk) -> String { disk.source.file ?? disk.source.dev ?? "" }
                throw VMError(
                    .exists,
                    "XML error: target '\(target)' duplicated for disk sources '\(source(other))' and "
                        + "'\(source(device.disks[index]))'", remedy: "choose another <target dev>")
            }
        case .interface(let index):
            guard let mac = device.interfaces[index].mac?.address else { return }
            if devices.interfaces.contains(where: { $0.mac?.address == mac }) {
                throw VMError(
                    .exists, "network device with mac \(mac) already exists", remedy: "choose another <mac address>")
            }
        case .controller(let index):
            let new = device.controllers[index]
            guard let number = new.index else { return }
            if devices.controllers.contains(where: { $0.type == new.type && $0.index == number }) {
                throw VMError(
                    .exists, "controller \(new.type.rawValue):\(number) already exists",
                    remedy: "give it another index")
            }
        case .filesystem(let index):
            guard let tag = device.filesystems[index].target?.dir,
                let other = devices.filesystems.first(where: { $0.target?.dir == tag })
            else { return }
            let holder = other.source.dir ?? other.source.socket ?? other.alias?.name
            throw VMError(
                .exists,
                "target already exists: the tag '\(tag)' is that of the file system"
                    + (holder.map { " '\($0)'" } ?? "") + ", and the guest finds the first by it",
                remedy: "choose another <target dir>")
        case .memballoon
        where devices.memoryBalloon?.alias != nil && devices.memoryBalloon?.model != MemoryBalloon.Model.none,
            .vsock where devices.vsock != nil:
            throw VMError(.exists, "the machine already has \(device.describe(slot))")
        default: return
        }
    }
}
