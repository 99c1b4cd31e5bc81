/// `<devices>`: everything the machine has, in the order in which libvirt writes the kinds.
public struct Devices: XMLElement {
    /// `<emulator>`: the path of the QEMU binary.
    public var emulator: String?
    public var disks: [Disk] = []
    public var controllers: [Controller] = []

    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("emulator", &emulator)
        x.elements("disk", &disks)
        x.elements("controller", &controllers)
    }
}
