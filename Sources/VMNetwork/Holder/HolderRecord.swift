internal import Glibc
package import VMCore
internal import VMDomain
internal import VMJSON

/// What a network's process has made that doesn't go with it, and the programs that it has started: written down before
/// each is there, so that what a killed process leaves is known.
package struct HolderRecord: Sendable {
    /// Whether all of it is in a namespace, and so is gone when nobody uses that any more.
    var isApart: Bool
    var bridge: String
    var table: String?
    /// The table of the ports that lead to guests, which a network without rules of its own may have, too.
    var portsTable: String?
    var programs: [ProcessIdentity] = []
    /// The network's process itself.
    var holder = ProcessIdentity.current
    /// What keeps the namespace when that process is gone.
    var pin: ProcessIdentity?
    /// Names the run to which the ports belong.
    var session: UUID?
    /// The guests' devices in the namespace.
    var ports: [Port] = []

    /// A guest's device: what is needed to plug it in once more.
    struct Port: Sendable, Hashable {
        var name: String
        var mac: MACAddress?
        var mtu: Int?
        var isIsolated = false
        var forwards: [ForwardedPort] = []
        /// The name of the guest's domain.
        var machine: String?
        /// What it may carry.
        var limits: TrafficLimits?
        /// Those of which it is a member; none for that of all.
        var vlans: [NetworkLink.VLANMembership] = []

        /// What is guaranteed to the guest of the network's own rate.
        var guarantee: TrafficRules.Guarantee? {
            guard let floor = limits?.inbound?.floor, floor > 0, let mac else { return nil }
            return .init(mac, floor)
        }

        fileprivate var json: JSONValue {
            var object: JSONObject = [
                "name": .string(name), "isolated": .bool(isIsolated),
                "forwards": .array(forwards.map { .object($0.json) }),
            ]
            object["mac"] = mac.map { .string("\($0)") }
            object["mtu"] = mtu.map { .integer(Int64($0)) }
            object["machine"] = machine.map { .string($0) }
            object["limits"] = limits.map { .object($0.json) }
            if !vlans.isEmpty { object["vlans"] = .array(vlans.map(\.json)) }
            return .object(object)
        }

        fileprivate init?(json: JSONValue) {
            guard let name = json["name"]?.string else { return nil }
            self.init(
                name: name, mac: json["mac"]?.string.flatMap { MACAddress($0) },
                mtu: json["mtu"]?.int64.flatMap { Int(exactly: $0) }, isIsolated: json["isolated"]?.bool ?? false,
                forwards: (json["forwards"]?.array ?? []).compactMap { ForwardedPort(json: $0) })
            machine = json["machine"]?.string
            limits = TrafficLimits(json: json["limits"])
            vlans = (json["vlans"]?.array ?? []).compactMap { .init(json: $0) }
        }

        init(
            name: String, mac: MACAddress? = nil, mtu: Int? = nil, isIsolated: Bool = false,
            forwards: [ForwardedPort] = []
        ) {
            (self.name, self.mac, self.mtu, self.isIsolated, self.forwards) = (name, mac, mtu, isIsolated, forwards)
        }
    }

    static func read(_ folder: HolderFolder) -> HolderRecord? {
        guard Files.exists(folder.record), let bytes = try? OwnFiles.read(folder.record),
            let json = try? JSONParser.parse(bytes), let bridge = json["bridge"]?.string,
            json["boot"]?.string == HostBoot.place
        else { return nil }
        let programs = (json["programs"]?.array ?? []).compactMap(identity)
        return HolderRecord(
            isApart: json["apart"]?.bool ?? true, bridge: bridge, table: json["table"]?.string,
            portsTable: json["ports_table"]?.string ?? json["table"]?.string.map { $0 + "_ports" }, programs: programs,
            holder: json["holder"].flatMap(identity) ?? ProcessIdentity(pid: 0, startTime: 0),
            pin: json["pin"].flatMap(identity), session: json["session"]?.string.flatMap { UUID($0) },
            ports: (json["ports"]?.array ?? []).compactMap { Port(json: $0) })
    }

    static func identity(_ json: JSONValue) -> ProcessIdentity? {
        guard let pid = json["pid"]?.int64.flatMap({ Int32(exactly: $0) }), let start = json["start"]?.uint64 else {
            return nil
        }
        return ProcessIdentity(pid: pid, startTime: start)
    }

    static func json(_ process: ProcessIdentity) -> JSONValue {
        ["pid": .integer(Int64(process.pid)), "start": JSONValue(process.startTime)]
    }

    func write(_ folder: HolderFolder) throws(VMError) {
        var json: JSONObject = [
            "apart": .bool(isApart), "bridge": .string(bridge), "boot": .string(HostBoot.place),
            "programs": .array(programs.map(Self.json)), "holder": Self.json(holder),
        ]
        json["table"] = table.map { .string($0) }
        json["ports_table"] = portsTable.map { .string($0) }
        json["pin"] = pin.map(Self.json)
        json["session"] = session.map { .string("\($0)") }
        json["ports"] = .array(ports.map(\.json))
        try Files.write(Array(json.description.utf8), to: folder.record, durable: false)
        Failpoint.reached("network.recorded")
    }

    /// The process of a network that is active.
    package static func process(_ folder: HolderFolder) -> ProcessIdentity? {
        guard folder.isHeld, let holder = read(folder)?.holder, holder.isAlive else { return nil }
        return holder
    }

    /// The namespace of an earlier run in which guests still have devices, and that run's name. The network's lock is held
    /// by whoever asks.
    package static func left(in folder: HolderFolder) -> (pin: ProcessIdentity, session: UUID)? {
        guard let record = read(folder), let pin = record.pin, let session = record.session, record.hasGuests else {
            return nil
        }
        return (pin, session)
    }

    /// Whether a guest has a device in the namespace that is kept.
    private var hasGuests: Bool {
        guard isApart, let pin, pin.isAlive, !ports.isEmpty else { return false }
        let devices = NetworkDevices.of(pin.pid)
        return ports.contains { devices[$0.name] != nil }
    }

    /// Removes what a process has left that was killed, but for a namespace in which guests have devices: the network's
    /// lock is held by whoever calls this.
    package static func clear(_ folder: HolderFolder) {
        guard var record = read(folder) else { return }
        for program in record.programs { kill(program) }
        // One that was started a moment before its process was killed isn't written down yet; its words tell whose it is.
        for program in servers(of: folder) { kill(program) }
        if record.hasGuests {
            record.programs = []
            return (try? record.write(folder)) ?? ()
        }
        if let pin = record.pin { kill(pin) }
        if !record.isApart {
            NameServiceFiles(bridge: record.bridge).remove()
            // What can't be removed stays written down, for whoever comes next.
            do throws(VMError) {
                // A network without rules of its own may have ports that lead to guests.
                let table = record.portsTable.map { FirewallRules.removal($0) } ?? ""
                let rules = (record.table.map { FirewallRules.removal($0) } ?? "") + table
                if !rules.isEmpty { try Firewall.load(rules) }
                // Where /sys is another namespace's it shows no device of this one, and the record has to be believed.
                let bridge = NetworkLink(record.bridge)
                if bridge.isBridge || bridge.index != nil && !bridge.exists { try bridge.remove() }
            } catch { return }
        }
        try? Files.remove(folder.record)
    }

    /// The dnsmasq processes that go by a network's configuration.
    private static func servers(of folder: HolderFolder) -> [ProcessIdentity] {
        let word = Array("--conf-file=\(folder.configuration)".utf8)
        return ProcessTable.all.compactMap { pid in
            // First which process it is, then its words: a number may become another one's in between.
            guard let start = ProcessIdentity.startTime(of: pid),
                ProcessTable.commandLine(of: pid).contains(where: { Array($0) == word })
            else { return nil }
            let process = ProcessIdentity(pid: pid, startTime: start)
            return process.isAlive ? process : nil
        }
    }

    static func kill(_ process: ProcessIdentity) {
        guard let handle = try? process.open() else { return }
        sendSignal(SIGKILL, to: handle)
        _ = ProcessExit.wait(for: handle, until: .after(.seconds(2)))
    }

    /// Ends a network's process that doesn't obey, if there is one, and removes what it leaves.
    package static func end(_ folder: HolderFolder) throws(VMError) {
        try Folders.make(folder.path)
        var lock = try FileLock.take(folder.lock, until: .after(.seconds(2)))
        if lock == nil, let record = read(folder) {
            kill(record.holder)
            lock = try FileLock.take(folder.lock, until: .after(.seconds(5)))
        }
        guard let lock else {
            throw VMError(
                .busy, "the process of the network does not end", remedy: "see which one has '\(folder.lock)' open")
        }
        clear(folder)
        withExtendedLifetime(lock) {}
    }
}
