internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Changes of the running machine. The steps are written down before the first command, and the live definition is
/// replaced after the last: a supervisor that takes over finds out from QEMU which of both is so.
extension Supervisor {
    /// Begins a change, which runs on a thread of its own: it may read files and wait for the guest.
    func change(_ order: Order) {
        guard hasMonitor(order.reply) else { return }
        guard changes.unsettled == nil else {
            return order.reply(
                .failure(
                    VMError(
                        .timeout, "QEMU has not finished an earlier change of domain '\(plan.name)'",
                        remedy: "it may hang; try again when it answers")))
        }
        guard !order.deadline.hasPassed else {
            return order.reply(.failure(VMError(.timeout, "an earlier change of domain '\(plan.name)' took too long")))
        }
        // The answer comes by the deadline even if the thread is held up, by a server of files for example.
        var isAnswered = false
        let timer = reactor.schedule(at: order.deadline.advanced(by: .milliseconds(1500))) { [unowned self] in
            isAnswered = true
            order.reply(
                .failure(VMError(.timeout, "the change of domain '\(plan.name)' has not finished in time")))
        }
        let call = order.call
        do throws(VMError) { try checkIdle(call.request) } catch {
            reactor.cancel(timer)
            return order.reply(.failure(error))
        }
        if let id = call.id, let done = CompletedChange.read(folder), done.id == id {
            reactor.cancel(timer)
            return order.reply(.success(.edited(done.outcome)))
        }
        if call.isRepeated, let id = call.id, awaitRemoval(id, order.deadline, order.reply) {
            return reactor.cancel(timer)
        }
        beginChange(
            until: order.deadline, { machine throws(VMError) in try machine.carryOut(call) }
        ) { [unowned self] result in
            reactor.cancel(timer)
            if case .success = result, case .edit(let edit) = call.request { record(edit.event(in: .live)) }
            if !isAnswered { order.reply(result) }
        }
    }

    /// Tells of another medium in a drive.
    func recordMedia(_ target: String, before: String?, after: String?) {
        let disk = live?.devices.disks.first { $0.target?.dev == target }
        record(
            .diskChange(
                .init(target: target, alias: disk?.alias?.name, before: before, after: after, reason: .media)))
    }

    /// Runs a change's body on its thread, with the live definition of now.
    func beginChange(
        until deadline: Deadline, _ body: @escaping @Sendable (LiveMachine) throws(VMError) -> SupervisorReply,
        _ finish: @escaping (Result<SupervisorReply, VMError>) -> Void
    ) {
        changes.isBusy = true
        // It begins with the definition of now, in which they aren't any more.
        changes.departed = []
        do throws(VMError) {
            let machine = LiveMachine(
                plan: plan, qemu: published.qemu, domain: try definition(), deadline: deadline,
                port: SupervisorPort(self, mailbox))
            let outcome = Handoff<Result<SupervisorReply, VMError>>()
            changeWork = try DiskWork(reactor) { () throws(VMError) in
                outcome.fulfil(Result { () throws(VMError) in try body(machine) })
            } then: { [unowned self] _ in
                changeWork = nil
                let result = outcome.wait(until: .now) ?? .failure(VMError(.internalError, "the change is lost"))
                finish(result)
                changeEnded()
                releaseSoon()
            }
        } catch {
            finish(.failure(error))
            changeEnded()
        }
    }

    // MARK: Doing

    /// Makes one change, all or nothing, for the thread of the change that runs.
    func make(
        _ record: ChangeRecord, _ files: DescriptorBox, _ deadline: Deadline,
        _ finish: @escaping (Result<Void, VMError>) -> Void
    ) {
        do throws(VMError) {
            try Files.write(Array(record.json.description.utf8), to: folder.change, durable: false)
        } catch {
            return finish(.failure(error))
        }
        Failpoint.reached("change.journal")
        step(record, 0, files, deadline, finish)
    }

    private func step(
        _ record: ChangeRecord, _ index: Int, _ files: DescriptorBox, _ deadline: Deadline,
        _ finish: @escaping (Result<Void, VMError>) -> Void
    ) {
        guard record.steps.indices.contains(index) else { return finish(publishChange(record)) }
        let call = record.steps[index].call
        guard let link else { return finish(.failure(VMError(.connection, "QEMU's monitor is closed"))) }
        let carried = ["getfd", "add-fd"].contains(call.command) ? files.take() : []
        link.execute(call.command, call.arguments, descriptors: carried, deadline: deadline) { [unowned self] result in
            Failpoint.reached("change.step.\(index)")
            switch Self.judged(result, of: call) {
            case .success(let value):
                noteTerminal(call, value)
                awaitConnection(of: call) { [unowned self] in step(record, index + 1, files, deadline, finish) }
            case .failure(let error):
                if error.code == .timeout || error.code == .connection {
                    // What became of it will be known when QEMU answers again.
                    changes.unsettled = record
                    return finish(.failure(error))
                }
                undo(record.steps[..<index]) { [unowned self] in
                    unlink(folder.change)
                    finish(.failure(error))
                }
            }
        }
    }

