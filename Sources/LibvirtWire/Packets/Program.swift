/// A program of libvirt's RPC: a numbering of procedures of its own. All have version 1.
public struct Program: RawRepresentable, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// What every client of libvirt speaks (`remote_protocol.x`).
    public static let remote = Program(rawValue: 0x2000_8086)
    /// What only QEMU's driver has (`qemu_protocol.x`).
    public static let qemu = Program(rawValue: 0x2000_8087)
    /// What only LXC's driver has.
    public static let lxc = Program(rawValue: 0x2000_8088)
    /// PING and PONG.
    public static let keepalive = Program(rawValue: 0x6b65_6570)

    public static let version: UInt32 = 1
}
