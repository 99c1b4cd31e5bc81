internal import LibvirtWire
internal import VMCore
internal import VMHost
internal import VMManager

/// Devices of the host.
extension ServiceTable {
    mutating func serveNodeDevices() {
        serveNodeDeviceLists()
        serveNodeDeviceFacts()
        serveNodeDeviceBinding()
        serveNodeDeviceChanges()
    }

    private mutating func serveNodeDeviceLists() {
        serve(Remote.nodeNumOfDevices) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "nodeNumOfDevices", in: .nodeDevice)
            return Int32(clamping: Self.names(arguments.capability, client).count)
        }
        serve(Remote.nodeListDevices) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "nodeListDevices", in: .nodeDevice)
            let names = Self.names(arguments.capability, client)
            return List(Array(names.prefix(max(0, Int(arguments.limit)))))
        }
        serve(Remote.connectListAllNodeDevices) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, NodeDevice.knownFlags, "nodeConnectListAllNodeDevices", in: .nodeDevice)
            let found = client.manager.nodeDevices().devices.filter { $0.isMeant(by: arguments.flags) }
            return Listing(found.map { NodeDeviceReference($0) }, wanted: arguments.needsResults)
        }
        serve(Remote.nodeDeviceLookupByName) { (name, client) throws(VMError) in
            NodeDeviceReference(try client.manager.nodeDevice(name))
        }
        serve(Remote.nodeDeviceLookupSCSIHostByWWN) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "nodeDeviceLookupSCSIHostByWWN", in: .nodeDevice)
            let found = client.manager.nodeDevices().devices.first { device in
                guard case .scsiHost(let host) = device.facts, let port = host.fibreChannel else { return false }
                return port.node == arguments.nodeName && port.port == arguments.portName
            }
            guard let found else {
                let names = "wwnn '\(arguments.nodeName)' and wwpn '\(arguments.portName)'"
                throw VMError(
                    .notFound, "Node device not found: no node device with matching \(names)",
                    libvirt: LibvirtError(.noNodeDevice, in: .nodeDevice))
            }
            return NodeDeviceReference(found)
        }
    }

    private static func names(_ capability: String?, _ client: Client) -> [String] {
        client.manager.nodeDevices().devices
            .filter { device in
                capability.map { word in device.capabilities.contains { $0.rawValue == word } } ?? true
            }.map(\.name)
    }

    private mutating func serveNodeDeviceFacts() {
        serve(Remote.nodeDeviceGetXMLDesc) { (arguments, client) throws(VMError) in
            // 1 is the stored document, of which there is none.
            try checkFlags(arguments.flags, 1, "nodeDeviceGetXMLDesc", in: .nodeDevice)
            return try client.manager.nodeDevice(arguments.subject).xml
        }
        serve(Remote.nodeDeviceGetParent) { (name, client) throws(VMError) in
            try client.manager.nodeDevice(name).parent
        }
        serve(Remote.nodeDeviceNumOfCaps) { (name, client) throws(VMError) in
            Int32(clamping: try client.manager.nodeDevice(name).capabilities.count)
        }
        serve(Remote.nodeDeviceListCaps) { (arguments, client) throws(VMError) in
            let words = try client.manager.nodeDevice(arguments.name).capabilities.map(\.rawValue)
            return List(Array(words.prefix(max(0, Int(arguments.limit)))))
        }
        serve(Remote.nodeDeviceGetAutostart) { (name, client) throws(VMError) in
            _ = try client.manager.nodeDevice(name)
            return false
        }
        serve(Remote.nodeDeviceIsPersistent) { (name, client) throws(VMError) in
            _ = try client.manager.nodeDevice(name)
            return false
        }
        serve(Remote.nodeDeviceIsActive) { (name, client) throws(VMError) in
            _ = try client.manager.nodeDevice(name)
            return true
        }
    }

    private mutating func serveNodeDeviceBinding() {
        carryOut(Remote.nodeDeviceDettach) { (name, client) throws(VMError) in
            try client.manager.detachNodeDevice(name)
        }
        carryOut(Remote.nodeDeviceDetachFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "nodeDeviceDetachFlags", in: .nodeDevice)
            try client.manager.detachNodeDevice(arguments.name, driver: arguments.driver)
        }
        carryOut(Remote.nodeDeviceReAttach) { (name, client) throws(VMError) in
            try client.manager.reattachNodeDevice(name)
        }
        carryOut(Remote.nodeDeviceReset) { (name, client) throws(VMError) in
            try client.manager.resetNodeDevice(name)
        }
    }

    /// Devices that programs could make are virtual adapters and mediated devices: neither is made here.
    private mutating func serveNodeDeviceChanges() {
        serve(Remote.nodeDeviceCreateXML) { (_, _) throws(VMError) in throw Self.fixed("create") }
        serve(Remote.nodeDeviceDefineXML) { (_, _) throws(VMError) in throw Self.fixed("define") }
        carryOut(Remote.nodeDeviceDestroy) { (_, _) throws(VMError) in throw Self.fixed("destroy") }
        carryOut(Remote.nodeDeviceUndefine) { (_, _) throws(VMError) in throw Self.fixed("undefine") }
        carryOut(Remote.nodeDeviceCreate) { (_, _) throws(VMError) in throw Self.fixed("start") }
        carryOut(Remote.nodeDeviceSetAutostart) { (_, _) throws(VMError) in throw Self.fixed("mark") }
        carryOut(Remote.nodeDeviceUpdate) { (_, _) throws(VMError) in throw Self.fixed("update") }
    }

    private static func fixed(_ what: String) -> VMError {
        VMError(
            .unsupported, "Operation not supported: cannot \(what) a node device: none are made or stored here",
            libvirt: LibvirtError(.operationUnsupported, in: .nodeDevice))
    }
}

extension NodeDeviceReference {
    init(_ device: NodeDevice) {
        self.init()
        name = device.name
    }
}
