internal import VMCore
internal import VMHost
internal import VMJSON
internal import VMManager

/// Network interfaces of the host.
extension Verb {
    /// `iface-list [--inactive] [--all]`.
    static var ifaceList: Verb {
        Verb(
            "iface-list", group: .hostDevices, "list network interfaces of the host",
            parameters: [
                .flag("inactive", "list inactive interfaces"), .flag("all", "list inactive & active interfaces"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let all = try invocation.manager().hostInterfaces().interfaces
            let found = all.filter { invocation.flag("all") || $0.isActive != invocation.flag("inactive") }
            var table = TextTable(["Name", "State", "MAC Address"])
            table.rows = found.map { [$0.name, $0.isActive ? "active" : "inactive", $0.mac] }
            return Report(.table(table), value: .array(found.map { .object($0.value) }), names: found.map(\.name))
        }
    }

    /// `iface-dumpxml INTERFACE`.
    static var ifaceDumpxml: Verb {
        Verb(
            "iface-dumpxml", group: .hostDevices, "print the XML of a network interface of the host",
            parameters: [
                .hostInterface, .flag("inactive", "show inactive defined XML"),
                .option("xpath", "string", "xpath expression to filter the XML document"),
                .flag("wrap", "wrap xpath results in an common root element"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let interface = try invocation.hostInterface()
            var report = try invocation.printed(interface.xml)
            if report.names.isEmpty { report.names = [interface.name] }
            return report
        }
    }

    /// `iface-mac INTERFACE`.
    static var ifaceMac: Verb {
        Verb(
            "iface-mac", group: .hostDevices, "tell the address of a network interface known by its name",
            parameters: [.hostInterface]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let interface = try invocation.hostInterface()
            return Report(.text(interface.mac), value: .object(interface.value), names: [interface.mac])
        }
    }

    /// `iface-name MAC`.
    static var ifaceName: Verb {
        Verb(
            "iface-name", group: .hostDevices, "tell the name of a network interface known by its address",
            parameters: [.argument("interface", "string", "interface mac")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let interface = try invocation.manager().hostInterface(withAddress: try invocation.required("interface"))
            return Report(.text(interface.name), value: .object(interface.value), names: [interface.name])
        }
    }
}

extension Parameter {
    fileprivate static var hostInterface: Parameter {
        argument("interface", "string", "interface name or MAC address", completion: .hostInterface)
    }
}

extension Invocation {
    /// The interface of that name, or of that address.
    fileprivate func hostInterface() throws(VMError) -> HostInterface {
        let key = try required("interface")
        if MACAddress(key) != nil { return try manager().hostInterface(withAddress: key) }
        return try manager().hostInterface(key)
    }
}

extension HostInterface {
    /// What programs are told of an interface.
    var value: JSONObject {
        var object: JSONObject = [
            "name": .string(name), "mac": .string(mac), "active": .bool(isActive), "type": .string(kind.rawValue),
        ]
        object["mtu"] = mtu.map { JSONValue($0) }
        object["state"] = state.map { .string($0) }
        return object
    }
}
