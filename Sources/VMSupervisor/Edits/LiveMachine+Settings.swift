internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Settings of the machine: link, memory, limits, policies, passwords.
extension LiveMachine {
    func setLink(_ name: String, _ isUp: Bool, _ edit: DomainEdit) throws(VMError) {
        let card = domain.devices.interfaces[try domain.interface(name)]
        guard let alias = card.alias?.name else { throw Self.notRunning }
        let wasUp = card.link?.state != .down
        func call(_ up: Bool) -> QMPCall { QMPCall("set_link", ["name": .string(alias), "up": .bool(up)]) }
        try set(call(isUp), undo: call(wasUp), edit)
    }

    func setMemory(_ bytes: UInt64, _ edit: DomainEdit) throws(VMError) {
        guard domain.hasBalloon else {
            throw VMError(
                .unsupported, "Unable to change memory of active domain without the balloon device",
                remedy: "add <memballoon model='virtio'/>, or use \(option: "config")")
        }
        let size = ScaledSize.kibibytes(ScaledSize(bytes: bytes).kibibytes)
        let before = domain.currentMemory?.size ?? domain.memory?.size ?? size
        func call(_ size: ScaledSize) -> QMPCall { QMPCall("balloon", ["value": JSONValue(size.bytes)]) }
        try set(call(size), undo: call(before), edit)
    }

    func setMemoryStatisticsPeriod(_ seconds: UInt32, _ edit: DomainEdit) throws(VMError) {
        var checked = domain
        try edit.apply(to: &checked)
        let balloon = domain.devices.memoryBalloon
        guard let alias = balloon?.alias?.name else { throw Self.notRunning }
        try set(
            MemoryBalloon.statisticsCall(alias, seconds),
            undo: MemoryBalloon.statisticsCall(alias, balloon?.stats?.period ?? 0), edit)
    }

    func setBlockLimits(_ name: String, _ limits: IOTune, _ edit: DomainEdit) throws(VMError) {
        try limits.checkLimits()
        let disk = domain.devices.disks[try domain.disk(name)]
        guard let alias = disk.alias?.name else { throw Self.notRunning }
        let qdev = try drive(alias).qdev
        try set(
            limits.throttle(qdev, group: alias), undo: (disk.iotune ?? IOTune()).throttle(qdev, group: alias), edit)
    }

    /// QEMU itself reboots, or says that it would and leaves the rest to the supervisor.
    func setLifecycleAction(_ edit: DomainEdit) throws(VMError) {
        var next = domain
        try edit.apply(to: &next)
        func call(_ domain: Domain) -> QMPCall {
            QMPCall("set-action", ["reboot": LifeCyclePolicy(domain).onReboot == .restart ? "reset" : "shutdown"])
        }
        try make(HotplugChange(steps: [.init(call(next), undo: call(domain))], domain: next))
    }

    func setDisplayPassword(
        _ type: Graphics.Kind, _ password: String, _ validTo: String?, _ edit: DomainEdit
    ) throws(VMError) {
        var next = domain
        try edit.apply(to: &next)
        let calls = try DisplayPassword.calls(type, password, validTo: validTo)
        try make(HotplugChange(steps: calls.map { .init($0) }, domain: next))
    }

    // MARK: Threads for I/O

    func addIOThread(_ number: UInt32, _ edit: DomainEdit) throws(VMError) {
        var next = domain
        try edit.apply(to: &next)
        let thread = try next.ioThread(number)
        try make(HotplugChange(steps: [Hotplug.addition(of: thread)], domain: next))
        try limitNewThreads()
    }

    func removeIOThread(_ number: UInt32, _ edit: DomainEdit) throws(VMError) {
        let addition = Hotplug.addition(of: try domain.ioThread(number))
        var next = domain
        try edit.apply(to: &next)
        guard let removal = addition.undo else { return }
        try make(HotplugChange(steps: [.init(removal, undo: addition.call)], domain: next))
    }

    /// Sets one property after the other; each is taken back to what QEMU has now.
    func setIOThread(_ number: UInt32, _ settings: IOThreadSettings, _ edit: DomainEdit) throws(VMError) {
        var next = domain
        try edit.apply(to: &next)
        var steps: [HotplugChange.Step] = []
        for (name, value) in settings.properties {
            let place: JSONObject = ["path": .string("/objects/iothread\(number)"), "property": .string(name)]
            let before = try run("qom-get", place)
            func call(_ value: JSONValue) -> QMPCall { QMPCall("qom-set", place.merging(["value": value])) }
            steps.append(.init(call(JSONValue(value)), undo: call(before)))
        }
        // QEMU keeps the least below the most at every step: where both grow the most goes first.
        if let least = settings.threadPoolMin, settings.threadPoolMax != nil, let last = steps.last,
            let before = last.undo?.arguments["value"]?.uint64, UInt64(least) > before
        {
            steps.removeLast()
            steps.insert(last, at: 0)
        }
        try make(HotplugChange(steps: steps, domain: next))
    }
}
