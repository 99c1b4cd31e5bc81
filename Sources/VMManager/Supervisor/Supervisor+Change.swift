internal import Glibc
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Changes of the running machine. What is going to be done is written down before the first command, the live
/// definition is replaced after the last: a supervisor that takes over finds out from QEMU which of both is so.
extension Supervisor {
    /// Runs a verb that changes devices or takes long; false when it is none of these.
    func runChange(
        _ verb: String, _ arguments: JSONObject, _ descriptors: [Int32], _ reply: @escaping Reply
    ) -> Bool {
        let timeout = min(max(arguments["timeout"]?.int ?? 10_000, 1), 3_600_000)
        let deadline = Deadline.after(.milliseconds(timeout))
        switch verb {
        case "change": change(arguments, descriptors, deadline, reply)
        case "detach": detach(arguments, deadline, reply)
        case "save": save(arguments, reply)
        case "dump": dump(arguments, reply)
        case "abort-job": abortJob(reply)
        case "definition": rewriteDefinition(reply)
        default: return false
        }
        return true
    }

    /// Whoever asks has found the live definition's file damaged.
    private func rewriteDefinition(_ reply: Reply) {
        do throws(VMError) {
            guard let liveXML else { throw VMError(.io, "the live definition is lost") }
            try Files.write(liveXML, to: folder.domain, durable: false)
            reply(.success(published.json))
        } catch {
            reply(.failure(error))
        }
    }

    /// Whether devices can be changed now; answers otherwise.
    func canChange(_ reply: Reply) -> Bool {
        if isStarting {
            reply(.failure(VMError(.busy, "the machine is being started")))
            return false
        }
        guard job == nil else {
            reply(
                .failure(
                    VMError(
                        .busy, "domain '\(plan.name)' has a running job", remedy: "see it with 'vmctl domjobinfo'")))
            return false
        }
        guard let link, !link.hasEnded, link.hasGreeted || !plan.adopts else {
            reply(.failure(VMError(.timeout, "QEMU of domain '\(plan.name)' does not answer on its monitor")))
            return false
        }
        return true
    }

    private func change(
        _ arguments: JSONObject, _ descriptors: [Int32], _ deadline: Deadline, _ reply: @escaping Reply
    ) {
        let files = DescriptorBox(descriptors)
        guard canChange(reply) else { return }
        guard let record = ChangeRecord(json: .object(arguments)) else {
            return reply(.failure(VMError(.internalError, "the change can't be read")))
        }
        let base = arguments["base"]?.string
        enqueue(deadline, reply) { [unowned self] finish in
            guard LiveDefinition.sum(folder) == base else {
                return finish(.failure(VMError(.busy, "the machine was changed meanwhile", remedy: "try again")))
            }
            do throws(VMError) {
                try Files.write(Array(record.json.description.utf8), to: folder.change, durable: false)
            } catch {
                return finish(.failure(error))
            }
            Failpoint.reached("change.journal")
            step(record, 0, files, deadline, finish)
        }
    }

    /// Runs a change when those before it are done.
    private func enqueue(
        _ deadline: Deadline, _ reply: @escaping Reply,
        _ body: @escaping (@escaping (Result<Void, VMError>) -> Void) -> Void
    ) {
        let begin = { [unowned self] in
            if deadline.hasPassed || changes.unsettled != nil {
                changeEnded()
                return reply(
                    .failure(
                        VMError(
                            .timeout, "QEMU has not finished an earlier change of domain '\(plan.name)'",
                            remedy: "it may hang; try again when it answers")))
            }
            body { [unowned self] result in
                changeEnded()
                reply(result.map { published.json })
            }
        }
        if changes.isBusy { return changes.waiting.append(begin) }
        changes.isBusy = true
        begin()
    }

    private func changeEnded() {
        changes.isBusy = false
        guard !changes.waiting.isEmpty else { return }
        let next = changes.waiting.removeFirst()
        changes.isBusy = true
        next()
    }

    // MARK: Doing

    private func step(
        _ record: ChangeRecord, _ index: Int, _ files: DescriptorBox, _ deadline: Deadline,
        _ finish: @escaping (Result<Void, VMError>) -> Void
    ) {
        guard record.steps.indices.contains(index) else { return finish(publishChange(record)) }
        let call = record.steps[index].call
        guard let link else { return finish(.failure(VMError(.connection, "QEMU's monitor is closed"))) }
        let carried = call.command == "getfd" ? files.take() : []
        link.execute(call.command, call.arguments, descriptors: carried, deadline: deadline) { [unowned self] result in
            Failpoint.reached("change.step.\(index)")
            switch result {
            case .success(let value):
                noteTerminal(call, value)
                step(record, index + 1, files, deadline, finish)
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

    /// A pseudo terminal has come or gone.
    func noteTerminal(_ call: QMPCall, _ value: JSONValue) {
        guard call.command.hasPrefix("chardev-"), let id = call.arguments["id"]?.string else { return }
        let before = published.terminals
        published.terminals.removeAll { $0.chardev == id }
        if call.command == "chardev-add", let path = value["pty"]?.string {
            published.terminals.append(.init(chardev: id, path: path))
        }
        if published.terminals != before { publish() }
    }

    private func publishChange(_ record: ChangeRecord) -> Result<Void, VMError> {
        Failpoint.reached("change.done")
        do throws(VMError) {
            try Files.write(Array(record.xml.utf8), to: folder.domain, durable: false)
        } catch {
            log.note("cannot write the live definition: \(error)")
            changes.unsettled = record
            return .failure(error)
        }
        liveXML = Array(record.xml.utf8)
        Failpoint.reached("change.published")
        unlink(folder.change)
        let departed = changes.departed
        changes.departed = []
        for name in departed { LiveDefinition.remove(name, folder, log) }
        if !departed.isEmpty { liveXML = try? Files.read(folder.domain) }
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
        }
    }

    /// Brings to its end what another supervisor began.
    func takeOverChanges() {
        if let value = (try? Files.read(folder.change, limit: 64 << 20)).flatMap({ try? JSONParser.parse($0) }),
            let record = ChangeRecord(json: value)
        {
            changes.unsettled = record
            settleChanges()
        } else {
            // What can't be read can't be settled.
            unlink(folder.change)
        }
        for name in Removals(folder).names { checkWhetherGone(name) }
        takeOverJob()
    }

    /// A change that adds a device is done when the device is there; settings are made once more.
    private func settle(_ record: ChangeRecord, _ finish: @escaping () -> Void) {
        guard let link, !link.hasEnded else { return finish() }
        let isPublished = (try? Files.read(folder.domain)).map { $0.elementsEqual(record.xml.utf8) } ?? false
        if isPublished { return finish() }
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

    private func repeatSteps(_ record: ChangeRecord, _ index: Int, _ finish: @escaping () -> Void) {
        guard record.steps.indices.contains(index), let link else {
            _ = publishChange(record)
            return finish()
        }
        let call = record.steps[index].call
        link.execute(call.command, call.arguments, deadline: .after(.seconds(5))) { [unowned self] result in
            if case .failure(let error) = result {
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
}

/// Open files that are closed unless somebody takes them.
final class DescriptorBox {
    private var files: [Int32]

    init(_ files: [Int32]) { self.files = files }

    /// The next one, for whoever closes it.
    func take() -> [Int32] { files.isEmpty ? [] : [files.removeFirst()] }

    deinit { for raw in files { close(raw) } }
}
