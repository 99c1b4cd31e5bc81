internal import Glibc
internal import QEMULauncher
public import VMCore
public import VMDomain
internal import VMJSON

extension VMManager {
    /// Brings a device into a domain.
    ///
    /// A running machine gets it with all that it needs, or stays as it is. The address that it gets there is the one
    /// it gets in the stored definition, where that is changed too.
    /// - Returns: the device as it is now.
    /// - Throws: `exists` when its target, address or number is taken; `unsupported` for what can't be plugged in.
    @discardableResult
    public func attachDevice(
        _ key: String, _ document: Devices, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) -> Devices {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        guard live else {
            var result = document
            let change = try prepareStored(machine) { domain throws(VMError) in try domain.append(document) }
            try commit(change)
            if let domain = try? storedDomain(machine.name),
                let place = try? DevicePlace(of: document, in: domain)
            {
                var copy = domain
                result = copy.remove(place)
            }
            return result
        }
        if config { _ = try prepareStored(machine) { domain throws(VMError) in try domain.append(document) } }
        let device = try attachLive(machine, document, deadline: .after(timeout))
        guard config else { return device }
        do throws(VMError) {
            try store(device, or: document, machine)
        } catch {
            throw error.wrapped("the device was attached to the running machine but could not be stored")
        }
        return device
    }

    /// Stores an attached device. Others may change the definition at the same time, so it is tried a few times.
    private func store(_ device: Devices, or document: Devices, _ machine: Machine) throws(VMError) {
        var attempt = 1
        while true {
            do throws(VMError) {
                return try commit(try prepareStored(machine, with: device, or: document))
            } catch {
                guard error.code == .busy, attempt < 20 else { throw error }
                attempt += 1
            }
        }
    }

    /// The stored definition with a device at the address that it has in the running machine, or at another one when that
    /// is taken there.
    private func prepareStored(
        _ machine: Machine, with device: Devices, or document: Devices
    ) throws(VMError) -> StoredChange {
        let plain = Planner.inactiveForm(of: device)
        do throws(VMError) {
            return try prepareStored(machine) { domain throws(VMError) in try domain.append(plain) }
        } catch {
            return try prepareStored(machine) { domain throws(VMError) in try domain.append(document) }
        }
    }

    private func attachLive(_ machine: Machine, _ document: Devices, deadline: Deadline) throws(VMError) -> Devices {
        var session = try LiveSession(self, machine, deadline: deadline)
        let capabilities = try session.capabilities()
        let host = try changeHost(session.domain)
        let changes = try Hotplug.attach(
            document, to: session.domain, capabilities: capabilities, host: host, nodes: try session.blockNodes())
        try checkResources(of: document, machine)
        var name: String?
        for (index, var change) in changes.enumerated() {
            name = change.device ?? name
            // Only the device itself may need open files; controllers come before it.
            if index == changes.count - 1 {
                let taps = try openTaps(&change, host)
                try session.make(change, descriptors: taps.descriptors.map(\.source))
                _ = consume taps
            } else {
                try session.make(change)
            }
        }
        guard let name, let place = DevicePlace(alias: name, in: session.domain) else { return document }
        var copy = session.domain
        return copy.remove(place)
    }

    func changeHost(_ domain: Domain) throws(VMError) -> HostFacts {
        var host = try HostFacts.current(for: domain)
        host.folders = folders(of: domain)
        return host
    }

    /// Images that aren't there, or that another machine uses, and what isn't provided, are told before QEMU is asked.
    private func checkResources(of document: Devices, _ machine: Machine) throws(VMError) {
        var domain = Domain()
        domain.devices = document
        domain.devices.graphics = []
        try Preflight.check(domain, machine, self)
    }

    /// Opens what the backend of a new interface needs, and has QEMU take it under a name.
    private func openTaps(_ change: inout HotplugChange, _ host: HostFacts) throws(VMError) -> TapDevices {
        var nothing = Domain()
        let place = change.steps.firstIndex { $0.call.command == "netdev_add" && $0.call.arguments["type"] == "tap" }
        guard let place, let alias = change.device,
            let index = change.domain.devices.interfaces.firstIndex(where: { $0.alias?.name == alias })
        else { return try TapDevices(&nothing, host, isWanted: false) }
        var single = change.domain
        single.devices.interfaces = [change.domain.devices.interfaces[index]]
        let taps = try TapDevices(&single, host, isWanted: true)
        change.domain.devices.interfaces[index] = single.devices.interfaces[0]
        var arguments = change.steps[place].call.arguments
        var before: [HotplugChange.Step] = []
        for key in ["fd", "fds", "vhostfd", "vhostfds"] {
            guard let numbers = arguments[key]?.string else { continue }
            let names = numbers.split(separator: ":").map { "\(key)-\(alias)-\($0)" }
            for name in names {
                before.append(
                    .init(
                        QMPCall("getfd", ["fdname": .string(name)]),
                        undo: QMPCall("closefd", ["fdname": .string(name)])))
            }
            arguments[key] = .string(names.joined(separator: ":"))
        }
        change.steps[place].call.arguments = arguments
        change.steps.insert(contentsOf: before, at: place)
        return taps
    }

    // MARK: Taking out

    /// Takes a device out of a domain: the one that the document describes.
    ///
    /// - Throws: `not-found`; `timeout` when the guest hasn't released it by then, in which case it may still do so.
    @discardableResult
    public func detachDevice(
        _ key: String, _ document: Devices, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) -> Devices {
        try detach(key, scope, timeout) { domain throws(VMError) in try DevicePlace(of: document, in: domain) }
    }

    /// The same for a device that is named by its alias.
    @discardableResult
    public func detachDevice(
        _ key: String, alias: String, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) -> Devices {
        try detach(key, scope, timeout) { domain throws(VMError) in
            guard let place = DevicePlace(alias: alias, in: domain) else {
                throw VMError(.notFound, "no device found with alias \(alias)")
            }
            return place
        }
    }

    private func detach(
        _ key: String, _ scope: ChangeScope, _ timeout: Duration,
        _ find: (Domain) throws(VMError) -> DevicePlace
    ) throws(VMError) -> Devices {
        let machine = try self.find(key)
        let (live, config) = try resolve(scope, machine)
        var removed = Devices()
        var change: StoredChange?
        if config {
            change = try prepareStored(machine) { domain throws(VMError) in
                let place = try find(domain)
                removed = domain.remove(place)
            }
        }
        if live { removed = try detachLive(machine, deadline: .after(timeout), find) }
        if let change { try commit(change) }
        return removed
    }

    private func detachLive(
        _ machine: Machine, deadline: Deadline, _ find: (Domain) throws(VMError) -> DevicePlace
    ) throws(VMError) -> Devices {
        var session = try LiveSession(self, machine, deadline: deadline)
        let live = session.domain
        let place = try find(live)
        let name = try Hotplug.removableName(place, in: live)
        var leftovers = try Hotplug.leftovers(
            of: place, in: live, capabilities: try session.capabilities(), host: try changeHost(live))
        var copy = live
        let removed = copy.remove(place)
        // A drive that has lost its device has no nodes that it could be asked for.
        if !removed.disks.isEmpty { leftovers += (try? session.nodeRemovals(name)) ?? [] }
        try session.detach(name, leftovers: leftovers)
        return removed
    }
}
