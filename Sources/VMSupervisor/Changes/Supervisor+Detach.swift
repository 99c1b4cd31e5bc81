internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Devices that leave. The guest decides when: the client that asked may be gone by then, and so may the supervisor.
extension Supervisor {
    /// Asks the guest, by `device_del`, to release a device, and waits for it until the deadline.
    ///
    /// - Parameter leftovers: what is to be cleared away when it has left.
    func detach(
        _ name: String, _ leftovers: [QMPCall], _ completion: CompletedChange?, _ deadline: Deadline,
        _ finish: @escaping (Result<Void, VMError>) -> Void
    ) {
        guard let link else { return finish(.failure(VMError(.connection, "QEMU's monitor is closed"))) }
        var removals = Removals(folder)
        let wasAsked = removals.names.contains(name)
        changes.vanished[name] = nil
        do throws(VMError) {
            try removals.add(name, leftovers, completion)
        } catch {
            return finish(.failure(error))
        }
        Failpoint.reached("detach.journal")
        wait(for: name, deadline, finish)
        watchRemovals()
        link.execute("device_del", ["id": .string(name)], deadline: deadline) { [unowned self] result in
            Failpoint.reached("detach.asked")
            guard case .failure(let error) = result, error.code != .timeout, error.code != .connection else { return }
            isGone(name) { [unowned self] isGone in
                if isGone { return deviceLeft(name) }
                // QEMU wants no second request while it waits for the guest.
                if wasAsked { return }
                var removals = Removals(folder)
                removals.forget(name)
                answer(name, .failure(error))
            }
        }
    }

    private func wait(
        for name: String, _ deadline: Deadline, _ finish: @escaping (Result<Void, VMError>) -> Void
    ) {
        var isDone = false
        let timer = reactor.schedule(at: deadline) { [unowned self] in
            isDone = true
            let isSilent = published.notAnsweringSince != nil
            finish(
                .failure(
                    isSilent
                        ? VMError(.timeout, "QEMU did not answer 'device_del' in time")
                        : VMError(
                            .timeout, "the guest has not released device '\(name)'",
                            remedy: "a guest that hasn't booted, or has no driver, can't; it may still do so later")))
        }
        changes.leavers[name, default: []].append { [unowned self] result in
            guard !isDone else { return }
            isDone = true
            reactor.cancel(timer)
            finish(result)
        }
    }

    private func answer(_ name: String, _ result: Result<Void, VMError>) {
        for leaver in changes.leavers.removeValue(forKey: name) ?? [] { leaver(result) }
    }

    // MARK: What QEMU tells

    /// Events about devices that leave, or don't.
    func deviceEvent(_ name: String, _ data: JSONValue) {
        switch name {
        case "DEVICE_DELETED":
            let pending = Removals(folder)
            guard let device = data["device"]?.string, !device.isEmpty else {
                // A part of a device, or of a processor that goes without a word of its own.
                if pending.names.isEmpty { seekDepartures() } else { watchRemovals() }
                return
            }
            if pending.names.contains(device) { return deviceLeft(device) }
            // No machine has so many, nor with such names: a guest may have its QEMU say anything.
            guard changes.announced.count < 4096, device.utf8.count <= 256 else { return seekDepartures() }
            changes.announced.insert(device)
            Failpoint.reached("departure.seen")
            seekDepartures()
        case "RESET":
            // It takes out what was to leave, sometimes without a word.
            seekDepartures()
        case "DEVICE_UNPLUG_GUEST_ERROR", "MEM_UNPLUG_ERROR":
            guard let device = data["device"]?.string, !device.isEmpty else { return }
            let text = data["msg"]?.string.map { ": " + $0 } ?? ""
            answer(device, .failure(VMError(.busy, "the guest refused to release device '\(device)'\(text)")))
        default: return
        }
    }

    /// A device is gone: it leaves the live definition, then what stood behind it is cleared away.
    func deviceLeft(_ name: String, then next: (() -> Void)? = nil) {
        Failpoint.reached("detach.left")
        changes.vanished[name] = nil
        let ofHost = hostDevices(of: name)
        removeFromDefinition(name)
        // A change that waits for this takes the new definition over; any other was planned from an older one.
        if changes.isBusy, next == nil, changes.leavers[name] == nil { changes.departed.append(name) }
        Failpoint.reached("detach.published")
        helperIsNotNeeded(of: name)
        let leftovers = Removals(folder).leftovers(of: name)
        clear(leftovers[...]) { [unowned self] in
            dismissHelper(of: name)
            giveBack(ofHost)
            var removals = Removals(folder)
            removals.completion(of: name)?.write(to: folder)
            removals.forget(name)
            answer(name, .success(()))
            next?()
        }
    }

    func clear(_ calls: ArraySlice<QMPCall>, attempt: Int = 1, _ finish: @escaping () -> Void) {
        guard let call = calls.first, let link, !link.hasEnded else { return finish() }
        link.execute(call.command, call.arguments, deadline: .after(.seconds(5))) { [unowned self] result in
            switch result {
            case .success(let value): noteTerminal(call, value)
            case .failure(let error):
                if error.code == .monitor, attempt < 40, let question = Survivor(of: call) {
                    return clearAgain(calls, attempt, question, error, finish)
                }
                log.note("clearing a device away: \(error)")
            }
            Failpoint.reached("detach.cleared")
            clear(calls.dropFirst(), finish)
        }
    }

