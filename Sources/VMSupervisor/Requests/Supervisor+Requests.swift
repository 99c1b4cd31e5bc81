internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Requests of clients: each is admitted by ``RequestRules``, carried out, and answered by its deadline.
extension Supervisor {
    typealias Reply = (Result<SupervisorReply, VMError>) -> Void

    /// A request that has come in.
    struct Order {
        var call: SupervisorCall
        var deadline: Deadline
        var files: DescriptorBox
        /// The process that asks.
        var client: pid_t
        var reply: Reply
        let turn = Turn()
    }

    /// Whether a request that had to wait is still to be carried out.
    final class Turn {
        var isOver = false
        var timer: Reactor.Timer?
    }

    /// Takes a client's command, `x-vmctl-NAME`.
    func run(
        _ name: String, _ arguments: JSONObject, _ files: DescriptorBox, for client: pid_t, _ reply: @escaping Reply
    ) {
        do throws(VMError) {
            let call = try SupervisorCall(name: name, arguments: arguments)
            if files.count < call.descriptorCount {
                throw VMError(
                    .invalidArgument, "\(call.descriptorCount) open files belong to '\(name)', and \(files.count) came")
            }
            admit(Order(call: call, deadline: .after(call.timeout), files: files, client: client, reply: reply))
        } catch {
            reply(.failure(error))
        }
    }

    /// What the supervisor is doing now, the most important first.
    private var situations: [Situation] {
        var list: [Situation] = []
        if isTakingOver { list.append(.takingOver) } else if isStarting { list.append(.starting) }
        if let job = machineJob { list.append(.job(job.info.kind)) }
        if changes.isBusy || changes.isSettling { list.append(.change) }
        return list
    }

    private func admit(_ order: Order) {
        reactor.cancel(order.turn.timer)
        guard !order.turn.isOver else { return }
        let kind = order.call.request.requestClass
        for situation in situations {
            switch RequestRules.admission(kind, while: situation) {
            case .now: continue
            case .refuse: return order.reply(.failure(refusal(situation)))
            case .wait where situation == .takingOver:
                limitWait(order, situation)
                takeOverWaiters.append { [unowned self] in admit(order) }
                return
            case .wait:
                limitWait(order, situation)
                return changes.waiting.append(order)
            }
        }
        // The CPUs stand still for a moment, and go on by themselves.
        if kind == .power, isPivoting, changes.isBusy {
            return changes.followUps.append { [unowned self] in admit(order) }
        }
        carryOut(order)
    }

    /// A request whose deadline passes while it waits is answered then, and never carried out.
    private func limitWait(_ order: Order, _ situation: Situation) {
        order.turn.timer = reactor.schedule(at: order.deadline) { [unowned self] in
            order.turn.isOver = true
            let what =
                situation == .takingOver
                ? "QEMU of domain '\(plan.name)' has not told its state yet"
                : "an earlier change of domain '\(plan.name)' took too long"
            order.reply(.failure(VMError(.timeout, what, remedy: "try again when it is over, or with more time")))
        }
    }

    private func refusal(_ situation: Situation) -> VMError {
        switch situation {
        case .starting, .takingOver: VMError(.busy, "the machine is being started")
        case .job:
            VMError(
                .busy, "domain '\(plan.name)' has a running job", remedy: "see it with \(command: "domjobinfo")")
        case .change: VMError(.busy, "the machine is being changed")
        }
    }

    /// The change that ran has ended: the next one that waits begins.
    func changeEnded() {
        changes.isBusy = false
        dropDepartures()
        while !changes.isBusy, !changes.isSettling, !changes.followUps.isEmpty { changes.followUps.removeFirst()() }
        while !changes.isBusy, !changes.isSettling, !changes.waiting.isEmpty { admit(changes.waiting.removeFirst()) }
    }

