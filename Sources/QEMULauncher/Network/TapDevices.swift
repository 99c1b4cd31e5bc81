internal import Glibc
package import VMCore
package import VMDomain
internal import VMXML

/// Opens the tap devices of a machine's interfaces, and the kernel's part in moving their packets.
///
/// Who may make network devices does it by itself; for anybody else `qemu-bridge-helper` does, or an administrator has
/// made the device.
package struct TapDevices: ~Copyable {
    /// Open files and the numbers they have to get.
    private var files: [OpenFile] = []
    /// Devices that don't go with those who have them open, and whose they are.
    private var shared: [MacVTap] = []
    private let machine: UUID?

    private struct OpenFile {
        let raw: Int32
        let target: Int32
    }

    /// The files for the supervisor, and through it for QEMU.
    package var descriptors: [SpawnRequest.Descriptor] { files.map { .init($0.raw, as: $0.target) } }

    /// Opens what a planned domain's command line promises.
    ///
    /// - Parameters:
    ///   - domain: gets the names of the devices that were made.
    ///   - isWanted: false for a machine whose command line was made elsewhere.
    ///   - networks: what gives interfaces their ports of virtual networks.
    package init(
        _ domain: inout Domain, _ host: HostFacts, isWanted: Bool, networks: NetworkPorts
    ) throws(VMError) {
        machine = domain.uuid
        guard isWanted else { return }
        for (interface, numbers) in TapDescriptors.all(domain, host) {
            var interface = interface
            let tap = try open(&interface, numbers, networks)
            let place = domain.devices.interfaces.firstIndex { $0.alias?.name == interface.alias?.name }
            guard let place else { continue }
            var target = interface.target ?? Interface.Target()
            target.dev = tap
            domain.devices.interfaces[place].target = target
            domain.devices.interfaces[place].source = interface.source
        }
    }

    /// The open files once more, in their order; the caller closes them.
    package func duplicates() throws(VMError) -> [Int32] {
        var copies: [Int32] = []
        for file in files {
            let copy = fcntl(file.raw, F_DUPFD_CLOEXEC, 3)
            guard copy >= 0 else {
                let code = errno
                for raw in copies { close(raw) }
                throw .system("cannot hand a tap device over", errno: code)
            }
            copies.append(copy)
        }
        return copies
    }

    /// The machine has the devices, and whoever clears up after it removes those that don't go by themselves.
    package mutating func settle() { shared = [] }

    deinit {
        for file in files { close(file.raw) }
        for device in shared { try? device.link.remove() }
    }

    private mutating func keep(_ file: consuming FileDescriptor, as number: Int) {
        files.append(OpenFile(raw: file.release(), target: Int32(clamping: number)))
    }

    private mutating func open(
        _ interface: inout Interface, _ numbers: TapDescriptors, _ networks: NetworkPorts
    ) throws(VMError) -> String {
        let name: String
        switch interface.type {
        case .network: name = try openNetwork(&interface, numbers, networks)
        case .bridge: name = try openBridge(interface, numbers, networks)
        case .ethernet: name = try openEthernet(interface, numbers, networks)
        case .direct: name = try openShared(interface, numbers, networks)
        default:
            throw VMError(.unsupported, "no tap device is made for an interface of type '\(interface.type.rawValue)'")
        }
        let vhost = interface.backend?.vhost ?? "/dev/vhost-net"
        for number in numbers.vhosts {
            keep(try FileDescriptor.open(vhost, flags: O_RDWR), as: number)
        }
        return name
    }

    /// Opens all queues of one device; nil when this user may not make it.
    private mutating func openQueues(
        _ wanted: String, _ interface: Interface, _ numbers: TapDescriptors
    ) throws(VMError) -> String? {
        var name = wanted
        for number in numbers.taps {
            let tap = try TapDevice.open(
                name, device: interface.backend?.tap ?? "/dev/net/tun",
                carriesVirtioHeader: TapDescriptors.isVirtio(interface), hasManyQueues: numbers.taps.count > 1)
            guard let tap else { return nil }
            name = tap.name
            keep(tap.takeDescriptor(), as: number)
        }
        return name
    }

    // MARK: What is looked at before

    /// Whether the devices of an interface could be opened now, as far as that shows without opening any.
    ///
    /// - Throws: what opening them would throw.
    package static func check(_ interface: Interface, _ numbers: TapDescriptors) throws(VMError) {
        let device = interface.backend?.tap ?? "/dev/net/tun"
        func checkTun() throws(VMError) {
            guard let code = Files.obstacle(device, writing: true) else { return }
            throw .system("cannot open the tap device '\(device)'", errno: code, remedy: "load the kernel's module tun")
        }
        switch interface.type {
        case .bridge:
            let bridge = try bridge(of: interface)
            if mayMakeDevices { return try checkTun() }
            try checkUnlimited(interface)
            try checkHelper(bridge, numbers)
            try BridgeHelper.check(bridge: bridge.name)
        case .direct:
            guard mayMakeDevices else { throw mayNotShare }
            guard NetworkLink(interface.source.dev ?? "").exists else {
                throw VMError(
                    .notFound, "the host has no network device '\(interface.source.dev ?? "")'",
                    remedy: "'ip link' shows those that there are")
            }
            guard NetworkLink(interface.source.dev ?? "").mayBeEthernet else {
                throw VMError(
                    .unsupported, "the device '\(interface.source.dev ?? "")' is no Ethernet card, and can't be shared",
                    remedy: "name a card, or something that is one for its users: a bond, a VLAN's device")
            }
        case .ethernet where interface.target?.managed == .no:
            try checkExisting(interface, numbers)
            try checkTun()
            if !mayMakeDevices { try checkUnlimited(interface) }
        case .ethernet:
            guard mayMakeDevices else { throw notAllowed("make", interface.target?.dev ?? "") }
            try checkTun()
        default: break
        }
        for vhost in numbers.vhosts.prefix(1).map({ _ in interface.backend?.vhost ?? "/dev/vhost-net" }) {
            guard let code = Files.obstacle(vhost, writing: true) else { continue }
            throw .system(
                "cannot open '\(vhost)'", errno: code, remedy: "write <driver name='qemu'/>, or load vhost_net")
        }
    }

    /// Whether this process has the right to make network devices: CAP_NET_ADMIN, the thirteenth.
    private static var mayMakeDevices: Bool {
        ProcFields.ownEffectiveCapabilities.map { $0 & 1 << 12 != 0 } ?? (geteuid() == 0)
    }

    private static func bridge(of interface: Interface) throws(VMError) -> NetworkLink {
        let bridge = NetworkLink(interface.source.bridge ?? "")
        guard bridge.exists else {
            throw VMError(
                .notFound, "there is no bridge '\(bridge.name)'",
                remedy: "make it with 'ip link add \(bridge.name) type bridge'")
        }
        guard bridge.isBridge else { throw VMError(.notFound, "the network device '\(bridge.name)' is no bridge") }
        return bridge
    }

    /// The number of the one device that `qemu-bridge-helper` makes.
    @discardableResult
    private static func checkHelper(_ bridge: NetworkLink, _ numbers: TapDescriptors) throws(VMError) -> Int {
        guard numbers.taps.count == 1, let number = numbers.taps.first else {
            throw VMError(
                .unsupported, "an interface with more than one queue needs the right to make network devices",
                remedy: "leave 'queues' out, or have a tap device made and use <interface type='ethernet'>")
        }
        return number
    }

    /// Refuses what only those may have done who may make network devices.
    private static func checkUnlimited(_ interface: Interface) throws(VMError) {
        let what = interface.bandwidth != nil ? "bandwidth" : interface.vlan != nil ? "vlan" : nil
        guard let what else { return }
        throw VMError(
            .unsupported,
            "the <\(what)> of an interface needs the right to change network devices, which this user has not",
            remedy: "use an interface of a virtual network, or leave <\(what)> out")
    }

    private static func notAllowed(_ what: String, _ device: String) -> VMError {
        VMError(
            .io, "this user may not \(what) the tap device '\(device)'",
            remedy: "have an administrator make it with 'ip tuntap add NAME mode tap user USER', and write "
                + "<target dev='NAME' managed='no'/>")
    }

    // MARK: Networks

    /// Takes a port of a virtual network, and notes which one it is.
    private mutating func openNetwork(
        _ interface: inout Interface, _ numbers: TapDescriptors, _ networks: NetworkPorts
    ) throws(VMError) -> String {
        switch try networks.open(interface, numbers) {
        case .bridge(let bridge, let bandwidth, let vlan):
            interface.source.bridge = bridge
            interface.source.portid = UUID.random().description
            var limited = interface
            limited.bandwidth = bandwidth
            limited.vlan = vlan
            return try openBridge(limited, numbers, networks)
        case .shared(let device, let mode, let bandwidth):
            interface.source.dev = device
            interface.source.directMode = mode
            interface.source.portid = UUID.random().description
            var direct = interface
            direct.source.directMode = mode
            direct.bandwidth = bandwidth
            return try openShared(direct, numbers, networks)
        case .device(let name, let bridge, let id, let files):
            for (file, number) in zip(files, numbers.taps) { keep(FileDescriptor(owning: file), as: number) }
            for file in files.dropFirst(numbers.taps.count) { close(file) }
            interface.source.bridge = bridge
            interface.source.portid = id.description
            return name
        }
    }

    // MARK: Bridges

    private mutating func openBridge(
        _ interface: Interface, _ numbers: TapDescriptors, _ networks: NetworkPorts
    ) throws(VMError) -> String {
        let bridge = try Self.bridge(of: interface)
        guard let name = try openQueues(Self.newName(interface), interface, numbers) else {
            try Self.checkUnlimited(interface)
            return try openByHelper(bridge, interface, numbers)
        }
        let link = NetworkLink(name)
        try setUp(link, interface, mtu: interface.mtu?.size.map { Int(clamping: $0) } ?? bridge.mtu)
        try link.attach(toBridge: bridge.name)
        if interface.port?.isolated == .yes { try link.isolatePort() }
        if let vlan = interface.vlan { try networks.join(link, vlan) }
        if let bandwidth = interface.bandwidth { try networks.limit(link, bandwidth) }
        try link.bringUp()
        return name
    }

    /// Has `qemu-bridge-helper`, which may do what this user may not, make the device and hand it over.
    private mutating func openByHelper(
        _ bridge: NetworkLink, _ interface: Interface, _ numbers: TapDescriptors
    ) throws(VMError) -> String {
        let number = try Self.checkHelper(bridge, numbers)
        let tap = try BridgeHelper.open(
            bridge: bridge.name, carriesVirtioHeader: TapDescriptors.isVirtio(interface))
        keep(tap, as: number)
        return interface.target?.dev ?? ""
    }

    // MARK: Devices that are shared

    /// Makes a device that shares one of the host's.
    private mutating func openShared(
        _ interface: Interface, _ numbers: TapDescriptors, _ networks: NetworkPorts
    ) throws(VMError) -> String {
        guard Self.mayMakeDevices else { throw Self.mayNotShare }
        let wanted = interface.target?.dev ?? ""
        let device = try MacVTap.make(
            wanted.isEmpty || wanted.hasPrefix("macvtap") || wanted.hasPrefix("vnet") ? nil : wanted,
            on: interface.source.dev ?? "",
            MacVTap.Mode(rawValue: interface.source.directMode?.rawValue ?? "") ?? .vepa,
            interface.mac?.address, for: machine ?? .random())
        shared.append(device)
        for number in numbers.taps {
            keep(
                try device.open(
                    carriesVirtioHeader: TapDescriptors.isVirtio(interface), hasManyQueues: numbers.taps.count > 1),
                as: number)
        }
        if let mtu = interface.mtu?.size.map({ Int(clamping: $0) }) { try device.link.set(mtu: mtu) }
        if let bandwidth = interface.bandwidth {
            // What the device gets the guest gets: it is on the guest's side.
            var turned = Bandwidth()
            (turned.inbound, turned.outbound) = (bandwidth.outbound, bandwidth.inbound)
            try networks.limit(device.link, turned)
        }
        try NetworkLink(interface.source.dev ?? "").bringUp()
        if interface.link?.state != .down { try device.link.bringUp() }
        return device.link.name
    }

    private static var mayNotShare: VMError {
        VMError(
            .unsupported,
            "a device of the host's can be shared only by who may make network devices, which this user may not",
            remedy: "use an interface of type 'network', 'user' or 'bridge'")
    }

    // MARK: Devices without a bridge

    private mutating func openEthernet(
        _ interface: Interface, _ numbers: TapDescriptors, _ networks: NetworkPorts
    ) throws(VMError) -> String {
        let isMade = interface.target?.managed != .no
        if !isMade { try Self.checkExisting(interface, numbers) }
        let wanted = isMade ? Self.newName(interface) : interface.target?.dev ?? ""
        guard let name = try openQueues(wanted, interface, numbers) else {
            throw Self.notAllowed(isMade ? "make" : "open", wanted)
        }
        if isMade {
            try setUp(NetworkLink(name), interface, mtu: interface.mtu?.size.map { Int(clamping: $0) })
            if interface.link?.state != .down { try NetworkLink(name).bringUp() }
        }
        if let bandwidth = interface.bandwidth { try networks.limit(NetworkLink(name), bandwidth) }
        return name
    }

    private static func checkExisting(_ interface: Interface, _ numbers: TapDescriptors) throws(VMError) {
        guard let name = interface.target?.dev else {
            throw VMError(
                .invalidXML, "an interface with managed='no' needs the name of its device",
                remedy: "add <target dev='NAME' managed='no'/>")
        }
        let link = NetworkLink(name)
        guard link.exists else {
            throw VMError(
                .notFound, "target managed='no' but there is no network device '\(name)'",
                remedy: "make it with 'ip tuntap add \(name) mode tap', or leave managed='no' out")
        }
        guard link.isTap else { throw VMError(.notFound, "the network device '\(name)' is no tap device") }
        if numbers.taps.count > 1, !link.hasManyQueues {
            throw VMError(
                .unsupported, "the tap device '\(name)' has one queue, and \(numbers.taps.count) are asked for",
                remedy: "make it with 'ip tuntap add \(name) mode tap multi_queue'")
        }
    }

    // MARK: Both

    /// The document's name for the device; else the kernel numbers it. Names that begin like those are never kept.
    private static func newName(_ interface: Interface) -> String {
        guard let name = interface.target?.dev, !name.isEmpty, !name.hasPrefix("vnet") else { return "vnet%d" }
        return name
    }

    /// The host's side gets the guest's address with another first byte: high, so that a bridge, which takes the lowest
    /// address of its ports, doesn't change its own.
    private func setUp(_ link: NetworkLink, _ interface: Interface, mtu: Int?) throws(VMError) {
        if let mac = interface.mac?.address {
            var bytes = stride(from: 40, through: 0, by: -8).map { UInt8(truncatingIfNeeded: mac.value >> UInt64($0)) }
            bytes[0] = bytes[0] == 0xfe ? 0xfa : 0xfe
            try link.set(address: bytes)
        }
        if let mtu, mtu != link.mtu { try link.set(mtu: mtu) }
    }
}
