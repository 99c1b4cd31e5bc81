internal import Glibc
internal import QEMULauncher
public import VMCore
public import VMDomain
internal import VMJSON

/// Settings of a machine that can be changed while it runs.
extension VMManager {
    // MARK: Network

    /// Whether a card's cable is plugged in, by its hardware address or its host device.
    public func setLink(
        _ key: String, interface: String, up: Bool, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        func edit(_ domain: inout Domain) throws(VMError) {
            let index = try VMManager.interface(interface, in: domain)
            domain.devices.interfaces[index].link = up ? Interface.Link(.up) : Interface.Link(.down)
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            let card = session.domain.devices.interfaces[try VMManager.interface(interface, in: session.domain)]
            guard let alias = card.alias?.name else { throw VMManager.notRunning }
            let wasUp = card.link?.state != .down
            func call(_ up: Bool) -> QMPCall { QMPCall("set_link", ["name": .string(alias), "up": .bool(up)]) }
            try session.set(call(up), undo: call(wasUp), edit)
        }
        if let change { try commit(change) }
    }

    /// Whether a card's cable is plugged in.
    public func link(_ key: String, interface: String, config: Bool = false) throws(VMError) -> Bool {
        let machine = try find(key)
        let live = config ? nil : try liveDomain(machine)
        var domain = live
        if domain == nil { domain = try storedDomain(machine.name) }
        guard let domain else { throw VMManager.notRunning }
        return domain.devices.interfaces[try VMManager.interface(interface, in: domain)].link?.state != .down
    }

    static func interface(_ name: String, in domain: Domain) throws(VMError) -> Int {
        let cards = domain.devices.interfaces
        let mac = MACAddress(name)
        let index = cards.firstIndex { card in
            mac != nil && card.mac?.address == mac || card.target?.dev == name || card.alias?.name == name
        }
        guard let index else {
            let all = cards.compactMap { $0.mac?.address.map { "\($0)" } }
            throw VMError(
                .notFound, "interface '\(name)' not found",
                remedy: all.isEmpty ? "it has no network card" : "it has: \(all.joined(separator: ", "))")
        }
        return index
    }

    // MARK: Memory

    /// How much of its memory the guest is to use: by its balloon while it runs.
    public func setMemory(
        _ key: String, bytes: UInt64, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        let size = ScaledSize.kibibytes(ScaledSize(bytes: bytes).kibibytes)
        func edit(_ domain: inout Domain) throws(VMError) {
            if let whole = domain.memory?.size, size > whole {
                throw VMError(
                    .invalidArgument, "invalid argument: cannot set memory higher than max memory",
                    remedy: "it is \(whole.kibibytes) KiB; raise it with 'vmctl setmaxmem'")
            }
            domain.currentMemory = domain.currentMemory ?? CurrentMemory()
            domain.currentMemory?.size = size
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            guard let balloon = session.domain.devices.memoryBalloon, balloon.model != MemoryBalloon.Model.none else {
                throw VMError(
                    .unsupported, "Unable to change memory of active domain without the balloon device",
                    remedy: "add <memballoon model='virtio'/>, or use --config")
            }
            let before = session.domain.currentMemory?.size ?? session.domain.memory?.size ?? size
            func call(_ size: ScaledSize) -> QMPCall { QMPCall("balloon", ["value": JSONValue(size.bytes)]) }
            try session.set(call(size), undo: call(before), edit)
        }
        if let change { try commit(change) }
    }

    /// How often the guest is asked for its use of memory.
    ///
    /// - Parameter period: Seconds; 0 never.
    public func setMemoryStatisticsPeriod(
        _ key: String, period: UInt32, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        func edit(_ domain: inout Domain) throws(VMError) {
            guard domain.devices.memoryBalloon.map({ $0.model != MemoryBalloon.Model.none }) == true else {
                throw VMError(
                    .unsupported,
                    "Requested operation is not valid: Memory balloon model must be virtio to gather "
                        + "memory statistics", remedy: "add <memballoon model='virtio'/>")
            }
            var statistics = MemoryBalloon.Statistics()
            statistics.period = period
            domain.devices.memoryBalloon?.stats = period > 0 ? statistics : nil
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            let balloon = session.domain.devices.memoryBalloon
            guard let alias = balloon?.alias?.name else { throw VMManager.notRunning }
            try session.set(
                MemoryBalloon.statisticsCall(alias, period),
                undo: MemoryBalloon.statisticsCall(alias, balloon?.stats?.period ?? 0), edit)
        }
        if let change { try commit(change) }
    }

