internal import Glibc
internal import QEMULauncher
internal import VMCore
internal import VMJSON

extension Verb {
    /// `nodeinfo`.
    static var nodeinfo: Verb {
        Verb("nodeinfo", group: .host, "basic information about this host") {
            (_: Invocation) throws(VMError) -> Report in
            let host = HostDescription()
            let count = host.nodes.reduce(0) { $0 + $1.processors.count }
            let sockets = max(1, host.processor.sockets / max(1, host.nodes.count))
            let frequency = frequency()
            let memory = host.nodes.reduce(0) { $0 &+ $1.memoryKiB }
            let lines = [
                ("CPU model", host.processor.architecture), ("CPU(s)", "\(count)"),
                ("CPU frequency", "\(frequency) MHz"), ("CPU socket(s)", "\(sockets)"),
                ("Core(s) per socket", "\(host.processor.cores)"), ("Thread(s) per core", "\(host.processor.threads)"),
                ("NUMA cell(s)", "\(host.nodes.count)"), ("Memory size", "\(memory) KiB"),
            ]
            return Report(
                .raw(lines.map { ($0.0 + ":").padded(to: 21) + $0.1 + "\n" }.joined()),
                value: [
                    "model": .string(host.processor.architecture), "cpus": JSONValue(count),
                    "mhz": JSONValue(frequency), "nodes": JSONValue(host.nodes.count), "sockets": JSONValue(sockets),
                    "cores": JSONValue(host.processor.cores), "threads": JSONValue(host.processor.threads),
                    "memory_kib": JSONValue(memory),
                ], names: [hostName()])
        }
    }

    /// `hostname`.
    static var hostname: Verb {
        Verb("hostname", group: .host, "print the host's name") { (_: Invocation) throws(VMError) -> Report in
            let name = hostName()
            return Report(.text(name), value: ["hostname": .string(name)], names: [name])
        }
    }

    private static func hostName() -> String {
        var room = [CChar](repeating: 0, count: 256)
        guard gethostname(&room, room.count - 1) == 0 else { return "localhost" }
        return String(decoding: room.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// MHz of the first processor; 0 where the kernel doesn't tell.
    private static func frequency() -> Int {
        let bytes = (try? Files.read("/proc/cpuinfo", limit: 4 << 20, regularOnly: false)) ?? []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let line = lines.first(where: { $0.hasPrefix("cpu MHz") }), let text = line.split(separator: ":").last,
            let value = Double(text.drop { $0 == " " }), value > 0, value < 1e6
        else { return 0 }
        return Int(value)
    }
}
