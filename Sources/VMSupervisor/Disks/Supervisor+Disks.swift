internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Disks that fail and pause the machine: which they are, and what becomes of the machine.
extension Supervisor {
    // MARK: Which disk

    /// BLOCK_IO_ERROR, before the STOP that follows it.
    func diskFailed(_ data: JSONValue) {
        guard let event = data.object.flatMap({ BlockIOErrorEvent($0) }), event.action == "stop" else { return }
        let node = [event.path, event.device, event.nodeName].compactMap { $0 }.first { !$0.isEmpty } ?? ""
        // A busy disk has many requests on their way, and each fails.
        guard !lifeCycle.diskFailures.contains(where: { $0.node == node }) else { return }
        var failure = DiskFailure(
            error: event.isNoSpace ? DiskFailure.noSpace : event.reason, isNoSpace: event.isNoSpace,
            since: WallClock.now, node: node)
        if failure.error.isEmpty { failure.error = "unknown error" }
        if let path = event.path, !path.isEmpty, identify(&failure, path, liveDefinition) { note(failure) }
        happened(.diskFailed(failure))
        if failure.target == nil { identifyDisks() }
    }

    private var liveDefinition: Domain? { try? definition() }

    /// Names a disk as the live definition does, by the path of its front end: the device's alias is one of its parts.
    ///
    /// - Returns: whether the definition has such a disk.
    private func identify(_ failure: inout DiskFailure, _ path: String, _ domain: Domain?) -> Bool {
        guard let disk = domain.flatMap({ disk(at: path, in: $0) }) else { return false }
        failure.target = disk.target?.dev
        failure.file = disk.source.type == .file ? disk.source.file : nil
        return true
    }

    /// The disk whose front end has that path.
    func disk(at path: String, in domain: Domain) -> Disk? {
        let parts = path.split(separator: "/").map { String($0) }
        return domain.devices.disks.first { $0.alias?.name.map { parts.contains($0) } ?? false }
    }

    /// Asks QEMU which front ends the failed block nodes belong to: before 9.2 its event doesn't tell.
    ///
    /// - Parameter findsOthers: take failures from QEMU's answer that no event told of, which came while nobody listened.
    func identifyDisks(findsOthers: Bool = false) {
        guard findsOthers || lifeCycle.diskFailures.contains(where: { $0.target == nil }) else { return }
        link?.execute(QueryBlock.name, deadline: .after(.seconds(5))) { [unowned self] result in
            guard case .success(let value) = result else { return }
            let domain = liveDefinition
            for entry in value.array ?? [] {
                guard var failure = failure(entry, findsOthers), failure.target == nil else { continue }
                guard identify(&failure, entry["qdev"]?.string ?? "", domain) || findsOthers else { continue }
                note(failure)
                happened(.diskFailed(failure))
            }
        }
    }

    /// The failure that an entry of `query-block` is about.
    private func failure(_ entry: JSONValue, _ findsOthers: Bool) -> DiskFailure? {
        let names = [entry["qdev"]?.string, entry["device"]?.string, entry["inserted"]?["node-name"]?.string]
        if let known = lifeCycle.diskFailures.first(where: { !$0.node.isEmpty && names.contains($0.node) }) {
            return known
        }
        guard findsOthers, let status = entry["io-status"]?.string, status != "ok" else { return nil }
        let isNoSpace = status == "nospace"
        return DiskFailure(
            error: isNoSpace ? DiskFailure.noSpace : "I/O error", isNoSpace: isNoSpace, since: WallClock.now,
            node: names.compactMap { $0 }.first { !$0.isEmpty } ?? "")
    }

    private func note(_ failure: DiskFailure) {
        var text = failure.text + (failure.file.map { " ('\($0)')" } ?? "")
        if liveDefinition?.ioErrorPolicy.resume == .whenSpaceReturns {
            // Who set the policy is told why it doesn't help here.
            if !failure.isNoSpace {
                text += "; space that returns won't help"
            } else if failure.file == nil {
                text += "; whether its space returns can't be seen"
            }
        }
        record(.supervisor(text))
        log.note("the machine is paused: " + text)
    }

    // MARK: Space

    /// The same as ``considerSpace()`` where nothing else is going to be published.
    func spaceMayBeWanted() {
        let before = published.spaceWaitedFor
        considerSpace()
        if published.spaceWaitedFor != before { publish() }
    }

    /// Begins to look for space, or ends it, as the state and the domain's policy want it.
    func considerSpace() {
        guard let need = spaceNeeded else {
            spaceWatch?.stop()
            spaceWatch = nil
            published.spaceWaitedFor = nil
            return
        }
        published.spaceWaitedFor = need.bytes
        guard spaceWatch == nil else {
            spaceWatch?.need = need
            return
        }
        let watch = SpaceWatch(need, reactor)
        watch.onEnough = { [unowned self] in spaceIsBack() }
        spaceWatch = watch
        watch.look(after: resumeBackOff.pause(at: .now))
        record(.supervisor("waits until \(ScaledSize(bytes: need.bytes)) are free for its disks"))
    }

    /// What the machine waits for; nil unless nothing but full disks has paused it and its policy is to resume it.
    private var spaceNeeded: SpaceWatch.Need? {
        guard lifeCycle.state == .paused, lifeCycle.reason == .ioError, !lifeCycle.isDestroyed else {
            return nil
        }
        return liveDefinition.flatMap { SpaceWatch.Need(for: lifeCycle.diskFailures, $0.ioErrorPolicy) }
    }

    private func spaceIsBack() {
        guard spaceNeeded != nil, let watch = spaceWatch else { return spaceMayBeWanted() }
        // A save that is under way reads memory that must not change, and a disk that goes over to another image must not be
        // written to. A monitor that hasn't greeted may be another program's, and what is sent now would be executed much later.
        let isFree = machineJob == nil || machineJob?.info.backup != nil
        guard isFree, !isPivoting, !isTakingOver, published.notAnsweringSince == nil else { return watch.lookAgain() }
        let disks = lifeCycle.diskFailures.map(\.disk).joined(separator: ", ")
        let cause = "\(disks) has space again"
        happened(.resuming(cause))
        link?.execute("cont", deadline: .after(.seconds(10))) { [unowned self, weak watch] result in
            if case .failure(let error) = result {
                log.note("cannot let the machine run though \(cause): \(error)")
                happened(.resuming(nil))
            }
            // Gone if the machine runs, or failed anew.
            if let watch, watch === spaceWatch { watch.lookAgain() }
        }
        resumeBackOff.resumed(at: .now)
        record(.supervisor("resumes the machine: \(cause)"))
        log.note("resuming the machine: \(cause)")
    }
}