    /// How much memory the machine has from its next start on.
    public func setMaximumMemory(_ key: String, bytes: UInt64, scope: ChangeScope) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        if live {
            throw VMError(
                .wrongState,
                "Requested operation is not valid: cannot resize the maximum memory on an active domain",
                remedy: "use --config; it counts from the next start on")
        }
        guard config else { return }
        let size = ScaledSize.kibibytes(ScaledSize(bytes: bytes).kibibytes)
        try commit(
            try prepareStored(machine) { domain throws(VMError) in
                domain.memory = domain.memory ?? Memory()
                domain.memory?.size = size
                if let current = domain.currentMemory?.size, current > size { domain.currentMemory?.size = size }
            })
    }

    // MARK: Disks

    /// Makes a running machine's disk larger or smaller.
    public func resizeBlock(
        _ key: String, disk: String, bytes: UInt64, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        guard try resolve(.live, machine).live else { return }
        let session = try LiveSession(self, machine, deadline: .after(timeout))
        let index = try VMManager.disk(disk, in: session.domain)
        let found = session.domain.devices.disks[index]
        guard let alias = found.alias?.name, let node = try session.drive(alias).node else {
            throw VMError(.wrongState, "disk '\(disk)' is empty")
        }
        if found.readonly { throw VMError(.wrongState, "disk '\(disk)' is read-only") }
        // What isn't a multiple of a sector can't be told to a guest.
        let size = (bytes + 511) / 512 * 512
        try session.run("block_resize", ["node-name": .string(node), "size": JSONValue(size)])
    }

    static func disk(_ name: String, in domain: Domain) throws(VMError) -> Int {
        let disks = domain.devices.disks
        let index = disks.firstIndex {
            $0.target?.dev == name || $0.source.file == name || $0.source.dev == name || $0.alias?.name == name
        }
        guard let index else {
            let near = NearMatch.best(for: name, among: disks.compactMap { $0.target?.dev })
            let all = disks.compactMap { $0.target?.dev }.joined(separator: ", ")
            throw VMError(
                .notFound, "invalid argument: disk '\(name)' was not found in the domain config",
                remedy: near.map { "did you mean '\($0)'?" } ?? "its disks are: \(all)")
        }
        return index
    }

    /// A disk's limits.
    public func blockLimits(_ key: String, disk: String, config: Bool = false) throws(VMError) -> IOTune {
        let machine = try find(key)
        var domain = config ? nil : try liveDomain(machine)
        if domain == nil { domain = try storedDomain(machine.name) }
        guard let domain else { throw VMManager.notRunning }
        return domain.devices.disks[try VMManager.disk(disk, in: domain)].iotune ?? IOTune()
    }

    /// Sets a disk's limits, all of them.
    public func setBlockLimits(
        _ key: String, disk: String, _ limits: IOTune, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        try limits.checkLimits()
        func edit(_ domain: inout Domain) throws(VMError) {
            let index = try VMManager.disk(disk, in: domain)
            domain.devices.disks[index].iotune = limits.isUnlimited ? nil : limits
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live {
            var session = try LiveSession(self, machine, deadline: .after(timeout))
            let found = session.domain.devices.disks[try VMManager.disk(disk, in: session.domain)]
            guard let alias = found.alias?.name else { throw VMManager.notRunning }
            let qdev = try session.drive(alias).qdev
            try session.set(
                limits.throttle(qdev, group: alias), undo: (found.iotune ?? IOTune()).throttle(qdev, group: alias),
                edit)
        }
        if let change { try commit(change) }
    }

    // MARK: Displays

    /// Sets the password of a display, and until when it holds: `never`, `now`, or a time such as
    /// `2027-01-01T00:00:00`.
    public func setDisplayPassword(
        _ key: String, _ password: String, type: Graphics.Kind = .vnc, validTo: String? = nil,
        timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        guard try resolve(.live, machine).live else { return }
        var session = try LiveSession(self, machine, deadline: .after(timeout))
        guard let index = session.domain.devices.graphics.firstIndex(where: { $0.type == type }) else {
            throw VMError(.notFound, "the machine has no display of type '\(type.rawValue)'")
        }
        if type == .vnc, password.utf8.count > 8 {
            throw VMError(.invalidArgument, "a VNC password has at most 8 characters")
        }
        let calls = try VMManager.passwordCalls(type, password, validTo: validTo)
        var next = session.domain
        next.devices.graphics[index].passwd = password
        next.devices.graphics[index].passwdValidTo = validTo
        try session.make(HotplugChange(steps: calls.map { .init($0) }, domain: next))
    }

    static func passwordCalls(
        _ type: Graphics.Kind, _ password: String, validTo: String?
    ) throws(VMError) -> [QMPCall] {
        let name: JSONValue = .string(type.rawValue)
        return [
            QMPCall("set_password", ["protocol": name, "password": .string(password)]),
            QMPCall("expire_password", ["protocol": name, "time": .string(try expiry(validTo))]),
        ]
    }

    /// A time as QEMU takes it: seconds since 1970.
    private static func expiry(_ text: String?) throws(VMError) -> String {
        guard let text, text != "never" else { return "never" }
        if text == "now" || UInt64(text) != nil { return text }
        let numbers = text.split { "-T:".contains($0) }.compactMap { Int32($0) }
        guard numbers.count == 6, text.count == 19 else {
            throw VMError(
                .invalidArgument, "'\(text)' is no time", remedy: "write it like 2027-01-01T00:00:00, in UTC")
        }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] &- 1900, numbers[1] &- 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        return String(timegm(&parts))
    }
}

