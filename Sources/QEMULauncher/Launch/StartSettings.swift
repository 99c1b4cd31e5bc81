internal import Glibc
public import VMCore
public import VMDomain
internal import VMJSON
internal import VMXML

extension Domain {
    /// What a machine is told when it has started and before its CPUs run, because no option says it.
    ///
    /// - Parameter isRestored: its state was read from a file, which holds what the guest made of its balloon.
    public func settings(isRestored: Bool) throws(VMError) -> [QMPCall] {
        var calls: [QMPCall] = []
        for disk in devices.disks {
            guard let tune = disk.iotune, !tune.isUnlimited, let alias = disk.alias?.name, disk.target?.bus != .sd
            else { continue }
            // An empty drive has nothing that could be limited.
            if disk.source.isEmpty { continue }
            calls.append(tune.throttle(alias, group: alias))
        }
        for card in devices.interfaces where card.link?.state == .down {
            guard let alias = card.alias?.name else { continue }
            calls.append(QMPCall("set_link", ["name": .string(alias), "up": false]))
        }
        for display in devices.graphics where display.type == .vnc || display.type == .spice {
            guard let password = display.passwd else { continue }
            calls += try DisplayPassword.calls(
                display.type, password, validTo: display.passwdValidTo, connected: display.connected?.rawValue)
        }
        if let period = devices.memoryBalloon?.stats?.period, period > 0, let alias = devices.memoryBalloon?.alias?.name
        {
            calls.append(MemoryBalloon.statisticsCall(alias, period))
        }
        let hasBalloon = devices.memoryBalloon.map { $0.model != MemoryBalloon.Model.none } ?? false
        if !isRestored, hasBalloon, let current = currentMemory?.size, let whole = memory?.size, current < whole {
            calls.append(QMPCall("balloon", ["value": JSONValue(current.bytes)]))
        }
        return calls
    }
}

extension MemoryBalloon {
    /// How often the guest is asked for its use of memory: every so many seconds; never with 0.
    public static func statisticsCall(_ alias: String, _ period: UInt32) -> QMPCall {
        QMPCall(
            "qom-set",
            [
                "path": .string("/machine/peripheral/\(alias)"), "property": "guest-stats-polling-interval",
                "value": JSONValue(UInt64(period)),
            ])
    }
}

/// The password of a display.
public enum DisplayPassword {
    /// The commands that set it.
    ///
    /// - Parameters:
    ///   - validTo: until when it holds: `never`, `now`, seconds since 1970, or a time such as
    ///     `2027-01-01T00:00:00` in UTC; nil is never.
    ///   - connected: what becomes of clients that are connected: `keep`, `disconnect` or `fail`; SPICE alone knows it.
    /// - Throws: `invalid-argument` for what is no time.
    public static func calls(
        _ type: Graphics.Kind, _ password: String, validTo: String?, connected: String? = nil
    ) throws(VMError) -> [QMPCall] {
        let name: JSONValue = .string(type.rawValue)
        var words: JSONObject = ["protocol": name, "password": .string(password)]
        if type == .spice { words["connected"] = connected.map { .string($0) } }
        return [
            QMPCall("set_password", words),
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