    /// What became of a command, where QEMU may answer with a text that says that nothing did.
    private static func judged(_ result: Result<JSONValue, VMError>, of call: QMPCall) -> Result<JSONValue, VMError> {
        result.flatMap { value in call.problem(in: value).map { .failure($0) } ?? .success(value) }
    }

    /// A network backend of type `stream` connects to its program after the command has been answered. Until it has, QEMU
    /// (7.2 was seen to) crashes when the backend is taken away again.
    private func awaitConnection(of call: QMPCall, _ next: @escaping () -> Void) {
        guard call.command == "netdev_add", call.arguments["type"] == "stream", call.arguments["server"] != true,
            let id = call.arguments["id"]
        else { return next() }
        let number = UInt64.random(in: 0...(.max))
        let timer = reactor.schedule(at: .after(.seconds(1))) { [unowned self] in
            eventTaps[number] = nil
            next()
        }
        eventTaps[number] = (
            "NETDEV_STREAM_CONNECTED",
            { [unowned self] data in
                guard data["netdev-id"] == id, eventTaps.removeValue(forKey: number) != nil else { return }
                reactor.cancel(timer)
                next()
            }
        )
    }

    /// A pseudo terminal has come or gone.
    func noteTerminal(_ call: QMPCall, _ value: JSONValue) {
        guard call.command.hasPrefix("chardev-"), let id = call.arguments["id"]?.string else { return }
        let before = published.terminals
        published.terminals.removeAll { $0.chardev == id }
        if call.command == "chardev-add", let path = value["pty"]?.string, PseudoTerminal.isName(path) {
            published.terminals.append(.init(chardev: id, path: path))
        }
        if published.terminals != before { publish() }
    }

    private func publishChange(_ record: ChangeRecord) -> Result<Void, VMError> {
        Failpoint.reached("change.done")
        do throws(VMError) {
            var domain = record.domain
            if domain == nil {
                domain = try Domain.read(Array(record.xml.utf8), file: folder.change, options: .lenient).checked()
            }
            guard var domain else { return .success(()) }
            domain.fill(from: published, channels: folder.sockets)
            try setDefinition(domain)
            // Not of a processor, which is no device to libvirt.
            if let device = record.device, DevicePlace(alias: device, in: domain) != nil {
                self.record(.deviceAdded(alias: device))
            }
        } catch {
            log.note("cannot write the live definition: \(error)")
            changes.unsettled = record
            return .failure(error)
        }
        record.completion?.write(to: folder)
        Failpoint.reached("change.published")
        unlink(folder.change)
        let departed = changes.departed
        changes.departed = []
        for name in departed { removeFromDefinition(name) }
        // The policies, or a disk's file, may be others now.
        readPolicy()
        spaceMayBeWanted()
        return .success(())
    }

    /// Takes steps back, the last first. What isn't there any more needs no taking back.
    private func undo(_ steps: ArraySlice<ChangeRecord.Step>, _ finish: @escaping () -> Void) {
        guard let last = steps.last, let link, !link.hasEnded else { return finish() }
        let rest = steps.dropLast()
        guard let call = last.undo else { return undo(rest, finish) }
        link.execute(call.command, call.arguments, deadline: .after(.seconds(5))) { [unowned self] result in
            if case .failure(let error) = result { log.note("taking a change back: \(error)") }
            undo(rest, finish)
        }
    }

    // MARK: Settling what was interrupted

    /// QEMU answers again: finds out how far an interrupted change got.
    func settleChanges() {
        guard let record = changes.unsettled, !changes.isSettling else { return }
        changes.isSettling = true
        settle(record) { [unowned self] in
            changes.isSettling = false
            changes.unsettled = nil
            unlink(folder.change)
            // What was begun for a change that was taken back, such as a helper, is ended.
            seekDepartures()
            if !changes.isBusy { changeEnded() }
        }
    }

    /// Brings to its end what another supervisor began.
    func takeOverChanges() {
        if let value = (try? OwnFiles.read(folder.change, limit: 64 << 20)).flatMap({ try? JSONParser.parse($0) }),
            let record = ChangeRecord(json: value)
        {
            changes.unsettled = record
            settleChanges()
        } else {
            // What can't be read can't be settled.
            unlink(folder.change)
        }
        watchRemovals()
        seekDepartures()
        takeOverMediaChange()
        takeOverJobs()
    }

