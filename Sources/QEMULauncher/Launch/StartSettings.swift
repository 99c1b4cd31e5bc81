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
        var calls = devices.disks.flatMap(\.settings) + devices.interfaces.flatMap(\.settings)
        for display in devices.graphics where display.type == .vnc || display.type == .spice {
            guard let password = display.passwd else { continue }
            calls += try DisplayPassword.calls(
                display.type, password, validTo: display.passwdValidTo, connected: display.connected?.rawValue)
        }
        calls += devices.memoryBalloon?.settings ?? []
        let hasBalloon = devices.memoryBalloon.map { $0.model != MemoryBalloon.Model.none } ?? false
        if !isRestored, hasBalloon, let current = currentMemory?.size, let whole = memory?.size, current < whole {
            calls.append(QMPCall("balloon", ["value": JSONValue(current.bytes)]))
        }
        return calls
    }
}

// What QEMU is told of a device when it is there.

extension Disk {
    var settings: [QMPCall] {
        // An empty drive has nothing that could be limited or counted.
        guard let alias = alias?.name, !source.isEmpty, target?.bus != .sd else { return [] }
        var calls: [QMPCall] = []
        if let iotune, !iotune.isUnlimited { calls.append(iotune.throttle(alias, group: alias)) }
        return calls + histograms(alias)
    }

    /// Has QEMU count how long the disk's requests take.
    private func histograms(_ alias: String) -> [QMPCall] {
        (driver?.statistics.histograms ?? []).map { histogram in
            let key =
                switch histogram.type ?? .all {
                case .all: "boundaries"
                case .read: "boundaries-read"
                case .write: "boundaries-write"
                case .zone: "boundaries-zap"
                case .flush: "boundaries-flush"
                }
            // The first bin begins with 0 whether it is told or not.
            let starts = histogram.bins.compactMap(\.start).filter { $0 > 0 }
            return QMPCall(
                "block-latency-histogram-set",
                ["id": .string(alias), key: .array(starts.map { JSONValue($0) })])
        }
    }
}

extension Interface {
    var settings: [QMPCall] {
        guard let alias = alias?.name, link?.state == .down else { return [] }
        return [QMPCall("set_link", ["name": .string(alias), "up": false])]
    }
}

extension MemoryBalloon {
    var settings: [QMPCall] {
        guard let period = stats?.period, period > 0, let alias = alias?.name else { return [] }
        return [MemoryBalloon.statisticsCall(alias, period)]
    }

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
