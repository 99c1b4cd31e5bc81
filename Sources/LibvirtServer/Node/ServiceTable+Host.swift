internal import LibvirtWire
internal import VMCore
internal import VMManager

/// The host: processors, memory, security.
extension ServiceTable {
    mutating func serveHost() {
        serve(Remote.nodeGetInfo) { (_, _) throws(VMError) in
            let host = NodeInformation.current()
            var info = NodeInfo()
            info.model = host.model
            info.memory = host.memoryKiB
            info.cpus = Int32(clamping: host.processors)
            info.mhz = Int32(clamping: host.frequency)
            info.nodes = Int32(clamping: host.nodes)
            info.sockets = Int32(clamping: host.sockets)
            info.cores = Int32(clamping: host.cores)
            info.threads = Int32(clamping: host.threads)
            return info
        }
        serve(Remote.nodeGetSecurityModel) { (_, _) throws(VMError) in
            var model = SecurityModel()
            model.model = "none"
            model.doi = "0"
            return model
        }
    }
}
