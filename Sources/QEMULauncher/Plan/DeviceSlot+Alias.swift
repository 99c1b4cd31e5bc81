public import VMDomain

extension Devices {
    subscript(aliasOf slot: DeviceSlot) -> Alias? {
        get {
            switch slot {
            case .controller(let index): controllers[index].alias
            case .disk(let index): disks[index].alias
            case .filesystem(let index): filesystems[index].alias
            case .interface(let index): interfaces[index].alias
            case .smartcard(let index): smartcards[index].alias
            case .serial(let index): serials[index].alias
            case .parallel(let index): parallels[index].alias
            case .console(let index): consoles[index].alias
            case .channel(let index): channels[index].alias
            case .input(let index): inputs[index].alias
            case .tpm(let index): tpms[index].alias
            case .sound(let index): sounds[index].alias
            case .video(let index): videos[index].alias
            case .hostDevice(let index): hostDevices[index].alias
            case .redirectedDevice(let index): redirectedDevices[index].alias
            case .hub(let index): hubs[index].alias
            case .watchdog(let index): watchdogs[index].alias
            case .rng(let index): rngs[index].alias
            case .panic(let index): panics[index].alias
            case .shmem(let index): sharedMemories[index].alias
            case .memory(let index): memories[index].alias
            case .crypto(let index): cryptos[index].alias
            case .memballoon: memoryBalloon?.alias
            case .nvram: nonVolatileMemory?.alias
            case .iommu(let index): iommus[index].alias
            case .vsock: vsock?.alias
            case .pstore: persistentStore?.alias
            }
        }
        set {
            switch slot {
            case .controller(let index): controllers[index].alias = newValue
            case .disk(let index): disks[index].alias = newValue
            case .filesystem(let index): filesystems[index].alias = newValue
            case .interface(let index): interfaces[index].alias = newValue
            case .smartcard(let index): smartcards[index].alias = newValue
            case .serial(let index): serials[index].alias = newValue
            case .parallel(let index): parallels[index].alias = newValue
            case .console(let index): consoles[index].alias = newValue
            case .channel(let index): channels[index].alias = newValue
            case .input(let index): inputs[index].alias = newValue
            case .tpm(let index): tpms[index].alias = newValue
            case .sound(let index): sounds[index].alias = newValue
            case .video(let index): videos[index].alias = newValue
            case .hostDevice(let index): hostDevices[index].alias = newValue
            case .redirectedDevice(let index): redirectedDevices[index].alias = newValue
            case .hub(let index): hubs[index].alias = newValue
            case .watchdog(let index): watchdogs[index].alias = newValue
            case .rng(let index): rngs[index].alias = newValue
            case .panic(let index): panics[index].alias = newValue
            case .shmem(let index): sharedMemories[index].alias = newValue
            case .memory(let index): memories[index].alias = newValue
            case .crypto(let index): cryptos[index].alias = newValue
            case .memballoon: memoryBalloon?.alias = newValue
            case .nvram: nonVolatileMemory?.alias = newValue
            case .iommu(let index): iommus[index].alias = newValue
            case .vsock: vsock?.alias = newValue
            case .pstore: persistentStore?.alias = newValue
            }
        }
    }
}

extension Devices {
    /// The aliases of all devices that have one.
    public var aliases: [String] { aliasSlots.compactMap { self[aliasOf: $0]?.name } }
}
