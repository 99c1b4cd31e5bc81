internal import Glibc
package import VMCore
internal import VMJSON

/// The process that is a network: it makes the bridge, has dnsmasq and slirp4netns run, and makes the guests' devices.
///
/// Everybody's but root's is in a user and a network namespace of its own, where it may do all of that. Devices of guests
/// are made inside and handed out as open files, so QEMU stays where it is.
package final class NetworkHolder {
    let plan: HolderPlan
    /// Where the host's programs find guests by name; nil for a network of which the host is no part.
    let hostNames: NameServiceFiles?
    private let lock: FileLock
    private let log: FileDescriptor
    var record: HolderRecord
    var forwards: GuestForwards
    var pin: NamespacePin?
    private var uplink: Uplink?
    /// Tell when devices come and go, and when dnsmasq has handed something out.
    private var links: LinkWatch?
    private var leases: FolderWatch?
    private var names: NameServer?
    private var dnsmasq: NetworkProgram?
    private var listener: FileDescriptor?
    /// When slirp4netns and dnsmasq are started once more after they have ended.
    private var uplinkReturn: Deadline?
    private var namesReturn: Deadline?
    private var isOver = false
    /// Whether this process is in a namespace of its own by now.
    private var isInside = false

    /// How long a client may take to say what it wants.
    private static let patience = Duration.seconds(3)
    private static let rest = Duration.seconds(1)

    /// - Parameters:
    ///   - plan: as JSON.
    ///   - lock: the network's, held as long as this process is there.
    package init(_ plan: [UInt8], lock: consuming FileLock) throws(VMError) {
        self.plan = try HolderPlan(json: JSONParser.parse(plan))
        self.lock = lock
        log = try OwnFiles.open(self.plan.log, flags: O_WRONLY | O_APPEND | O_CREAT)
        forwards = GuestForwards(self.plan)
        hostNames = self.plan.isApart ? nil : NameServiceFiles(bridge: self.plan.bridge)
        record = HolderRecord(
            isApart: self.plan.isApart, bridge: self.plan.bridge,
            table: self.plan.rules == nil ? nil : self.plan.table, portsTable: self.plan.table + "_ports")
        record.session = self.plan.session
    }

    /// Is the network until it is told to stop.
    ///
    /// - Parameter ready: called when it is active.
    package func run(ready: () -> Void) throws(VMError) {
        do throws(VMError) {
            try begin()
        } catch {
            end()
            throw error
        }
        ready()
        Failpoint.reached("network.ready")
        while !isOver { serve() }
    }

    // MARK: Beginning

    private func begin() throws(VMError) {
        HolderRecord.clear(plan.folder)
        let earlier = HolderRecord.read(plan.folder)
        if plan.pin != nil {
            record.pin = plan.pin
            record.ports = earlier?.ports ?? []
        }
        // Before it is written down as ours: what is written down is removed when the start fails.
        if !plan.isApart, NetworkLink(plan.bridge).index != nil { throw bridgeIsTaken }
        if plan.dnsmasq != nil { dnsmasq = try .dnsmasq() }
        let nft: NetworkProgram? = plan.rules == nil ? nil : try .nft()
        try record.write(plan.folder)
        // Whose they are can be seen from outside only.
        for path in [plan.folder.path, Files.folder(of: plan.activeFile), Files.folder(of: plan.log)] {
            try OwnFolders.check(path)
        }
        if plan.isApart { try enter(earlier) }
        for family in plan.forwards { try forward(family) }
        if plan.limits != nil { try TrafficControl.check() }
        try makeBridge()
        if let rules = plan.rules { try Firewall.load(rules, nft) }
        Failpoint.reached("network.ruled")
        switch uplink {
        case .some(let uplink): try uplink.start(until: .after(.seconds(15)))
        case .none: break
        }
        Failpoint.reached("network.uplinked")
        try startNames(plan.dnsmasq)
        Failpoint.reached("network.named")
        links = .some(try LinkWatch())
        plugInAgain()
        tellNames()
        listener = .some(try Socket.listen(at: .unix(path: plan.folder.socket)))
        try Files.write(Array(plan.activeText.utf8), to: plan.activeFile, durable: false)
        Failpoint.reached("network.active")
    }

    /// Goes into a namespace: a new one, or that of an earlier run, for the guests that have devices there.
    private func enter(_ earlier: HolderRecord?) throws(VMError) {
        if let network = plan.uplink {
            let uplink = try Uplink(
                "\(network.address)/\(network.prefix)", socket: plan.folder.uplinkSocket, log: log.raw)
            record.programs.append(uplink.identity)
            try record.write(plan.folder)
            self.uplink = .some(uplink)
        }
        if let kept = plan.pin {
            try NetworkNamespace.join(kept.pid)
            isInside = true
            try cleanUp(earlier)
        } else {
            try NetworkNamespace.enter()
        }
        isInside = true
        Failpoint.reached("network.entered")
        try NetworkLink("lo").bringUp()
        let pin = try NamespacePin(plan.name)
        // Before it is written down: from then on the one before may go.
        for port in record.ports { try pin.keep(for: port.name) }
        let before = record.pin
        record.pin = pin.identity
        try record.write(plan.folder)
        self.pin = .some(pin)
        // What has kept the namespace so far isn't needed any more.
        if let before { HolderRecord.kill(before) }
    }

    /// Removes what an earlier run has left in its namespace, but for the guests' devices.
    private func cleanUp(_ earlier: HolderRecord?) throws(VMError) {
        if let bridge = earlier?.bridge, NetworkLink(bridge).index != nil { try NetworkLink(bridge).remove() }
        let tables = [earlier?.table, earlier?.table.map { $0 + "_ports" }, plan.table + "_ports"].compactMap(\.self)
        // Without the program there were no rules.
        if NetworkProgram.find("nft") != nil { try Firewall.load(tables.map(FirewallRules.removal).joined()) }
        // It goes with its slirp4netns, which may be ending yet.
        let deadline = Deadline.after(.seconds(5))
        while NetworkLink(Uplink.device).index != nil, !deadline.hasPassed { Poll.sleep(.milliseconds(10)) }
    }

    private func forward(_ family: IPAddress.Family) throws(VMError) {
        let name = family == .ipv4 ? "ipv4/ip_forward" : "ipv6/conf/all/forwarding"
        try set("/proc/sys/net/" + name, "1")
    }

    private func set(_ path: String, _ text: String) throws(VMError) {
        let file = try FileDescriptor.open(path, flags: O_WRONLY)
        try file.writeAll(Array(text.utf8), path)
    }

    private var bridgeIsTaken: VMError {
        .networkFailure("bridge name '\(plan.bridge)' already in use.", remedy: "choose another name")
    }

    private func makeBridge() throws(VMError) {
        let bridge = NetworkLink(plan.bridge)
        if bridge.index != nil { throw bridgeIsTaken }
        try NetworkLink.makeBridge(
            plan.bridge, address: plan.mac, isSpanningTree: plan.isSpanningTree, delay: Double(plan.delay),
            mtu: plan.mtu)
        Failpoint.reached("network.bridged")
        // Not each kernel has the protocol.
        if !plan.hasIPv6 { try? set("/proc/sys/net/ipv6/conf/\(plan.bridge)/disable_ipv6", "1") }
        try shareOut()
        for entry in plan.addresses { try bridge.add(entry.address, prefix: entry.prefix) }
        for route in plan.routes {
            try bridge.addRoute(to: route.network, prefix: route.prefix, via: route.gateway, metric: route.metric)
        }
    }

    // MARK: dnsmasq

    private func startNames(_ configuration: String?) throws(VMError) {
        guard let configuration, let dnsmasq else { return }
        try Files.write(Array(configuration.utf8), to: plan.folder.configuration, durable: false)
        // Those of earlier runs are written down before the new one is there, and it as soon as it is.
        let server = try NameServer(plan, dnsmasq, configuration, log: log.raw)
        record.programs.append(server.identity)
        try record.write(plan.folder)
        names = .some(server)
        watchLeases()
    }

    /// dnsmasq writes into the same file as long as it runs.
    private func watchLeases() {
        guard let file = try? OwnFiles.open(plan.folder.leases, flags: O_RDONLY), let watch = try? FolderWatch() else {
            return leases = nil
        }
        watch.add(file)
        leases = .some(watch)
    }

    private func stopNames() {
        guard let server = names.take() else { return }
        let identity = server.identity
        server.stop()
        record.programs.removeAll { $0 == identity }
    }

    // MARK: Serving

    private func serve() {
        var entries = [pollfd(fd: listenerDescriptor, events: Int16(POLLIN), revents: 0)]
        entries.append(pollfd(fd: uplinkReturn == nil ? uplinkDescriptor : -1, events: Int16(POLLIN), revents: 0))
        entries.append(pollfd(fd: namesDescriptor, events: Int16(POLLIN), revents: 0))
        entries.append(pollfd(fd: linksDescriptor, events: Int16(POLLIN), revents: 0))
        entries.append(pollfd(fd: leasesDescriptor, events: Int16(POLLIN), revents: 0))
        let deadline = [uplinkReturn, namesReturn].compactMap(\.self).min() ?? .after(.seconds(60))
        guard poll(&entries, nfds_t(entries.count), deadline.pollTimeout) >= 0 || errno == EINTR else {
            isOver = true
            return
        }
        shortenLog()
        if entries[1].revents != 0 { lookAtUplink() }
        if entries[2].revents != 0 { namesEnded() }
        if entries[3].revents != 0 { lookAtLinks() }
        if entries[4].revents != 0 { lookAtLeases() }
        bringBack()
        if entries[0].revents != 0 { answerClient() }
    }

    private var listenerDescriptor: Int32 {
        switch listener {
        case .some(let listener): listener.raw
        case .none: -1
        }
    }

    private var uplinkDescriptor: Int32 {
        switch uplink {
        case .some(let uplink): uplink.descriptor
        case .none: -1
        }
    }

    private var namesDescriptor: Int32 {
        switch names {
        case .some(let names): names.descriptor
        case .none: -1
        }
    }

    private var linksDescriptor: Int32 {
        switch links {
        case .some(let links): links.descriptor.raw
        case .none: -1
        }
    }

    /// Of interest are those whose ports are forwarded, and where the host's programs are told.
    private var leasesDescriptor: Int32 {
        switch leases {
        case .some(let leases): forwards.isEmpty && hostNames == nil ? -1 : leases.descriptor.raw
        case .none: -1
        }
    }

    private func lookAtLinks() {
        switch links {
        case .some(let links): links.takeNews()
        case .none: break
        }
        forgetDepartedPorts()
    }

    private func lookAtLeases() {
        switch leases {
        case .some(let leases): _ = leases.takeChanged()
        case .none: break
        }
        do throws(VMError) { try forwards.refresh() } catch { note("\(error)") }
        tellNames()
    }

    private func lookAtUplink() {
        var isGone = false
        switch uplink {
        case .some(let uplink):
            switch uplink.takeNews() {
            case .ended: uplinkReturn = .after(Self.rest)
            case .nothing: isGone = true
            case .ready: for problem in forwards.takeAgain() { note("\(problem)") }
            }
        case .none: break
        }
        // Without its shell nobody can start it: this process is inside.
        if isGone {
            note("the way out of the network is lost")
            uplink = nil
        }
    }

    private func namesEnded() {
        note("dnsmasq has ended, and is started again")
        stopNames()
        namesReturn = .after(Self.rest)
    }

    private func bringBack() {
        if let time = uplinkReturn, time.hasPassed {
            uplinkReturn = nil
            switch uplink {
            case .some(let uplink): try? uplink.order()
            case .none: break
            }
        }
        if let time = namesReturn, time.hasPassed {
            namesReturn = nil
            do throws(VMError) {
                let text = try OwnFiles.read(plan.folder.configuration)
                try startNames(String(decoding: text, as: UTF8.self))
            } catch {
                note("\(error)")
                namesReturn = .after(Self.rest * 10)
            }
        }
    }

    /// Beyond this size the log is cut down to its newest part; all who write to it append.
    private static let logLimit = 4 << 20
    private static let logKept = 256 << 10

    private func shortenLog() {
        guard Int64(lseek(log.raw, 0, SEEK_END)) > Int64(Self.logLimit) else { return }
        let ending = OwnFiles.tail(plan.log, last: Self.logKept)
        guard ftruncate(log.raw, 0) == 0 else { return }
        try? log.writeAll(Array("… the log was cut here\n".utf8) + ending, plan.log)
    }

    func note(_ text: String) {
        try? log.writeAll(Array((text + "\n").utf8), plan.log)
    }

    private func answerClient() {
        guard let client = try? Socket.accept(on: listenerDescriptor) else { return }
        let deadline = Deadline.after(Self.patience)
        var files: [Int32] = []
        defer { for file in files { close(file) } }
        do throws(VMError) {
            // Inside of a namespace this user is root, and so is who shares its number outside.
            guard try Socket.peer(of: client.raw).userID == geteuid() else { return }
            var surplus: [Int32] = []
            defer { for file in surplus { close(file) } }
            let request = try HolderMessages.receive(from: client.raw, files: &surplus, deadline: deadline)
            var answer: JSONObject
            do throws(VMError) {
                answer = try self.answer(request, &files)
            } catch {
                answer = [
                    "error": .string(error.message), "code": .string(error.code.name),
                    "libvirt": [
                        .integer(Int64(error.libvirt.domain.rawValue)), .integer(Int64(error.libvirt.number.rawValue)),
                    ],
                ]
                answer["remedy"] = error.remedy.map { .string($0.text) }
            }
            try HolderMessages.send(answer, files: files, to: client.raw, deadline: deadline)
        } catch {
            note("\(error)")
        }
    }

    private func answer(_ request: JSONValue, _ files: inout [Int32]) throws(VMError) -> JSONObject {
        if let port = request["plug"] { return try plug(port, &files) }
        if let order = request["forward"] { return try forward(order) }
        if let order = request["limit"] { return try limit(order) }
        if request["forwards"] != nil {
            forgetDepartedPorts()
            return ["forwards": forwards.list]
        }
        if let update = request["update"] { return try self.update(update) }
        if request["stop"] != nil {
            end()
            isOver = true
            return ["stopped": true]
        }
        throw VMError(.protocolViolation, "the network's process doesn't know what it is asked for")
    }

    // MARK: Changes

    /// Goes by another configuration of dnsmasq, and another document.
    private func update(_ update: JSONValue) throws(VMError) -> JSONObject {
        guard let active = update["active"]?.string else {
            throw VMError(.protocolViolation, "a network's new document is missing")
        }
        let configuration = update["dnsmasq"]?.string
        if configuration != nil, dnsmasq == nil { dnsmasq = try .dnsmasq() }
        let before = try? OwnFiles.read(plan.folder.configuration)
        let isSame = before.map { $0.elementsEqual((configuration ?? "").utf8) } ?? (configuration == nil)
        do throws(VMError) {
            if !isSame {
                stopNames()
                namesReturn = nil
                try startNames(configuration)
            }
        } catch {
            // By the old one, now or as soon as that goes: guests are not left without addresses.
            if let before {
                try? Files.write(before, to: plan.folder.configuration, durable: false)
                namesReturn = .now
                bringBack()
            }
            throw error
        }
        try Files.write(Array(active.utf8), to: plan.activeFile, durable: false)
        Failpoint.reached("network.updated")
        forwards.network = Network.ofActive(active)
        try forwards.refresh()
        return ["updated": true]
    }

    // MARK: The end

    private func end() {
        try? Files.remove(plan.activeFile)
        Failpoint.reached("network.ending")
        stopNames()
        hostNames?.remove()
        forwards.end()
        uplink = nil
        listener = nil
        // Guests that have devices in the namespace don't see each other any more, and are ports of the next run.
        if isInside, NetworkLink(plan.bridge).index != nil { try? NetworkLink(plan.bridge).remove() }
        HolderRecord.clear(plan.folder)
        for path in [
            plan.folder.socket, plan.folder.configuration, plan.folder.path + "/dnsmasq.pid", plan.folder.uplinkSocket,
        ] {
            unlink(path)
        }
    }
}