extension IOTune {
    /// All limits in libvirt's order, by the names of its parameters.
    public static let parameters: [(name: String, path: any WritableKeyPath<IOTune, UInt64?> & Sendable)] = [
        ("total_bytes_sec", \.totalBytesSec), ("read_bytes_sec", \.readBytesSec),
        ("write_bytes_sec", \.writeBytesSec), ("total_iops_sec", \.totalIopsSec),
        ("read_iops_sec", \.readIopsSec), ("write_iops_sec", \.writeIopsSec),
        ("total_bytes_sec_max", \.totalBytesSecMax), ("read_bytes_sec_max", \.readBytesSecMax),
        ("write_bytes_sec_max", \.writeBytesSecMax), ("total_iops_sec_max", \.totalIopsSecMax),
        ("read_iops_sec_max", \.readIopsSecMax), ("write_iops_sec_max", \.writeIopsSecMax),
        ("size_iops_sec", \.sizeIopsSec),
        ("total_bytes_sec_max_length", \.totalBytesSecMaxLength),
        ("read_bytes_sec_max_length", \.readBytesSecMaxLength),
        ("write_bytes_sec_max_length", \.writeBytesSecMaxLength),
        ("total_iops_sec_max_length", \.totalIopsSecMaxLength),
        ("read_iops_sec_max_length", \.readIopsSecMaxLength),
        ("write_iops_sec_max_length", \.writeIopsSecMaxLength),
    ]

    var isUnlimited: Bool { IOTune.parameters.allSatisfy { self[keyPath: $0.path] ?? 0 == 0 } }

    func checkLimits() throws(VMError) {
        func both(_ total: UInt64?, _ read: UInt64?, _ write: UInt64?, _ what: String) throws(VMError) {
            if total ?? 0 > 0, (read ?? 0) > 0 || (write ?? 0) > 0 {
                throw VMError(
                    .invalidArgument,
                    "invalid argument: total and read/write of \(what) cannot be set at the same time")
            }
        }
        try both(totalBytesSec, readBytesSec, writeBytesSec, "bytes_sec")
        try both(totalIopsSec, readIopsSec, writeIopsSec, "iops_sec")
        try both(totalBytesSecMax, readBytesSecMax, writeBytesSecMax, "bytes_sec_max")
        try both(totalIopsSecMax, readIopsSecMax, writeIopsSecMax, "iops_sec_max")
    }

    /// The command that sets all of them for a drive.
    func throttle(_ qdev: String, group: String) -> QMPCall {
        func number(_ value: UInt64?) -> JSONValue { JSONValue(value ?? 0) }
        var arguments: JSONObject = [
            "id": .string(qdev), "bps": number(totalBytesSec), "bps_rd": number(readBytesSec),
            "bps_wr": number(writeBytesSec), "iops": number(totalIopsSec), "iops_rd": number(readIopsSec),
            "iops_wr": number(writeIopsSec),
        ]
        let more: [(String, UInt64?)] = [
            ("bps_max", totalBytesSecMax), ("bps_rd_max", readBytesSecMax), ("bps_wr_max", writeBytesSecMax),
            ("iops_max", totalIopsSecMax), ("iops_rd_max", readIopsSecMax), ("iops_wr_max", writeIopsSecMax),
            ("bps_max_length", totalBytesSecMaxLength), ("bps_rd_max_length", readBytesSecMaxLength),
            ("bps_wr_max_length", writeBytesSecMaxLength), ("iops_max_length", totalIopsSecMaxLength),
            ("iops_rd_max_length", readIopsSecMaxLength), ("iops_wr_max_length", writeIopsSecMaxLength),
            ("iops_size", sizeIopsSec),
        ]
        for (name, value) in more where value ?? 0 > 0 { arguments[name] = number(value) }
        if !isUnlimited { arguments["group"] = .string(groupName ?? "drive-" + group) }
        return QMPCall("block_set_io_throttle", arguments)
    }
}
