package import VMCore
package import VMJSON

/// All that a network's process does, as data.
package struct HolderPlan: Sendable {
    package struct Address: Sendable, Hashable {
        package var address: IPAddress
        package var prefix: Int
    }

    package struct Route: Sendable, Hashable {
        package var network: IPAddress
        package var prefix: Int
        package var gateway: IPAddress
        package var metric: UInt32?
    }

    package var name: String
    /// The process's folder.
    package var folder: HolderFolder
    /// The file that makes the network active, and what stands in it.
    package var activeFile: String
    package var activeText: String
    /// Where the programs write what they say.
    package var log: String
    /// Whether the network lives in a namespace of its own, as everybody's but root's does.
    package var isApart: Bool
    package var bridge: String
    package var mac: MACAddress?
    package var isSpanningTree = true
    package var delay: UInt32 = 0
    package var mtu: UInt32?
    /// What all guests together may carry.
    package var limits: TrafficLimits?
    package var addresses: [Address] = []
    package var routes: [Route] = []
    /// Whether IPv6 is left on though the network has no such address.
    package var hasIPv6 = false
    /// Whether the kernel forwards packets of each version.
    package var forwards: [IPAddress.Family] = []
    /// dnsmasq's configuration; nil when it isn't needed.
    package var dnsmasq: String?
    /// The name of the network's table of rules, and the rules; nil when there are none.
    package var table: String
    package var rules: String?
    /// The network between the namespace and slirp4netns; nil where nothing leads out.
    package var uplink: Address?
    /// Names this run: ports are known by it.
    package var session: UUID
    /// The process that keeps the namespace of an earlier run for its guests, in which this one goes on.
    package var pin: ProcessIdentity?
}

extension HolderPlan {
    package var json: JSONObject {
        var x: JSONObject = [
            "name": .string(name), "folder": .string(folder.path), "active_file": .string(activeFile),
            "active": .string(activeText), "log": .string(log), "apart": .bool(isApart), "bridge": .string(bridge),
            "stp": .bool(isSpanningTree), "delay": JSONValue(UInt64(delay)), "ipv6": .bool(hasIPv6),
            "table": .string(table),
        ]
        x["mac"] = mac.map { .string("\($0)") }
        x["mtu"] = mtu.map { JSONValue(UInt64($0)) }
        x["addresses"] = .array(addresses.map { .object($0.json) })
        x["routes"] = .array(
            routes.map { route in
                var entry = Address(address: route.network, prefix: route.prefix).json
                entry["gateway"] = .string("\(route.gateway)")
                entry["metric"] = route.metric.map { JSONValue(UInt64($0)) }
                return .object(entry)
            })
        x["limits"] = limits.map { .object($0.json) }
        x["forwards"] = .array(forwards.map { .string($0.rawValue) })
        x["dnsmasq"] = dnsmasq.map { .string($0) }
        x["rules"] = rules.map { .string($0) }
        x["uplink"] = uplink.map { .object($0.json) }
        x["session"] = .string("\(session)")
        x["pin"] = pin.map(HolderRecord.json)
        return x
    }

    package init(json: JSONValue) throws(VMError) {
        func text(_ key: String) throws(VMError) -> String {
            guard let text = json[key]?.string else {
                throw VMError(.protocolViolation, "the plan of a network has no '\(key)'")
            }
            return text
        }
        self.init(
            name: try text("name"), folder: HolderFolder(path: try text("folder")), activeFile: try text("active_file"),
            activeText: try text("active"), log: try text("log"), isApart: json["apart"]?.bool ?? true,
            bridge: try text("bridge"), table: try text("table"), session: UUID(try text("session")) ?? .random())
        pin = json["pin"].flatMap(HolderRecord.identity)
        mac = json["mac"]?.string.flatMap { MACAddress($0) }
        isSpanningTree = json["stp"]?.bool ?? true
        delay = json["delay"]?.uint64.flatMap { UInt32(exactly: $0) } ?? 0
        mtu = json["mtu"]?.uint64.flatMap { UInt32(exactly: $0) }
        limits = TrafficLimits(json: json["limits"])
        hasIPv6 = json["ipv6"]?.bool ?? false
        addresses = (json["addresses"]?.array ?? []).compactMap { Address(json: $0) }
        routes = (json["routes"]?.array ?? []).compactMap { entry in
            guard let target = Address(json: entry), let hop = entry["gateway"]?.string.flatMap({ IPAddress($0) })
            else { return nil }
            return Route(
                network: target.address, prefix: target.prefix, gateway: hop,
                metric: entry["metric"]?.uint64.flatMap { UInt32(exactly: $0) })
        }
        forwards = (json["forwards"]?.array ?? []).compactMap { $0.string.flatMap { .init(rawValue: $0) } }
        dnsmasq = json["dnsmasq"]?.string
        rules = json["rules"]?.string
        uplink = json["uplink"].flatMap { Address(json: $0) }
    }
}

extension HolderPlan.Address {
    fileprivate var json: JSONObject { ["address": .string("\(address)"), "prefix": .integer(Int64(prefix))] }

    fileprivate init?(json: JSONValue) {
        guard let address = json["address"]?.string.flatMap({ IPAddress($0) }),
            let prefix = json["prefix"]?.int64.flatMap({ Int(exactly: $0) })
        else { return nil }
        self.init(address: address, prefix: prefix)
    }
}
