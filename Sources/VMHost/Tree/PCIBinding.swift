internal import Glibc
public import VMCore

/// Takes PCI devices from the host's drivers, for guests, and gives them back: by the kernel's files `driver_override`,
/// `unbind` and `drivers_probe`, which are root's.
public struct PCIBinding: Sendable {
    /// The driver that hands devices to guests.
    public static let guests = "vfio-pci"

    private let tree: SystemTree
    /// How messages call it.
    private let name: String
    private let address: String
    private let path: String

    /// - Parameter root: the folder that stands for `/`; empty for the host itself.
    /// - Throws: `unsupported` for what is no PCI device.
    public init(_ device: NodeDevice, root: String = "") throws(VMError) {
        guard case .pci(let facts) = device.facts, let path = device.path,
            let address = path.split(separator: "/").last
        else {
            throw VMError(
                .unsupported, "device '\(device.name)' is not a PCI device",
                remedy: "only PCI devices are given to guests and taken back",
                libvirt: LibvirtError(.configurationUnsupported, in: .nodeDevice))
        }
        guard facts.header == .endpoint else {
            throw VMError(
                .unsupported, "device '\(device.name)' is a bridge, which can't be given to a guest",
                libvirt: LibvirtError(.configurationUnsupported, in: .nodeDevice))
        }
        (name, self.path, self.address) = (device.name, path, String(address))
        tree = SystemTree(root: root)
    }

    /// - Parameter address: as `0000:03:00.1`.
    /// - Throws: `not-found` when there is no such device.
    public init(address: String, root: String = "") throws(VMError) {
        tree = SystemTree(root: root)
        guard let path = Self.path(of: address, tree) else {
            throw VMError(.notFound, "there is no PCI device \(address) on this host")
        }
        guard Self.isEndpoint(path, tree) else {
            throw VMError(.unsupported, "PCI device \(address) is a bridge, which can't be given to a guest")
        }
        (name, self.path, self.address) = (address, path, address)
    }

    /// The device's folder below `/sys/devices`.
    static func path(of address: String, _ tree: SystemTree) -> String? {
        guard PCIPlace(address) != nil, !address.contains("/") else { return nil }
        return tree.device("/sys/bus/pci/devices/" + address)
    }

    /// By the byte that says what kind of header its configuration has; not everybody may read it.
    static func isEndpoint(_ path: String, _ tree: SystemTree) -> Bool {
        let configuration = tree.bytes(path + "/config", first: 64)
        return configuration.count < 15 || configuration[14] & 0x7f == 0
    }

    /// Why devices can't be given to guests at all.
    static func missingDriver(_ tree: SystemTree) -> VMError? {
        if tree.exists("/sys/bus/pci/drivers/" + guests) { return nil }
        return VMError(
            .unsupported, "the kernel's driver '\(guests)' is not loaded", remedy: "as root: 'modprobe vfio-pci'",
            libvirt: LibvirtError(.internalError, in: .nodeDevice))
    }

    private var driver: String? { tree.link(path + "/driver") }

    /// Whether guests may have it now.
    public var isDetached: Bool { driver == Self.guests }

    /// Gives the device to the driver for guests.
    public func detach() throws(VMError) {
        if isDetached { return }
        if let problem = Self.missingDriver(tree) { throw problem }
        try bind(to: Self.guests)
        waitForDriver { $0 == Self.guests }
        guard isDetached else {
            // As it was: no device is left to nobody.
            try? bind(to: nil)
            throw VMError(
                .io, "the driver '\(Self.guests)' did not take device '\(name)'",
                remedy: "see what the kernel says with 'dmesg'; an IOMMU is needed",
                libvirt: LibvirtError(.internalError, in: .nodeDevice))
        }
    }

    /// Gives the device back to whichever driver of the host's wants it.
    public func reattach() throws(VMError) {
        guard driver == Self.guests || driver == nil else { return }
        try bind(to: nil)
        waitForDriver { $0 != nil && $0 != Self.guests }
    }

    /// Some drivers are bound a moment later.
    private func waitForDriver(_ isRight: (String?) -> Bool) {
        let deadline = Deadline.after(.milliseconds(500))
        while !isRight(driver), !deadline.hasPassed { Poll.sleep(.milliseconds(2)) }
    }

    /// Has the device begin anew.
    public func reset() throws(VMError) {
        guard tree.exists(path + "/reset") else {
            throw VMError(
                .unsupported, "device '\(name)' can't be reset by itself",
                libvirt: LibvirtError(.internalError, in: .nodeDevice))
        }
        try write("1", to: path + "/reset")
    }

    private func bind(to driver: String?) throws(VMError) {
        try write((driver ?? "") + "\n", to: path + "/driver_override")
        if self.driver != nil { try write(address, to: path + "/driver/unbind") }
        try write(address, to: "/sys/bus/pci/drivers_probe")
    }

    private func write(_ text: String, to path: String) throws(VMError) {
        do throws(VMError) {
            let file = try FileDescriptor.open(tree.root + path, flags: O_WRONLY | O_NOFOLLOW)
            try file.writeAll(Array(text.utf8), path)
        } catch {
            let isForeign = geteuid() != 0
            throw VMError(
                .io, "cannot change the driver or state of device '\(name)'",
                remedy: isForeign ? "only root may give devices away" : nil, cause: error,
                libvirt: LibvirtError(isForeign ? .systemError : .internalError, in: .nodeDevice))
        }
    }
}
