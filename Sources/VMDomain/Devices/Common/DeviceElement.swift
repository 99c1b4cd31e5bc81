public import VMXML

/// What all devices share: a name, a place in the machine, and maybe a place in the boot order.
public protocol DeviceElement: XMLElement {
    /// Reports what is wrong with the device by itself; nothing by default.
    func validate(_ v: inout Validation)
    var alias: Alias? { get set }
    var address: DeviceAddress? { get set }
    var boot: BootOrder? { get }
    var acpi: DeviceACPI? { get }
    var rom: DeviceROM? { get }
}

extension DeviceElement {
    public func validate(_ v: inout Validation) {}
    public var boot: BootOrder? { nil }
    public var acpi: DeviceACPI? { nil }
    public var rom: DeviceROM? { nil }
}

extension Disk: DeviceElement {}
extension Controller: DeviceElement {}
extension Interface: DeviceElement {}
extension Smartcard: DeviceElement {}
extension Serial: DeviceElement {}
extension Parallel: DeviceElement {}
extension Console: DeviceElement {}
extension Channel: DeviceElement {}
extension Input: DeviceElement {}
extension TPM: DeviceElement {}
extension Sound: DeviceElement {}
extension Video: DeviceElement {}
extension RedirectedDevice: DeviceElement {}
extension Hub: DeviceElement {}
extension Watchdog: DeviceElement {}
extension MemoryBalloon: DeviceElement {}
extension RandomNumberGenerator: DeviceElement {}
extension Panic: DeviceElement {}
extension Filesystem: DeviceElement {}
extension HostDevice: DeviceElement {}
extension NonVolatileMemory: DeviceElement {}
extension SharedMemory: DeviceElement {}
extension MemoryDevice: DeviceElement {}
extension Crypto: DeviceElement {}
extension IOMMU: DeviceElement {}
extension VSock: DeviceElement {}
extension PersistentStore: DeviceElement {}

/// A device with its element's name and its number among those of the name, from 0.
public struct PlacedDevice: Sendable {
    public var name: String
    public var index: Int
    /// How many devices of the name there are.
    public var count: Int
    public var element: any DeviceElement

    /// `disk[2]`, or `disk` when it is the only one.
    public var pathPart: String { count > 1 ? "\(name)[\(index + 1)]" : name }
}

extension Devices {
    /// All devices that have an alias and an address, in the order in which they are written.
    public var all: [PlacedDevice] {
        var list: [PlacedDevice] = []
        func add(_ name: String, _ elements: [some DeviceElement]) {
            for (index, element) in elements.enumerated() {
                list.append(PlacedDevice(name: name, index: index, count: elements.count, element: element))
            }
        }
        add("disk", disks)
        add("controller", controllers)
        add("filesystem", filesystems)
        add("interface", interfaces)
        add("smartcard", smartcards)
        add("serial", serials)
        add("parallel", parallels)
        add("console", consoles)
        add("channel", channels)
        add("input", inputs)
        add("tpm", tpms)
        add("sound", sounds)
        add("video", videos)
        add("hostdev", hostDevices)
        add("redirdev", redirectedDevices)
        add("hub", hubs)
        add("watchdog", watchdogs)
        add("memballoon", memoryBalloon.map { [$0] } ?? [])
        add("rng", rngs)
        add("nvram", nonVolatileMemory.map { [$0] } ?? [])
        add("panic", panics)
        add("shmem", sharedMemories)
        add("memory", memories)
        add("crypto", cryptos)
        add("iommu", iommus)
        add("vsock", vsock.map { [$0] } ?? [])
        add("pstore", persistentStore.map { [$0] } ?? [])
        return list
    }
}
