internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// What stands behind a network card: `-netdev`.
struct NetworkBackend {
    let interface: Interface
    let context: BuildContext

    func make() throws(VMError) -> [QEMUOption] {
        var before: [QEMUOption] = []
        var properties: JSONObject
        switch interface.type {
        case .user: properties = try user()
        case .server: properties = ["type": "socket", "listen": .string(endpoint)]
        case .client: properties = ["type": "socket", "connect": .string(endpoint)]
        case .mcast: properties = ["type": "socket", "mcast": .string(endpoint)]
        case .udp:
            properties = ["type": "socket", "udp": .string(endpoint)]
            let local = interface.source.local
            properties["localaddr"] = .string("\(local?.address ?? ""):\(local?.port ?? 0)")
        case .ethernet, .network, .bridge, .direct: properties = tap()
        case .vhostuser: (before, properties) = vhostUser()
        case .vdpa: properties = ["type": "vhost-vdpa", "vhostdev": .string(interface.source.dev ?? "")]
        case .internal, .hostdev, .null, .vds:
            throw VMError(
                .unsupported, "QEMU has no network backend for <interface type='\(interface.type.rawValue)'>",
                remedy: "use user, bridge, network, ethernet, direct, vhostuser or vdpa")
        }
        if interface.type == .vdpa, let queues = interface.driver.queues, queues > 1 {
            properties.put("queues", queues)
        }
        properties["id"] = .string(InterfaceOptions.backendID(interface))
        return before + [QEMUOption(.netdev, properties, from: interface.origin)]
    }

    private var endpoint: String { "\(interface.source.address ?? ""):\(interface.source.port ?? 0)" }

    // MARK: User networking

    private var usesPasst: Bool { interface.backend?.type == .passt }

    private func user() throws(VMError) -> JSONObject {
        if usesPasst { return passt() }
        var properties: JSONObject = ["type": "user"]
        for ip in interface.ips {
            guard let address = ip.address else { continue }
            if ip.family == .ipv6 || ip.family == nil && address.contains(":") {
                properties["ipv6-prefix"] = .string(address)
                properties["ipv6-prefixlen"] = JSONValue(ip.prefix ?? 64)
            } else {
                properties["net"] = .string("\(address)/\(ip.prefix ?? 24)")
            }
        }
        let rules = try ForwardedPort.all(of: interface)
        if !rules.isEmpty { properties["hostfwd"] = .array(rules.map { ["str": .string($0.rule)] }) }
        return properties
    }

    private var passtSocket: String { "\(context.host.folders.passt)/\(interface.alias.id).socket" }

    private func passt() -> JSONObject {
        var properties: JSONObject = [
            "type": "stream", "addr": ["type": "unix", "path": .string(passtSocket)], "server": false,
        ]
        if context.capabilities.accepts(command: "netdev_add", argument: "+stream/reconnect-ms") {
            properties["reconnect-ms"] = 5000
        } else if context.capabilities.accepts(command: "netdev_add", argument: "+stream/reconnect") {
            properties["reconnect"] = 5
        }
        return properties
    }

    // MARK: Others

    /// A tap device, or one macvtap makes, handed over as descriptors, one a queue.
    private func tap() -> JSONObject {
        let descriptors = context.taps[interface.alias.id] ?? TapDescriptors()
        var properties: JSONObject = ["type": "tap"]
        func put(_ key: String, _ numbers: [Int]) {
            let text = numbers.map { String($0) }.joined(separator: ":")
            properties[numbers.count > 1 ? key + "s" : key] = .string(text)
        }
        put("fd", descriptors.taps)
        if !descriptors.vhosts.isEmpty {
            properties["vhost"] = true
            put("vhostfd", descriptors.vhosts)
        }
        properties["sndbuf"] = interface.tune?.sndbuf.map { JSONValue($0) }
        return properties
    }

    private func vhostUser() -> ([QEMUOption], JSONObject) {
        let chardev = "char" + interface.alias.id
        var socket: JSONObject = ["backend": "socket", "id": .string(chardev)]
        socket["path"] = .string(usesPasst ? passtSocket : interface.source.path ?? "")
        if usesPasst {
            CharacterOptions.putReconnect((.yes, 5), context, &socket)
        } else if interface.source.socketMode == .server {
            socket["server"] = true
        } else {
            CharacterOptions.putReconnect(
                interface.source.reconnect.map { ($0.enabled, $0.timeout) }, context, &socket)
        }
        var properties: JSONObject = ["type": "vhost-user", "chardev": .string(chardev)]
        if let queues = interface.driver.queues, queues > 1 { properties.put("queues", queues) }
        return ([QEMUOption(.chardev, socket, from: interface.origin)], properties)
    }
}
