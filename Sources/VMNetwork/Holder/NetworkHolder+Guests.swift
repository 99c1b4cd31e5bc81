internal import Glibc
internal import VMCore
internal import VMDomain
internal import VMJSON

/// The devices of guests.
extension NetworkHolder {
    /// Makes a device for a guest, a port of the bridge.
    func plug(_ wish: JSONValue, _ files: inout [Int32]) throws(VMError) -> JSONObject {
        let count = max(1, min(wish["queues"]?.int64 ?? 1, 256))
        var name = wish["name"]?.string ?? "vnet%d"
        for _ in 0..<count {
            let tap = try TapDevice.open(
                name, carriesVirtioHeader: wish["header"]?.bool ?? false, hasManyQueues: count > 1)
            guard let tap else {
                throw VMError(
                    .unsupported, "this user may not open '/dev/net/tun'",
                    remedy: "all users may where it is set up as usual: chmod 666 /dev/net/tun")
            }
            name = tap.name
            files.append(tap.takeDescriptor().release())
        }
        var port = HolderRecord.Port(name: name)
        port.mac = wish["mac"]?.string.flatMap { MACAddress($0) }
        port.mtu = wish["mtu"]?.int64.flatMap { Int(exactly: $0) } ?? plan.mtu.map { Int($0) }
        port.isIsolated = wish["isolated"]?.bool ?? false
        port.forwards = try ports(wish["forwards"])
        try setUp(port)
        forgetDepartedPorts()
        try forwards.add(port.forwards, to: name, port.mac)
        do throws(VMError) {
            try remember(port)
        } catch {
            try? forwards.remove(port.forwards, of: name)
            throw error
        }
        return ["name": .string(name), "bridge": .string(plan.bridge)]
    }

    private func setUp(_ port: HolderRecord.Port) throws(VMError) {
        let link = NetworkLink(port.name)
        if let mac = port.mac {
            // High, so that the bridge keeps its own address.
            var bytes = mac.bytes
            bytes[0] = bytes[0] == 0xfe ? 0xfa : 0xfe
            try link.set(address: bytes)
        }
        if let mtu = port.mtu, mtu != link.mtu { try link.set(mtu: mtu) }
        try link.attach(toBridge: plan.bridge)
        if port.isIsolated { try link.isolatePort() }
        try link.bringUp()
    }

    /// Writes a port down, for a process that goes on in this one's place.
    private func remember(_ port: HolderRecord.Port) throws(VMError) {
        record.ports.removeAll { $0.name == port.name }
        record.ports.append(port)
        switch pin {
        case .some(let pin): try pin.keep(for: port.name)
        case .none: break
        }
        try record.write(plan.folder)
        Failpoint.reached("network.plugged")
    }

    /// Makes the devices that guests still have of an earlier run ports of this one.
    func plugInAgain() {
        for port in record.ports {
            guard NetworkLink(port.name).index != nil else { continue }
            do throws(VMError) {
                try setUp(port)
                try forwards.add(port.forwards, to: port.name, port.mac)
            } catch {
                note("\(port.name): \(error)")
            }
        }
        forgetDepartedPorts()
    }

    /// Gives up what belonged to devices that are gone.
    func forgetDepartedPorts() {
        forwards.sweep()
        let count = record.ports.count
        record.ports.removeAll { NetworkLink($0.name).index == nil }
        guard record.ports.count != count else { return }
        // Written down or not, a device that isn't there is none.
        try? record.write(plan.folder)
    }

    // MARK: Ports of the host

    private func ports(_ list: JSONValue?) throws(VMError) -> [ForwardedPort] {
        let all = (list?.array ?? []).prefix(ForwardedPort.limit + 1).map { ForwardedPort(json: $0) }
        guard all.count <= ForwardedPort.limit, !all.contains(nil) else {
            throw VMError(.protocolViolation, "the ports that are to lead to a guest can't be read")
        }
        return all.compactMap(\.self)
    }

    /// Has ports lead to a guest's device, and others no longer.
    func forward(_ order: JSONValue) throws(VMError) -> JSONObject {
        guard let device = order["device"]?.string, NetworkLink(device).index != nil else {
            throw VMError(.notFound, "network '\(plan.name)' has no such device of a guest")
        }
        let (new, old) = (try ports(order["add"]), try ports(order["remove"]))
        forgetDepartedPorts()
        try forwards.remove(old, of: device)
        try forwards.add(new, to: device, order["mac"]?.string.flatMap { MACAddress($0) })
        guard let place = record.ports.firstIndex(where: { $0.name == device }) else { return ["forwarded": true] }
        record.ports[place].forwards.removeAll { old.contains($0) || new.contains($0) }
        record.ports[place].forwards += new
        try record.write(plan.folder)
        return ["forwarded": true]
    }
}