    /// A medium that was being changed: what is in the drives only QEMU knows.
    private func takeOverMediaChange() {
        guard Files.exists(folder.mediaMark), !changes.isBusy else { return }
        beginChange(
            until: .after(.seconds(10)),
            { machine throws(VMError) in
                try machine.repairMedia()
                return .edited(.done)
            }
        ) { [unowned self] result in
            if case .failure(let error) = result { log.note("an interrupted change of a medium: \(error)") }
        }
    }

    /// A change that adds a device is done when the device is there; settings are made once more.
    private func settle(_ record: ChangeRecord, _ finish: @escaping () -> Void) {
        guard let link, !link.hasEnded else { return finish() }
        let isPublished = (try? OwnFiles.read(folder.domain)).map { $0.elementsEqual(record.xml.utf8) } ?? false
        if isPublished { return finish() }
        if let node = record.node { return settle(record, byNode: node, finish) }
        guard let device = record.device else { return repeatSteps(record, 0, finish) }
        isThere(device) { [unowned self] isThere in
            log.note("an interrupted change: \(isThere ? "completed" : "taken back")")
            if isThere {
                _ = publishChange(record)
                return finish()
            }
            undo(record.steps.filter { $0.undo?.command != "device_del" }[...], finish)
        }
    }

    /// Disks that were to write to other images: what a drive has on top tells whether they do.
    private func settle(_ record: ChangeRecord, byNode node: String, _ finish: @escaping () -> Void) {
        link?.execute("query-block", deadline: .after(.seconds(5))) { [unowned self] result in
            // Without an answer nothing is known, and nothing is taken back.
            guard case .success(let drives) = result else { return finish() }
            let isThere = (drives.array ?? []).contains { $0["inserted"]?["node-name"]?.string == node }
            log.note("an interrupted change of images: \(isThere ? "completed" : "taken back")")
            guard !isThere else {
                _ = publishChange(record)
                return finish()
            }
            undo(record.steps[...], finish)
        }
    }

    private func repeatSteps(_ record: ChangeRecord, _ index: Int, _ finish: @escaping () -> Void) {
        guard record.steps.indices.contains(index), let link else {
            _ = publishChange(record)
            return finish()
        }
        let call = record.steps[index].call
        // A port that may be had already is given up first: it can't be taken twice.
        if call.takesPort, let undo = record.steps[index].undo {
            link.execute(undo.command, undo.arguments, deadline: .after(.seconds(5))) { _ in }
        }
        link.execute(call.command, call.arguments, deadline: .after(.seconds(5))) { [unowned self] result in
            if case .failure(let error) = Self.judged(result, of: call) {
                log.note("an interrupted change: \(error)")
                return undo(record.steps[...index], finish)
            }
            repeatSteps(record, index + 1, finish)
        }
    }

    /// Whether QEMU has a device of that name.
    func isThere(_ device: String, _ answer: @escaping (Bool) -> Void) {
        guard let link else { return answer(false) }
        let place: JSONObject = ["path": .string("/machine/peripheral/" + device), "property": "type"]
        link.execute("qom-get", place, deadline: .after(.seconds(5))) { result in
            if case .success = result { answer(true) } else { answer(false) }
        }
    }

    /// Whether QEMU says that it has no device of that name. A processor may be in the list of devices no more though its
    /// thread still runs, and leaves without an event of its own: the list of processors tells.
    func isGone(_ device: String, _ answer: @escaping (Bool) -> Void) {
        guard let link, !link.hasEnded else { return answer(false) }
        let path = "/machine/peripheral/" + device
        let place: JSONObject = ["path": .string(path), "property": "type"]
        link.execute("qom-get", place, deadline: .after(.seconds(5))) { result in
            // Without an answer nothing is known.
            guard case .failure(let error) = result, [.notFound, .monitor].contains(error.code) else {
                return answer(false)
            }
            guard ProcessorName.number(device) != nil else { return answer(true) }
            link.execute("query-hotpluggable-cpus", deadline: .after(.seconds(5))) { result in
                guard case .success(let list) = result else { return answer(false) }
                answer(!(list.array ?? []).contains { $0["qom-path"]?.string == path })
            }
        }
    }
}

/// How processors are called that were plugged in: `vcpu3`.
enum ProcessorName {
    static func make(_ number: Int) -> String { "vcpu\(number)" }

    /// How many processors have left the machine of a folder since it was started.
    static func countOfLeft(in folder: RuntimeFolder) -> Int {
        let text = try? OwnFiles.read(folder.processorsLeft, limit: 32)
        return text.flatMap { Int(String(decoding: $0, as: UTF8.self)) }.map { max(0, min($0, 1 << 20)) } ?? 0
    }

    static func number(_ name: String) -> UInt32? {
        guard name.hasPrefix("vcpu") else { return nil }
        return UInt32(name.dropFirst(4))
    }
}
