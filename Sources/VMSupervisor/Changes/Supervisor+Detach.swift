internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Devices that leave. The guest decides when: whoever asked may be gone by then, and so may the supervisor.
extension Supervisor {
    /// Asks the guest, by `device_del`, to release a device, and waits for it until the deadline.
    ///
    /// - Parameter leftovers: what is to be cleared away when it has left.
    func detach(
        _ name: String, _ leftovers: [QMPCall], _ deadline: Deadline,
        _ finish: @escaping (Result<Void, VMError>) -> Void
    ) {
        guard let link else { return finish(.failure(VMError(.connection, "QEMU's monitor is closed"))) }
        var removals = Removals(folder)
        let wasAsked = removals.names.contains(name)
        do throws(VMError) {
            try removals.add(name, leftovers)
        } catch {
            return finish(.failure(error))
        }
        Failpoint.reached("detach.journal")
        wait(for: name, deadline, finish)
        link.execute("device_del", ["id": .string(name)], deadline: deadline) { [unowned self] result in
            Failpoint.reached("detach.asked")
            guard case .failure(let error) = result, error.code != .timeout, error.code != .connection else { return }
            isThere(name) { [unowned self] isThere in
                if !isThere { return deviceLeft(name) }
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
        jobEvent(name, data)
        guard let device = data["device"]?.string, !device.isEmpty else { return }
        switch name {
        case "DEVICE_DELETED": deviceLeft(device)
        case "DEVICE_UNPLUG_GUEST_ERROR", "MEM_UNPLUG_ERROR":
            let text = data["msg"]?.string.map { ": " + $0 } ?? ""
            answer(device, .failure(VMError(.busy, "the guest refused to release device '\(device)'\(text)")))
        default: return
        }
    }

    /// A device is gone: it leaves the live definition, then what stood behind it is cleared away.
    private func deviceLeft(_ name: String) {
        Failpoint.reached("detach.left")
        removeFromDefinition(name)
        if changes.isBusy { changes.departed.append(name) }
        Failpoint.reached("detach.published")
        let leftovers = Removals(folder).leftovers(of: name)
        clear(leftovers[...]) { [unowned self] in
            var removals = Removals(folder)
            removals.forget(name)
            answer(name, .success(()))
        }
    }

    private func clear(_ calls: ArraySlice<QMPCall>, attempt: Int = 1, _ finish: @escaping () -> Void) {
        guard let call = calls.first, let link, !link.hasEnded else { return finish() }
        link.execute(call.command, call.arguments, deadline: .after(.seconds(5))) { [unowned self] result in
            if case .failure(let error) = result, error.code == .monitor, attempt < 40 {
                // A device that can't be found any more may still hold on to what stands behind it for a moment.
                reactor.schedule(at: .after(.milliseconds(25))) { [unowned self] in
                    clear(calls, attempt: attempt + 1, finish)
                }
                return
            }
            switch result {
            case .success(let value): noteTerminal(call, value)
            case .failure(let error): log.note("clearing a device away: \(error)")
            }
            Failpoint.reached("detach.cleared")
            clear(calls.dropFirst(), finish)
        }
    }

    /// A device that the guest was asked for by another supervisor.
    func checkWhetherGone(_ name: String) {
        isThere(name) { [unowned self] isThere in
            if !isThere { deviceLeft(name) }
        }
    }
}

/// The file of devices that were asked for, so that what stands behind them is cleared away whenever they leave.
struct Removals {
    private let path: String
    private var entries: JSONObject

    init(_ folder: RuntimeFolder) {
        path = folder.removals
        entries = (try? Files.read(path, limit: 16 << 20)).flatMap { try? JSONParser.parse($0) }?.object ?? [:]
    }

    var names: [String] { Array(entries.keys) }

    func leftovers(of name: String) -> [QMPCall] { (entries[name]?.array ?? []).compactMap { QMPCall(json: $0) } }

    mutating func add(_ name: String, _ leftovers: [QMPCall]) throws(VMError) {
        entries[name] = .array(leftovers.map { .object($0.json) })
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