    /// A device that can't be found any more may still hold on to what was behind it for a moment. What QEMU has refused to
    /// take away and has no longer is somebody else's doing, and as good.
    private func clearAgain(
        _ calls: ArraySlice<QMPCall>, _ attempt: Int, _ survivor: Survivor, _ error: VMError,
        _ finish: @escaping () -> Void
    ) {
        link?.execute(survivor.question, survivor.arguments, deadline: .after(.seconds(5))) { [unowned self] result in
            guard case .success(let answer) = result, survivor.isIn(answer) else {
                log.note("clearing a device away: \(error)")
                return clear(calls.dropFirst(), finish)
            }
            reactor.schedule(at: .after(.milliseconds(25))) { [unowned self] in
                clear(calls, attempt: attempt + 1, finish)
            }
        }
    }

    /// A client asks again for a device that another supervisor was to take out: waits for what becomes of it.
    ///
    /// - Returns: false when no device is waited for on behalf of that change.
    func awaitRemoval(_ id: String, _ deadline: Deadline, _ reply: @escaping Reply) -> Bool {
        let removals = Removals(folder)
        guard let name = removals.names.first(where: { removals.completion(of: $0)?.id == id }),
            let completion = removals.completion(of: name)
        else { return false }
        // The one before may have been killed before it asked the guest.
        detach(name, removals.leftovers(of: name), completion, deadline) { result in
            reply(result.map { .edited(completion.outcome) })
        }
        return true
    }

    /// Looks now and then whether the devices have left that were asked to, as long as there are some: not all of them
    /// tell, and another supervisor may have asked.
    func watchRemovals(after pause: Duration = .milliseconds(30)) {
        reactor.cancel(removalTimer)
        lookAfterRemovals(after: pause)
    }

    private func lookAfterRemovals(after pause: Duration) {
        removalTimer = reactor.schedule(at: .after(pause)) { [unowned self] in
            removalTimer = nil
            let names = Removals(folder).names
            guard !names.isEmpty, let link, !link.hasEnded else { return }
            // A QEMU that doesn't answer is asked when it does again.
            if published.notAnsweringSince == nil { for name in names { checkWhetherGone(name) } }
            lookAfterRemovals(after: min(pause * 2, .seconds(5)))
        }
    }

    private func checkWhetherGone(_ name: String) {
        isGone(name) { [unowned self] isGone in
            guard isGone, Removals(folder).names.contains(name) else {
                changes.vanished[name] = nil
                return
            }
            // QEMU tells of most a moment later than they are gone from its list.
            guard let since = changes.vanished[name] else {
                changes.vanished[name] = .now
                return watchRemovals(after: Self.eventPatience)
            }
            guard since.advanced(by: Self.eventPatience).hasPassed else { return }
            // It didn't tell, or told when nobody listened.
            record(.deviceRemoved(alias: name))
            deviceLeft(name)
        }
    }

    /// How long the event of a device is waited for that is gone.
    private static let eventPatience = Duration.milliseconds(300)
}

/// The file of devices that were asked for, so that what stands behind them is cleared away whenever they leave.
struct Removals {
    private let path: String
    private var entries: JSONObject

    init(_ folder: RuntimeFolder) {
        path = folder.removals
        entries = (try? OwnFiles.read(path, limit: 16 << 20)).flatMap { try? JSONParser.parse($0) }?.object ?? [:]
    }

    var names: [String] { Array(entries.keys) }

    func leftovers(of name: String) -> [QMPCall] {
        // A supervisor of an older version wrote the list alone.
        let list = entries[name]?["leftovers"]?.array ?? entries[name]?.array
        return (list ?? []).compactMap { QMPCall(json: $0) }
    }

    /// The client's change that is made when the device has left.
    func completion(of name: String) -> CompletedChange? {
        entries[name]?["completion"].flatMap { CompletedChange(json: $0) }
    }

    mutating func add(
        _ name: String, _ leftovers: [QMPCall], _ completion: CompletedChange?
    ) throws(VMError) {
        var entry: JSONObject = ["leftovers": .array(leftovers.map { .object($0.json) })]
        entry["completion"] = completion.map { .object($0.json) }
        entries[name] = .object(entry)
        try Files.write(Array(entries.description.utf8), to: path, durable: false)
    }

    mutating func forget(_ name: String) {
        guard entries[name] != nil else { return }
        entries[name] = nil
        if entries.isEmpty {
            unlink(path)
        } else {
            try? Files.write(Array(entries.description.utf8), to: path, durable: false)
        }
    }
}

/// What QEMU was to take away and perhaps hasn't: how it is asked whether that is still there.
private struct Survivor {
    let question: String
    let arguments: JSONObject
    private let member: String
    private let name: String

    /// - Returns: nil for what QEMU takes away at once or never, such as a netdev.
    init?(of call: QMPCall) {
        func name(_ key: String) -> String? { call.arguments[key]?.string }
        switch call.command {
        case "blockdev-del":
            (question, arguments, member) = ("query-named-block-nodes", ["flat": true], "node-name")
            self.name = name("node-name") ?? ""
        case "object-del":
            (question, arguments, member) = ("qom-list", ["path": "/objects"], "name")
            self.name = name("id") ?? ""
        case "chardev-remove":
            (question, arguments, member) = ("query-chardev", [:], "label")
            self.name = name("id") ?? ""
        default: return nil
        }
    }

    func isIn(_ answer: JSONValue) -> Bool { answer.array?.contains { $0[member]?.string == name } ?? false }
}
