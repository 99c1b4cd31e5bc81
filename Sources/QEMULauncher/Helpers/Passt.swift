internal import VMCore
internal import VMDomain
internal import VMXML

/// passt, which connects `<interface>` with `<backend type='passt'>` to the host's networks without any privilege.
enum Passt {
    static func isNeeded(_ interface: Interface) -> Bool {
        interface.backend?.type == .passt && (interface.type == .user || interface.type == .vhostuser)
    }

    static func plan(_ interface: Interface, _ context: HelperContext) throws(VMError) -> HelperPlan {
        let alias = interface.alias.id
        guard let passt = context.host.programs.passt else {
            throw context.missing("passt", for: "the interface '\(alias)'", package: "passt")
        }
        let socket = "\(context.host.folders.passt)/\(alias).socket"
        var arguments = ["--foreground", "--one-off", "--socket", socket]
        // Without it root's passt would become nobody, who can't enter the machine's folder; it gives up all privileges
        // by a namespace of its own anyway.
        if context.host.programs.isPrivileged { arguments += ["--runas", "0:0"] }
        if interface.type == .vhostuser { arguments.append("--vhost-user") }
        if let file = interface.backend?.logFile { arguments += ["--log-file", file] }
        if let mtu = interface.mtu?.size { arguments += ["--mtu", "\(mtu)"] }
        if let device = interface.source.dev { arguments += ["--interface", device] }
        if let name = interface.backend?.hostname { arguments += ["--hostname", name] }
        if let name = interface.backend?.fqdn { arguments += ["--fqdn", name] }
        for ip in interface.ips {
            guard let address = ip.address else { continue }
            arguments += ["--address", address]
            let isVersion6 = ip.family == .ipv6 || ip.family == nil && address.utf8.contains(UInt8(ascii: ":"))
            if let prefix = ip.prefix, !isVersion6 { arguments += ["--netmask", "\(prefix)"] }
        }
        for forward in interface.portForwards {
            arguments += [forward.proto == .udp ? "--udp-ports" : "--tcp-ports", specification(forward)]
        }
        return HelperPlan(
            program: "passt", device: alias, executable: passt, arguments: arguments, socket: socket, listening: .own,
            log: context.log(alias, "passt"))
    }

    /// `ADDRESS%DEVICE/PORTS`: which ports of the host lead into the guest.
    private static func specification(_ forward: PortForward) -> String {
        var host = forward.address ?? ""
        if let device = forward.dev { host += "%" + device }
        let ports = forward.ranges.isEmpty ? "all" : forward.ranges.map(text).joined(separator: ",")
        return host.isEmpty ? ports : host + "/" + ports
    }

    private static func text(_ range: PortForward.Range) -> String {
        let start = range.start ?? 0
        let end = max(range.end ?? start, start)
        var text = range.exclude == .yes ? "~" : ""
        text += end > start ? "\(start)-\(end)" : "\(start)"
        guard let to = range.to, range.exclude != .yes else { return text }
        let last = UInt16(clamping: Int(to) + Int(end - start))
        return text + (end > start ? ":\(to)-\(last)" : ":\(to)")
    }
}
