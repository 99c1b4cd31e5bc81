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
        port.machine = wish["machine"]?.string
        port.forwards = try ports(wish["forwards"])
        port.limits = TrafficLimits(json: wish["limits"])
        port.vlans = (wish["vlans"]?.array ?? []).compactMap { .init(json: $0) }
        forgetDepartedPorts()
        try checkGuarantee(port)
        try setUp(port)
        try forwards.add(port.forwards, to: name, port.mac)
        do throws(VMError) {
            try remember(port)
            if port.guarantee != nil { try shareOut() }
        } catch {
            try? forwards.remove(port.forwards, of: name)
            record.ports.removeAll { $0.name == name }
            throw error
        }
        return ["name": .string(name), "bridge": .string(plan.bridge)]
    }

    private func setUp(_ port: HolderRecord.Port) throws(VMError) {
        let link = NetworkLink(port.name)
        // Nothing passes before it is what it is to be, with a device that guests have already, too; nor when it can't be.
        try link.bringDown()
        if let mac = port.mac {
            // High, so that the bridge keeps its own address.
            var bytes = mac.bytes
            bytes[0] = bytes[0] == 0xfe ? 0xfa : 0xfe
            try link.set(address: bytes)
        }
        if let mtu = port.mtu, mtu != link.mtu { try link.set(mtu: mtu) }
        try link.attach(toBridge: plan.bridge)
        if port.isIsolated { try link.isolatePort() }
        if !port.vlans.isEmpty {
            try NetworkLink(plan.bridge).filterVLANs()
            try link.join(port.vlans)
        }
        if let limits = port.limits { try TrafficControl.limit(port.name, limits) }
        try link.bringUp()
    }

    // MARK: What they carry

    /// Refuses to promise a guest what the network hasn't.
    private func checkGuarantee(_ port: HolderRecord.Port) throws(VMError) {
        guard let new = port.guarantee else { return }
        guard let own = plan.limits?.inbound, own.average > 0 else {
            throw .network(
                .unsupported, .operationUnsupported,
                "Operation not supported: the 'floor' of an interface is taken from the inbound 'average' of network "
                    + "'\(plan.name)', which has none",
                remedy: "give the network a <bandwidth>, or leave 'floor' out")
        }
        let ceiling = own.peak ?? own.average
        let others = record.ports.filter { $0.name != port.name }.compactMap(\.guarantee)
        let promised = others.reduce(UInt64(0)) { $0 &+ $1.rate }
        guard others.count < TrafficRules.mostGuarantees, promised <= ceiling, new.rate <= ceiling - promised else {
            throw .wrongNetworkState(
                "network '\(plan.name)' can't guarantee \(new.rate) of its \(ceiling) to an interface: \(promised) of it "
                    + "are others'",
                remedy: "give the interface a smaller 'floor', or the network a larger 'average' or 'peak'")
        }
    }

    /// Shares out what comes into the network, as its document and the guests that have a guarantee will have it.
    func shareOut() throws(VMError) {
        guard let limits = plan.limits else { return }
        try TrafficControl.limit(bridge: plan.bridge, limits, record.ports.compactMap(\.guarantee))
    }

    /// Gives a guest's device other limits.
    func limit(_ order: JSONValue) throws(VMError) -> JSONObject {
        guard let device = order["device"]?.string, NetworkLink(device).index != nil else {
            throw VMError(.notFound, "network '\(plan.name)' has no such device of a guest")
        }
        forgetDepartedPorts()
        let place = record.ports.firstIndex { $0.name == device }
        var port = place.map { record.ports[$0] } ?? HolderRecord.Port(name: device)
        let before = port.guarantee
        port.limits = TrafficLimits(json: order["limits"])
        port.mac = port.mac ?? order["mac"]?.string.flatMap { MACAddress($0) }
        try checkGuarantee(port)
        try TrafficControl.limit(device, port.limits)
        if let place { record.ports[place] = port } else { record.ports.append(port) }
        if before != port.guarantee { try shareOut() }
        try record.write(plan.folder)
        return ["limited": true]
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
        tellNames()
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
        let gone = record.ports.filter { NetworkLink($0.name).index == nil }
        guard !gone.isEmpty else { return }
        record.ports.removeAll { gone.contains($0) }
        if gone.contains(where: { $0.guarantee != nil }) {
            do throws(VMError) { try shareOut() } catch { note("\(error)") }
        }
        // Written down or not, a device that isn't there is none.
        try? record.write(plan.folder)
        tellNames()
    }

    /// Has the host's programs find the guests by name, where they are on the host's own network.
    func tellNames() {
        guard let hostNames else { return }
        do throws(VMError) {
            var machines: [String: [MACAddress]] = [:]
            for port in record.ports {
                if let machine = port.machine, let mac = port.mac { machines[machine, default: []].append(mac) }
            }
            let leases = try LeaseFile.read(plan.folder.leases, now: WallClock.now / 1_000_000_000)
            try hostNames.write(leases, machines: machines)
        } catch {
            note("the host's programs don't find guests by name: \(error)")
        }
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
