internal import Glibc
internal import QEMULauncher
internal import VMCore

/// The host's processors and memory, `virNodeInfo`.
public struct NodeInformation: Sendable, Hashable {
    /// The architecture, `x86_64`.
    public var model: String
    public var memoryKiB: UInt64
    public var processors: Int
    /// MHz of the first processor; 0 where the kernel doesn't tell.
    public var frequency: Int
    /// NUMA nodes.
    public var nodes: Int
    /// Per node.
    public var sockets: Int
    /// Per socket.
    public var cores: Int
    /// Per core.
    public var threads: Int

    /// Reads the host.
    public static func current() -> NodeInformation {
        NodeInformation(
            HostDescription(), frequency: ProcFields.processors()["cpu MHz"],
            memoryKiB: ProcFields.memory().kibibytes("MemTotal"))
    }

    /// - Parameters:
    ///   - frequency: MHz as the kernel writes it, `2394.374`.
    ///   - memoryKiB: all that the host has, where that is known. Memory that came later may belong to no node.
    init(_ host: HostDescription, frequency: String?, memoryKiB whole: UInt64? = nil) {
        model = host.processor.architecture
        memoryKiB = whole ?? host.nodes.reduce(0) { $0 &+ $1.memoryKiB }
        processors = host.nodes.reduce(0) { $0 + $1.processors.count }
        let value = frequency.flatMap { Double($0) } ?? 0
        self.frequency = value > 0 && value < 1e6 ? Int(value) : 0
        nodes = host.nodes.count
        sockets = max(1, host.processor.sockets / max(1, host.nodes.count))
        cores = host.processor.cores
        threads = host.processor.threads
    }
}

extension VMManager {
    /// The host's name.
    public static var hostName: String {
        var room = [CChar](repeating: 0, count: 256)
        guard gethostname(&room, room.count - 1) == 0 else { return "localhost" }
        return String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whose machines this manager's are, as libvirt's URI.
    public static var uri: String { geteuid() == 0 ? "qemu:///system" : "qemu:///session" }
}
