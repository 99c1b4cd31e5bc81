internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON

extension Domain {
    /// What a machine is told when it has started and before its CPUs run, because no option says it.
    ///
    /// - Parameter isRestored: its state was read from a file, which holds what the guest made of its balloon.
    func settings(isRestored: Bool) throws(VMError) -> [QMPCall] {
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
            calls += try VMManager.passwordCalls(display.type, password, validTo: display.passwdValidTo)
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

    /// The processors that were plugged in while the machine ran.
    var pluggedProcessors: [Int] {
        vcpus.filter { $0.hotpluggable == .yes && $0.enabled == .yes }.compactMap { $0.id.map { Int($0) } }
    }
}

extension MemoryBalloon {
    /// How often the guest is asked for its use of memory: every so many seconds; never with 0.
    static func statisticsCall(_ alias: String, _ period: UInt32) -> QMPCall {
        QMPCall(
            "qom-set",
            [
                "path": .string("/machine/peripheral/\(alias)"), "property": "guest-stats-polling-interval",
                "value": JSONValue(UInt64(period)),
            ])
    }
}