    private func carryOut(_ order: Order) {
        let (deadline, reply) = (order.deadline, order.reply)
        switch order.call.request {
        case .status:
            // The client may have found the file damaged.
            publish()
            reply(.success(.state(published)))
        case .definition: giveDefinition(reply)
        case .subscribe(let since): subscribe(since, reply)
        case .destroy(let isGraceful): destroy(isGraceful, deadline, reply)
        case .suspend: simple(.suspend, "stop", deadline, after: .suspendRequested, reply)
        case .resume: simple(.resume, "cont", deadline, reply)
        case .shutdown: powerDown(.shutdown, .shutdownRequested, deadline, reply)
        case .reboot: powerDown(.reboot, .rebootRequested, deadline, reply)
        case .reset: reset(deadline, reply)
        case .wakeUp: wakeUp(deadline, reply)
        case .edit, .resizeBlock, .setWriteThreshold: change(order)
        case .injectNMI: send("inject-nmi", deadline, reply)
        case .sendKeys(let keys, let hold): sendKeys(keys, hold, deadline, reply)
        case .screenshot(let screen): screenshot(screen, order.files, deadline, reply)
        case .addDisplayClient(let index, let skips):
            addDisplayClient(index, skipsAuthentication: skips, order.files, deadline, reply)
        case .peekMemory(let address, let count, let isPhysical):
            peekMemory(address, count, isPhysical: isPhysical, deadline, reply)
        case .reloadDisplays: reloadDisplays(deadline, reply)
        case .announce(let interface, let times): announce(interface, times, deadline, reply)
        case .measureDirtyRate(let seconds):
            send("calc-dirty-rate", with: ["calc-time": JSONValue(seconds)], deadline, reply)
        case .setAgentPatience(let patience):
            published.agentPatience = patience
            publish()
            reply(.success(.state(published)))
        case .setMigrationLimits(let limits): setMigrationLimits(limits, deadline, reply)
        case .agent(let command, let arguments): askAgent(command, arguments, deadline, reply)
        case .save(let request): save(request, for: order.client, reply)
        case .dump(let request): dump(request, for: order.client, reply)
        case .snapshot(let wanted): snapshot(wanted, for: order.client, reply)
        case .backup(let wanted): startBackup(wanted, order)
        case .checkpoint(let wanted): checkpoint(wanted, order)
        case .abortJob: abortJob(reply)
        case .startBlockJob(let wanted): startBlockJob(wanted, order)
        case .blockJob(let disk): tellBlockJob(disk, reply)
        case .endBlockJob(let disk, let end, let isAsynchronous):
            endBlockJob(disk, end, isAsynchronous: isAsynchronous, order)
        case .setBlockJobSpeed(let disk, let bytes): setBlockJobSpeed(disk, bytes, deadline, reply)
        }
    }

    /// From here on the client gets the supervisor's events, and those it missed since `since`, as far as they are among
    /// the last of the host's: this thread must not be held up by a long journal.
    private func subscribe(_ since: UInt64?, _ reply: Reply) {
        var missed: [JSONValue] = []
        var hasGap = false
        if let since, since != published.lastEvent {
            let begin = max(since, journal.last - min(journal.last, Self.subscriptionReach))
            let reader = JournalReader(HostJournal(plan.paths), .after(begin))
            hasGap = begin > since
            for _ in 0..<Self.subscriptionReach / UInt64(JournalReader.portion) + 2 {
                for event in reader.next() {
                    if event.kind == .gap { hasGap = true }
                    guard event.uuid == plan.uuid else { continue }
                    var entry = event.record
                    entry["seq"] = JSONValue(event.number)
                    missed.append(.object(entry))
                }
            }
        }
        reply(.success(.subscription(last: published.lastEvent, missed: missed, hasGap: hasGap)))
    }

    /// How far back a subscription goes, in bytes of the journal.
    private static let subscriptionReach: UInt64 = 256 << 10

    /// Whether QEMU can be asked; answers otherwise.
    func hasMonitor(_ reply: Reply) -> Bool {
        if let link, !link.hasEnded, link.hasGreeted || !plan.adopts { return true }
        reply(
            .failure(
                VMError(
                    .timeout, "QEMU of domain '\(plan.name)' does not answer on its monitor",
                    remedy: "another program may hold the monitor; \(command: "destroy") works without it")))
        return false
    }
}
