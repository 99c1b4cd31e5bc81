internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

extension Supervisor {
    /// Watches the machine's runtime folder: what somebody removes from it is put back.
    func watchFolder() {
        guard let watch = try? RemovalWatch(folder: folder.path) else { return }
        let raw = watch.descriptor.raw
        removals = .some(watch)
        try? reactor.watch(raw) { [unowned self] _ in
            drainRemovals()
            guard repairTimer == nil else { return }
            // Where one file was removed, more are likely to follow.
            repairTimer = reactor.schedule(at: .after(.milliseconds(20))) { [unowned self] in
                repairTimer = nil
                repair()
            }
        }
    }

    private func drainRemovals() {
        switch removals {
        case .some(let watch): watch.drain()
        case .none: break
        }
    }

    func stopWatchingFolder() {
        ignoreFolder()
        removals = nil
    }

    /// Listens no more, but leaves the closing to the end of the process: the kernel takes some 20 ms for it, for which
    /// nobody who waits for the machine's end should have to wait.
    func ignoreFolder() {
        reactor.cancel(repairTimer)
        switch removals {
        case .some(let watch): reactor.forget(watch.descriptor.raw)
        case .none: break
        }
    }

    /// Makes the folder, its links, the clients' socket and the published state anew, where they are missing.
    func repair() {
        let needed =
            [folder.state, folder.monitor, folder.supervisorLock, folder.plan]
            + (liveXML == nil ? [] : [folder.domain])
        let missing = needed.filter { !Files.exists($0) }
        guard !missing.isEmpty || !Files.exists(RuntimeFolder.activeLink(folder.base, plan.id)) else { return }
        log.note("the runtime folder was damaged: putting back what is missing")
        do throws(VMError) {
            stopWatchingFolder()
            try folder.make()
            if !Files.exists(folder.supervisorLock), let fresh = try FileLock.take(folder.supervisorLock) {
                // The old file is gone for everybody else; the new one says that this machine is looked after.
                lock = .some(fresh)
            }
            try folder.link(name: plan.name, id: plan.id)
            if !Files.exists(folder.plan) {
                try Files.write(Array(plan.json.description.utf8), to: folder.plan, durable: false)
            }
            if let liveXML, !Files.exists(folder.domain) {
                try Files.write(liveXML, to: folder.domain, durable: false)
            }
            if !Files.exists(folder.monitor) {
                try hub?.listen(on: Socket.listen(at: .unix(path: folder.monitor), backlog: 64))
            }
            publish()
            record(.supervisor("repaired the runtime folder"))
        } catch {
            log.note("cannot repair the runtime folder: \(error)")
        }
        watchFolder()
    }
}
