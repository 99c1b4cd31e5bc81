internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// What the supervisor writes into the host's journal.
extension Supervisor {
    /// Records something that this supervisor has done or noticed.
    func record(_ kind: HostEvent.Kind) {
        record(HostEvent(domain: plan.name, uuid: plan.uuid, kind: kind))
    }

    /// Records an event of QEMU as it came, with what is known besides.
    /// - Parameter size: the bytes of QEMU's message.
    func record(_ name: String, _ data: JSONValue, size: Int) {
        guard mayRecord(size + Self.headSize) else { return }
        let event = HostEvent.QEMUEvent(name: name, data: data, context: context(name, data))
        // What it means is for its readers to work out: a storm of events costs no more than it must.
        record(
            HostEvent(domain: plan.name, uuid: plan.uuid, kind: .qmp(name: name, data: data), qemu: event))
    }

    /// Records that the machine's state has changed. In a flood only the state in which it ends is told.
    func record(stateChange: HostEvent.StateChange) {
        if mayRecord(2 * Self.headSize) || !stateChange.state.isActive {
            stateChangeLeftOut = nil
            record(.lifecycle(stateChange))
        } else {
            stateChangeLeftOut = stateChange
        }
    }

    /// What the journal adds to an event: number, time, domain.
    private static let headSize = 256

    /// Whether there is room for another event that QEMU has caused.
    private func mayRecord(_ size: Int) -> Bool {
        let hadEnough = eventBudget.leftOut > 0
        let isTaken = eventBudget.take(size)
        if !isTaken, !hadEnough {
            log.note("events come too fast to be written down")
            tellOfFlood()
        } else if isTaken, hadEnough {
            tellLeftOut()
        }
        return isTaken
    }

    /// Looks again and again whether the flood is over.
    private func tellOfFlood() {
        reactor.schedule(at: .after(.seconds(3))) { [unowned self] in
            guard !isOver, eventBudget.leftOut > 0 else { return }
            if eventBudget.take(Self.headSize) { tellLeftOut() } else { tellOfFlood() }
        }
    }

    private func tellLeftOut() {
        record(.error("\(eventBudget.tellLeftOut()) events came too fast to be written down"))
        guard let change = stateChangeLeftOut else { return }
        stateChangeLeftOut = nil
        record(.lifecycle(change))
    }

    /// Writes an event down, runs the hooks for it and tells the subscribers.
    private func record(_ event: HostEvent) {
        var entry = eventHead
        entry["time"] = .integer(event.time)
        for member in event.members { entry[member.key] = member.value }
        let number = journal.append(record: entry)
        if let number {
            published.lastEvent = number
        } else if isJournalFine {
            log.note("cannot write events down in '\(plan.paths.state)/events': is the disk full?")
        }
        isJournalFine = number != nil
        hooks.happened(event.word, entry)
        guard hub?.hasSubscribers == true else { return }
        entry["seq"] = JSONValue(number ?? journal.last)
        hub?.announce(["event": "X_VMCTL_EVENT", "data": .object(entry)])
    }

    /// What the live definition says about the subject of an event.
    private func context(_ name: String, _ data: JSONValue) -> JSONObject {
        switch name {
        case "BLOCK_JOB_COMPLETED", "BLOCK_JOB_CANCELLED", "BLOCK_JOB_READY":
            guard let id = data["device"]?.string else { return [:] }
            let isOwn = jobs.values.contains { job in
                job.info.block?.qemuID == id
                    || job.info.backup?.disks.contains { $0.job == id || $0.probe == id } == true
            }
            return isOwn ? ["isOwnJob": true] : [:]
        case "VSERPORT_CHANGE":
            guard let id = data["id"]?.string, let domain = try? definition(),
                let channel = domain.devices.channels.first(where: { $0.alias?.name == id })?.target?.name
            else { return [:] }
            return ["channel": .string(channel)]
        case "BLOCK_IO_ERROR":
            guard let path = data["qom-path"]?.string ?? data["device"]?.string, let domain = try? definition(),
                let disk = disk(at: path, in: domain)
            else { return [:] }
            var context: JSONObject = [:]
            context["target"] = (disk.target?.dev).map { .string($0) }
            context["alias"] = disk.alias?.name.map { .string($0) }
            context["file"] = disk.source.file.map { .string($0) }
            return context
        default: return [:]
        }
    }
}
