internal import CVMSystem
internal import Glibc

/// A network device of the host that a program feeds: one queue of it, open.
public struct TapDevice: ~Copyable, Sendable {
    public let name: String
    public let descriptor: FileDescriptor

    public init(name: String, descriptor: consuming FileDescriptor) {
        self.name = name
        self.descriptor = descriptor
    }

    /// Gives the descriptor up.
    public consuming func takeDescriptor() -> FileDescriptor { descriptor }

    /// Opens a queue of a tap device, which is made if there is none of that name and goes with its last queue.
    ///
    /// - Parameters:
    ///   - name: the device's name; with `%d` in it the kernel chooses.
    ///   - carriesVirtioHeader: whether packets come with the header of virtio cards.
    ///   - hasManyQueues: whether more than one queue is opened.
    /// - Returns: nil when this user may not.
    public static func open(
        _ name: String, device: String = "/dev/net/tun", carriesVirtioHeader: Bool, hasManyQueues: Bool
    ) throws(VMError) -> TapDevice? {
        var room = [CChar](repeating: 0, count: Int(VMS_LINK_NAME))
        let bytes = name.utf8.map { CChar(bitPattern: $0) }
        guard !bytes.isEmpty, bytes.count < room.count else {
            throw VMError(.invalidArgument, "'\(name)' can't be the name of a network device: it has 1 to 15 bytes")
        }
        room.replaceSubrange(0..<bytes.count, with: bytes)
        let raw = vms_tap_open(device, &room, carriesVirtioHeader, hasManyQueues)
        if raw == -EPERM || raw == -EACCES { return nil }
        guard raw >= 0 else { throw .system("cannot open the tap device '\(name)'", errno: -raw, as: .io) }
        let given = String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return TapDevice(name: given, descriptor: FileDescriptor(owning: raw))
    }
}

/// A network device of the host, by its name.
public struct NetworkLink: Sendable, Hashable {
    public let name: String

    public init(_ name: String) { self.name = name }

    public var exists: Bool { Files.exists("/sys/class/net/\(name)") }
    public var isBridge: Bool { Files.exists("/sys/class/net/\(name)/bridge") }
    /// The bridge whose port the device is.
    public var bridge: String? {
        Files.linkTarget("/sys/class/net/\(name)/master").flatMap { $0.split(separator: "/").last.map { String($0) } }
    }
    public var isTap: Bool { Files.exists("/sys/class/net/\(name)/tun_flags") }
    /// Whether an existing tap device takes more than one queue.
    public var hasManyQueues: Bool {
        guard let text = try? Files.read("/sys/class/net/\(name)/tun_flags", limit: 64, regularOnly: false) else {
            return false
        }
        let number = String(decoding: text, as: UTF8.self).split(separator: "\n").first?.dropFirst(2)
        return number.flatMap { UInt32($0, radix: 16) }.map { $0 & 0x100 != 0 } ?? false
    }

    /// The size of the largest packet; nil when it can't be told.
    public var mtu: Int? {
        let size = vms_link_mtu(name)
        return size > 0 ? Int(size) : nil
    }

    public func set(mtu: Int) throws(VMError) {
        try check(vms_link_set_mtu(name, Int32(clamping: mtu)), "give '\(name)' packets of \(mtu) bytes")
    }

    /// Gives the device a hardware address of six bytes.
    public func set(address: [UInt8]) throws(VMError) {
        guard address.count == 6 else { return }
        try check(vms_link_set_address(name, address), "give '\(name)' a hardware address")
    }

    public func bringUp() throws(VMError) { try check(vms_link_set_up(name, 1), "bring '\(name)' up") }

    /// False for a device that the kernel says to be of another kind, such as the loopback one.
    public var mayBeEthernet: Bool {
        guard let text = try? Files.read("/sys/class/net/\(name)/type", limit: 64, regularOnly: false) else {
            return true
        }
        return String(decoding: text, as: UTF8.self).filter { !$0.isNewline } == "1"
    }

    /// Lets nothing through the device.
    public func bringDown() throws(VMError) { try check(vms_link_set_up(name, 0), "bring '\(name)' down") }

    /// Makes the device a port of a bridge.
    public func attach(toBridge bridge: String) throws(VMError) {
        try check(vms_bridge_add(bridge, name), "make '\(name)' a port of the bridge '\(bridge)'")
    }

    private func check(_ code: Int32, _ what: String) throws(VMError) {
        if code != 0 { throw .system("cannot \(what)", errno: code, as: .io) }
    }
}
