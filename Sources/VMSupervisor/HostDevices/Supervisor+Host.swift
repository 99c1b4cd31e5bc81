internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMHost
internal import VMJSON

/// What a machine has of the host while it runs, besides files: its control group, and devices that were taken from the
/// host's drivers. Both are got before QEMU and its helpers are started, and given back when the last of them has ended.
extension Supervisor {
    /// Goes on when all that is there. It may take its time, which is another thread's.
    func whenHostIsReady(_ next: @escaping () throws(VMError) -> Void) throws(VMError) {
        // Of an earlier run, whose supervisor was killed with everything.
        MachineGroup.remove(recordedIn: folder)
        let left = HostDeviceHold(recordedIn: folder)
        let hold = HostDeviceHold(folder, root: plan.systemRoot)
        let (managed, all) = (plan.managedDevices, plan.hostDevices)
        let group = groupOrder()
        guard left != nil || !managed.isEmpty || group != nil else { return try next() }
        // Should this process be killed on the way, the next one has to know that there was a start.
        try Files.write(Array(plan.json.description.utf8), to: folder.plan, durable: false)
        stateBegins()
        try folder.link(name: plan.name, id: plan.id)
        hostWork = try DiskWork(
            reactor,
            { () throws(VMError) in
                left?.giveBack { !managed.contains($0) }
                try hold.take(managed, of: all)
                try group?.carryOut()
            }
        ) { [unowned self] error in
            hostWork = nil
            controlGroup = ControlGroup(recordedIn: folder)
            if let farewell = hostFarewell {
                hostFarewell = nil
                return farewell()
            }
            guard startFailure == nil else { return }
            do throws(VMError) {
                if let error { throw error }
                try next()
            } catch {
                giveUp(error)
            }
        }
    }

    /// Gives back what was taken of the host, now that QEMU is gone, and goes on.
    func returnHostDevices(then next: @escaping () -> Void) {
        if hostWork != nil {
            hostFarewell = { [unowned self] in returnHostDevices(then: next) }
            return
        }
        guard let hold = HostDeviceHold(recordedIn: folder) else { return next() }
        do throws(VMError) {
            hostWork = try DiskWork(
                reactor,
                { () throws(VMError) in
                    if let problem = hold.giveBack().first { throw problem }
                }
            ) { [unowned self] error in
                hostWork = nil
                if let error { log.note("a device was not given back to the host: \(error)") }
                next()
            }
        } catch {
            log.note("devices are not given back to the host: \(error)")
            next()
        }
    }

    /// The host's devices that one of the machine's devices is, and that were taken for it.
    func hostDevices(of alias: String) -> [String] {
        guard HostDeviceHold(recordedIn: folder) != nil, let domain = try? definition() else { return [] }
        return domain.hostPCIDevices.filter { $0.alias == alias && $0.isManaged }.map(\.address)
    }

    /// A device has left the machine: what it was is given back while the machine runs on. One that the IOMMU can't tell from
    /// others that the guest still has goes back with those, at the end: neither may be the host's while another is a guest's.
    func giveBack(_ left: [String]) {
        guard !left.isEmpty, let domain = try? definition() else { return }
        let root = plan.systemRoot
        let groups = Set(domain.hostPCIDevices.compactMap { HostPCIDevices.groupFile(of: $0.address, root: root) })
        let addresses = left.filter { address in
            HostPCIDevices.groupFile(of: address, root: root).map { !groups.contains($0) } ?? true
        }
        guard !addresses.isEmpty, let hold = HostDeviceHold(recordedIn: folder) else { return }
        do throws(VMError) {
            let number = (returns.keys.max() ?? 0) + 1
            returns[number] = try DiskWork(
                reactor,
                { () throws(VMError) in
                    if let problem = hold.giveBack({ addresses.contains($0) }).first { throw problem }
                }
            ) { [unowned self] error in
                returns[number] = nil
                if let error { log.note("a device was not given back to the host: \(error)") }
            }
        } catch {
            log.note("a device is given back to the host when the machine ends: \(error)")
        }
    }
}
