internal import VMDomain

/// Names one device of a domain, whatever its kind, so that passes over all devices need no code for each.
enum DeviceSlot: Hashable, Sendable {
    case controller(Int), disk(Int), filesystem(Int), interface(Int), smartcard(Int), serial(Int), parallel(Int)
    case console(Int), channel(Int), input(Int), tpm(Int), sound(Int), video(Int), hostDevice(Int)
    case redirectedDevice(Int), hub(Int), watchdog(Int), rng(Int), panic(Int), shmem(Int), memory(Int), crypto(Int)
    case iommu(Int), memballoon, nvram, vsock, pstore
}

extension Devices {
    /// All devices that have an alias, in libvirt's order of kinds.
    var aliasSlots: [DeviceSlot] {
        var slots: [DeviceSlot] = []
        slots += disks.indices.map { .disk($0) }
        slots += controllers.indices.map { .controller($0) }
        slots += filesystems.indices.map { .filesystem($0) }
        slots += interfaces.indices.map { .interface($0) }
        slots += smartcards.indices.map { .smartcard($0) }
        slots += serials.indices.map { .serial($0) }
        slots += parallels.indices.map { .parallel($0) }
        slots += consoles.indices.map { .console($0) }
        slots += channels.indices.map { .channel($0) }
        slots += inputs.indices.map { .input($0) }
        slots += tpms.indices.map { .tpm($0) }
        slots += sounds.indices.map { .sound($0) }
        slots += videos.indices.map { .video($0) }
        slots += hostDevices.indices.map { .hostDevice($0) }
        slots += redirectedDevices.indices.map { .redirectedDevice($0) }
        slots += hubs.indices.map { .hub($0) }
        slots += watchdogs.indices.map { .watchdog($0) }
        slots += rngs.indices.map { .rng($0) }
        slots += panics.indices.map { .panic($0) }
        slots += sharedMemories.indices.map { .shmem($0) }
        slots += memories.indices.map { .memory($0) }
        slots += cryptos.indices.map { .crypto($0) }
        if memoryBalloon != nil { slots.append(.memballoon) }
        if nonVolatileMemory != nil { slots.append(.nvram) }
        slots += iommus.indices.map { .iommu($0) }
        if vsock != nil { slots.append(.vsock) }
        if persistentStore != nil { slots.append(.pstore) }
        return slots
    }

    /// All devices that may have an address. The console that stands for a serial port shares that one's.
    var addressSlots: [DeviceSlot] {
        aliasSlots.filter { slot in
            guard case .console(let index) = slot else { return true }
            return !(index == 0 && consoles[0].target?.type == .serial && !serials.isEmpty)
        }
    }

    subscript(addressOf slot: DeviceSlot) -> DeviceAddress? {
        get {
            switch slot {
            case .controller(let index): controllers[index].address
            case .disk(let index): disks[index].address
            case .filesystem(let index): filesystems[index].address
            case .interface(let index): interfaces[index].address
            case .smartcard(let index): smartcards[index].address
            case .serial(let index): serials[index].address
            case .parallel(let index): parallels[index].address
            case .console(let index): consoles[index].address
            case .channel(let index): channels[index].address
            case .input(let index): inputs[index].address
            case .tpm(let index): tpms[index].address
            case .sound(let index): sounds[index].address
            case .video(let index): videos[index].address
            case .hostDevice(let index): hostDevices[index].address
            case .redirectedDevice(let index): redirectedDevices[index].address
            case .hub(let index): hubs[index].address
            case .watchdog(let index): watchdogs[index].address
            case .rng(let index): rngs[index].address
            case .panic(let index): panics[index].address
            case .shmem(let index): sharedMemories[index].address
            case .memory(let index): memories[index].address
            case .crypto(let index): cryptos[index].address
            case .memballoon: memoryBalloon?.address
            case .nvram: nonVolatileMemory?.address
            case .iommu(let index): iommus[index].address
            case .vsock: vsock?.address
            case .pstore: persistentStore?.address
            }
        }
        set {
            switch slot {
            case .controller(let index): controllers[index].address = newValue
            case .disk(let index): disks[index].address = newValue
            case .filesystem(let index): filesystems[index].address = newValue
            case .interface(let index): interfaces[index].address = newValue
            case .smartcard(let index): smartcards[index].address = newValue
            case .serial(let index): serials[index].address = newValue
            case .parallel(let index): parallels[index].address = newValue
            case .console(let index): consoles[index].address = newValue
            case .channel(let index): channels[index].address = newValue
            case .input(let index): inputs[index].address = newValue
            case .tpm(let index): tpms[index].address = newValue
            case .sound(let index): sounds[index].address = newValue
            case .video(let index): videos[index].address = newValue
            case .hostDevice(let index): hostDevices[index].address = newValue
            case .redirectedDevice(let index): redirectedDevices[index].address = newValue
            case .hub(let index): hubs[index].address = newValue
            case .watchdog(let index): watchdogs[index].address = newValue
            case .rng(let index): rngs[index].address = newValue
            case .panic(let index): panics[index].address = newValue
            case .shmem(let index): sharedMemories[index].address = newValue
            case .memory(let index): memories[index].address = newValue
            case .crypto(let index): cryptos[index].address = newValue
            case .memballoon: memoryBalloon?.address = newValue
            case .nvram: nonVolatileMemory?.address = newValue
            case .iommu(let index): iommus[index].address = newValue
            case .vsock: vsock?.address = newValue
            case .pstore: persistentStore?.address = newValue
            }
        }
    }
}

extension Devices {
    /// A device in a sentence: `disk 'vda'`, `interface 2`.
    func describe(_ slot: DeviceSlot) -> String {
        switch slot {
        case .controller(let index):
            "\(controllers[index].type.rawValue) controller \(controllers[index].index ?? 0)"
        case .disk(let index): "disk '\(disks[index].target?.dev ?? "")'"
        case .filesystem(let index): "filesystem \(index + 1)"
        case .interface(let index):
            "interface '\(interfaces[index].mac?.address.map { "\($0)" } ?? "\(index + 1)")'"
        case .smartcard(let index): "smartcard \(index + 1)"
        case .serial(let index): "serial port \(index)"
        case .parallel(let index): "parallel port \(index)"
        case .console(let index): "console \(index)"
        case .channel(let index): "channel '\(channels[index].target?.name ?? "\(index + 1)")'"
        case .input(let index): "\(inputs[index].type.rawValue) \(index + 1)"
        case .tpm: "the TPM"
        case .sound(let index): "sound card \(index + 1)"
        case .video(let index): "video card \(index + 1)"
        case .hostDevice(let index): "hostdev \(index + 1)"
        case .redirectedDevice(let index): "redirdev \(index + 1)"
        case .hub(let index): "hub \(index + 1)"
        case .watchdog(let index): "watchdog \(index + 1)"
        case .rng(let index): "rng \(index + 1)"
        case .panic(let index): "panic device \(index + 1)"
        case .shmem(let index): "shmem '\(sharedMemories[index].name ?? "\(index + 1)")'"
        case .memory(let index): "memory device \(index + 1)"
        case .crypto(let index): "crypto device \(index + 1)"
        case .memballoon: "the memory balloon"
        case .nvram: "the NVRAM"
        case .iommu(let index): iommus.count > 1 ? "IOMMU \(index + 1)" : "the IOMMU"
        case .vsock: "the vsock"
        case .pstore: "the pstore"
        }
    }
}
