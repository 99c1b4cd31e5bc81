internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

extension Supervisor {
    /// Makes a connected socket QEMU's monitor.
    func connect(_ socket: consuming FileDescriptor) throws(VMError) {
        let link = try QEMULink(socket, reactor: reactor)
        link.onGreeting = { [unowned self] in greeted($0) }
        link.onEvent = { [unowned self] name, message in event(name, message) }
        link.onReply = { [unowned self] client, bytes in
            hub?.deliver(bytes, to: client)
            if self.link?.hasRoom == true { hub?.wake() }
        }
        link.onSilence = { [unowned self] isSilent in
            published.notAnsweringSince = isSilent ? WallClock.now : nil
            if isSilent { record(.error("QEMU does not answer on its monitor")) }
            publish()
            if !isSilent {
                settleChanges()
                dropDepartures()
            }
        }
        self.link = link
        hub?.link = link
    }

    private func greeted(_ message: [UInt8]) {
        if let greeting = (try? JSONParser.parse(message))?["QMP"].flatMap({ Greeting($0) }) {
            published.qemuVersion = greeting.version.description
            // Out-of-band execution can't be shared among clients.
            let text = HubMessages.greeting(
                Greeting(version: greeting.version, capabilities: []).json["QMP"] ?? [:])
            hub?.greeting = text
            try? Files.write(text, to: folder.greeting, durable: false)
        }
        if plan.adopts { resynchronize() }
    }

    private func event(_ name: String, _ message: ArraySlice<UInt8>) {
        let data = (try? JSONParser.parse(Array(message)))?["data"] ?? [:]
        record(name, data, size: message.count)
        if name == BlockIOErrorEvent.name { diskFailed(data) }
        // Of the moment in which a disk goes over to another image nobody is told.
        if !isPivoting || name != "STOP" && name != "RESUME" { happened(.event(name: name, data: data)) }
        deviceEvent(name, data)
        jobsHear(name, data)
        for tap in eventTaps.values where tap.name == name { tap.take(data.object ?? [:]) }
        // After the state is published, so that a client that sees the event can read the state.
        hub?.broadcast(message)
    }

    // MARK: Policies

    /// What becomes of the machine as its live definition says it, which can change while it runs.
    func readPolicy() {
        if let domain = try? definition() { lifeCycle.policy = LifeCyclePolicy(domain) }
    }

    /// A restart without a new QEMU: what libvirt calls a fake reboot.
    func resetAndContinue() {
        let deadline = Deadline.after(.seconds(30))
        reset(deadline: deadline) { [unowned self] result in
            if case .failure(let error) = result { return log.note("cannot reset the machine: \(error)") }
            link?.execute("cont", deadline: deadline) { [unowned self] result in
                if case .failure(let error) = result { log.note("cannot let the machine run again: \(error)") }
            }
        }
    }

    /// `system_reset`, which a machine that mustn't reboot would take for its end.
    func reset(deadline: Deadline, _ completion: @escaping (Result<JSONValue, VMError>) -> Void) {
        guard let link else { return completion(.failure(VMError(.connection, "QEMU's monitor is not connected"))) }
        guard lifeCycle.policy.onReboot != .restart else {
            return link.execute("system_reset", deadline: deadline, completion)
        }
        link.execute("set-action", ["reboot": "reset"], deadline: deadline) { _ in }
        link.execute("system_reset", deadline: deadline) { result in
            link.execute("set-action", ["reboot": "shutdown"], deadline: deadline) { _ in completion(result) }
        }
    }

    /// Writes the guest's memory to a file before the machine goes or begins anew.
    func dump(thenRestart: Bool) {
        let seconds = WallClock.now / 1_000_000_000
        let path = "\(plan.dumps)/\(DomainName.fileName(plan.name))-\(seconds).core"
        try? Folders.make(plan.dumps)
        let arguments: JSONObject = ["paging": false, "protocol": .string("file:" + path)]
        guard let link else { return endQEMU() }
        link.execute("dump-guest-memory", arguments, deadline: .after(.seconds(600))) { [unowned self] result in
            switch result {
            case .success: log.note("the crashed guest's memory is in '\(path)'")
            case .failure(let error): log.note("cannot dump the crashed guest's memory: \(error)")
            }
            if thenRestart { resetAndContinue() } else { endQEMU() }
        }
    }
}
