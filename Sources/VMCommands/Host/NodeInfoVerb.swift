internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `nodeinfo`.
    static var nodeinfo: Verb {
        Verb("nodeinfo", group: .host, "basic information about this host") {
            (_: Invocation) throws(VMError) -> Report in
            let host = NodeInformation.current()
            let lines = [
                ("CPU model", host.model), ("CPU(s)", "\(host.processors)"),
                ("CPU frequency", "\(host.frequency) MHz"), ("CPU socket(s)", "\(host.sockets)"),
                ("Core(s) per socket", "\(host.cores)"), ("Thread(s) per core", "\(host.threads)"),
                ("NUMA cell(s)", "\(host.nodes)"), ("Memory size", "\(host.memoryKiB) KiB"),
            ]
            return Report(
                .raw(lines.map { ($0.0 + ":").padded(to: 21) + $0.1 + "\n" }.joined()),
                value: [
                    "model": .string(host.model), "cpus": JSONValue(host.processors),
                    "mhz": JSONValue(host.frequency), "nodes": JSONValue(host.nodes),
                    "sockets": JSONValue(host.sockets), "cores": JSONValue(host.cores),
                    "threads": JSONValue(host.threads), "memory_kib": JSONValue(host.memoryKiB),
                ], names: [VMManager.hostName])
        }
    }

    /// `hostname`.
    static var hostname: Verb {
        Verb("hostname", group: .host, "print the host's name") { (_: Invocation) throws(VMError) -> Report in
            let name = VMManager.hostName
            return Report(.text(name), value: ["hostname": .string(name)], names: [name])
        }
    }
}
