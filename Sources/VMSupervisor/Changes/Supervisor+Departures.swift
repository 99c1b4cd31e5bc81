internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Devices that have left though nobody asked for it here: the guest has ejected them, or another client of QEMU's monitor
/// has removed them. Which they are is seen by comparing the live definition with what QEMU has, and they are cleared away
/// as if they had been detached.
extension Supervisor {
    /// Has that looked for soon, when the change that runs has ended. The devices of one slot leave one after the other.
    func seekDepartures(after pause: Duration = .milliseconds(100)) {
        changes.seeksDepartures = true
        guard departureTimer == nil, !isOver else { return }
        departureTimer = reactor.schedule(at: .after(pause)) { [unowned self] in
            departureTimer = nil
            dropDepartures()
        }
    }

    /// Has that looked for several times in the next minute: another client has QEMU remove a device, and not all of them
    /// tell when they go.
    func watchDepartures() {
        let isWatching = changes.looksLeft > 0
        changes.looksLeft = Self.looks
        if !isWatching { lookAgain(after: .milliseconds(200)) }
    }

    private func lookAgain(after pause: Duration) {
        reactor.schedule(at: .after(pause)) { [unowned self] in
            seekDepartures(after: .zero)
            changes.looksLeft -= 1
            if changes.looksLeft > 0 { lookAgain(after: min(pause * 3, .seconds(20))) }
        }
    }

    /// After 0.2, 0.8, 2.6, 8, 24 and 44 seconds.
    private static let looks = 6

    /// Looks for them now, if that is wanted and possible.
    func dropDepartures() {
        guard changes.seeksDepartures, departureTimer == nil, let link, !link.hasEnded else { return }
        // A change that runs calls this at its end.
        if changes.isBusy || changes.isSettling { return }
        // When QEMU answers again this is called.
        if published.notAnsweringSince != nil { return }
        guard !isStarting, changes.unsettled == nil, machineJob == nil || machineJob?.info.kind == .backup else {
            return seekDepartures(after: .milliseconds(500))
        }
        changes.seeksDepartures = false
        let pending = Set(Removals(folder).names)
        let announced = changes.announced
        beginChange(
            until: .after(.seconds(20)),
            { machine throws(VMError) in
                try machine.dropDepartures(except: pending, announced: announced)
                return .edited(.done)
            }
        ) { [unowned self] result in
            if case .failure(let error) = result { log.note("looking for devices that have left: \(error)") }
            changes.announced.subtract(announced)
            dismissStrayHelpers()
        }
    }

    /// Clears away what a device has left behind that is gone.
    func clearAway(_ departure: Hotplug.Departure, _ finish: @escaping () -> Void) {
        var removals = Removals(folder)
        do throws(VMError) {
            // Should this process be killed now, the next one goes on from here.
            try removals.add(departure.name, departure.leftovers, nil)
        } catch {
            log.note("cannot write down that '\(departure.name)' has left: \(error)")
        }
        if changes.announced.remove(departure.name) == nil { record(.deviceRemoved(alias: departure.name)) }
        deviceLeft(departure.name, then: finish)
    }
}

extension LiveMachine {
    /// Takes devices out of the live definition that QEMU has no longer, and clears away what stood behind them.
    ///
    /// - Parameters:
    ///   - pending: devices that were asked to leave, which are looked after elsewhere.
    ///   - announced: devices of which QEMU has said that they are gone.
    func dropDepartures(except pending: Set<String>, announced: Set<String>) throws(VMError) {
        let list = try run("qom-list", ["path": "/machine/peripheral"]).array ?? []
        let present = Set(list.compactMap { $0["name"]?.string })
        var departures: [Hotplug.Departure] = []
        do throws(VMError) {
            departures = Hotplug.departures(
                from: domain, present: present, capabilities: try capabilities(), host: try host())
        } catch {
            // What stands behind them isn't known then, but that they are gone is.
            departures = announced.filter { !present.contains($0) && DevicePlace(alias: $0, in: domain) != nil }
                .map { Hotplug.Departure(name: $0, leftovers: []) }
        }
        departures += try departedProcessors().map { Hotplug.Departure(name: $0, leftovers: []) }
        for departure in departures where !pending.contains(departure.name) { try clearAway(departure) }
        try removeStrayNodes()
    }

    /// Processors that the live definition has and QEMU hasn't.
    func departedProcessors() throws(VMError) -> [String] {
        // A machine whose processors can't be plugged has no such list, and keeps them all.
        guard let all = (try? run("query-hotpluggable-cpus"))?.array,
            all.allSatisfy({ $0["vcpus-count"]?.int ?? 1 == 1 })
        else { return [] }
        return all.indices.compactMap { index in
            // QEMU lists them with the highest first.
            let number = all.count - 1 - index
            guard all[index]["qom-path"] == nil, domain.hasProcessor(UInt32(clamping: number)) else { return nil }
            return ProcessorName.make(number)
        }
    }

    /// Removes block nodes of disks that are gone, with the objects that were made for them. QEMU keeps what is in use.
    func removeStrayNodes() throws(VMError) {
        let drives = try run("query-block")
        var tops: [String: String] = [:]
        for alias in domain.devices.disks.compactMap({ $0.alias?.name }) {
            tops[alias] = DriveEntry.find(alias, in: drives)?["inserted"]?["node-name"]?.string
        }
        let stray = Hotplug.strayNodes(domain, tops: tops, nodes: try namedNodes())
        guard !stray.isEmpty else { return }
        try clear(stray.map { QMPCall("blockdev-del", ["node-name": .string($0)]) } + objectRemovals(stray))
        try OpenedFiles.sweep(self)
    }
}
