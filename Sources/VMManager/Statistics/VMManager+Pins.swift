internal import QEMULauncher
internal import VMCore
internal import VMDomain

/// Binding a machine's threads to processors of the host when it is started: `<vcpu cpuset>`, `<cputune>`; and
/// their scheduling classes.
extension VMManager {
    /// Binds the threads of a machine that was just started. All or nothing: a machine whose threads can't be bound is
    /// ended again.
    func pinThreads(of domain: Domain, _ state: PublishedState) async throws(VMError) {
        guard domain.hasPins else { return }
        do throws(VMError) {
            try await bind(domain, state)
        } catch {
            _ = try? await destroy(machine(of: state))
            throw error
        }
    }

    private func bind(_ domain: Domain, _ state: PublishedState) async throws(VMError) {
        guard let qemu = state.qemu,
            case let found = await statistics(of: state, [.vcpu, .iothread], nil, patience: .seconds(5))
        else { throw VMManager.notRunning }
        if let problem = found.problem { throw problem }
        var places: [Int32: CPUSet] = [:]
        if let general = domain.cputune.emulatorpin?.cpuset ?? domain.vcpu?.cpuset {
            for thread in ProcessTable.threads(of: qemu.pid) { places[thread] = general }
        }
        func place(_ thread: DomainStatistics.ThreadTime?, _ set: CPUSet?) {
            guard let thread else { return }
            // Those of the emulator's own threads are none of theirs.
            places[Int32(clamping: thread.id)] = set ?? domain.vcpu?.cpuset
        }
        for vcpu in found.vcpus {
            place(vcpu.thread, domain.cputune.vcpupin.first { $0.vcpu.map { Int($0) } == vcpu.index }?.cpuset)
        }
        for thread in found.iothreads {
            place(thread.thread, domain.cputune.iothreadpin.first { $0.iothread == thread.id }?.cpuset)
        }
        // What QEMU says of threads that aren't its own counts for nothing.
        let own = Set(ProcessTable.threads(of: qemu.pid))
        for (thread, set) in places where own.contains(thread) { try HostProcessors.setAffinity(of: thread, to: set) }
        try schedule(domain, found, qemu.pid)
    }

    /// The kernel's scheduling class of threads: `<vcpusched>`, `<iothreadsched>`, `<emulatorsched>`.
    private func schedule(_ domain: Domain, _ found: DomainStatistics, _ qemu: Int32) throws(VMError) {
        var classes: [Int32: Scheduling] = [:]
        let others = (found.vcpus.map(\.thread) + found.iothreads.map(\.thread)).compactMap {
            $0.map { Int32(clamping: $0.id) }
        }
        if let general = domain.cputune.emulatorsched {
            for thread in ProcessTable.threads(of: qemu) where !others.contains(thread) { classes[thread] = general }
        }
        for vcpu in found.vcpus {
            guard let thread = vcpu.thread else { continue }
            let entry = domain.cputune.vcpusched.first { $0.vcpus?.contains(vcpu.index) == true }
            if let entry { classes[Int32(clamping: thread.id)] = entry.scheduling }
        }
        for iothread in found.iothreads {
            guard let thread = iothread.thread else { continue }
            let entry = domain.cputune.iothreadsched.first {
                $0.iothreads?.contains(Int(clamping: iothread.id)) == true
            }
            if let entry { classes[Int32(clamping: thread.id)] = entry.scheduling }
        }
        let own = Set(ProcessTable.threads(of: qemu))
        for (thread, wanted) in classes where own.contains(thread) {
            try HostProcessors.setScheduling(of: thread, to: wanted)
        }
    }
}

extension Domain {
    /// Whether threads are to be bound or scheduled.
    var hasPins: Bool {
        vcpu?.cpuset != nil || cputune.emulatorpin != nil || !cputune.vcpupin.isEmpty || !cputune.iothreadpin.isEmpty
            || cputune.emulatorsched != nil || !cputune.vcpusched.isEmpty || !cputune.iothreadsched.isEmpty
    }

    /// Every set of the host's processors that the document names, with the element it stands in.
    var namedProcessors: [(element: String, set: CPUSet)] {
        var found: [(element: String, set: CPUSet)] = []
        func add(_ element: String, _ set: CPUSet?) { if let set { found.append((element, set)) } }
        add("<vcpu>", vcpu?.cpuset)
        add("<emulatorpin>", cputune.emulatorpin?.cpuset)
        for pin in cputune.vcpupin { add("<vcpupin vcpu='\(pin.vcpu ?? 0)'>", pin.cpuset) }
        for pin in cputune.iothreadpin { add("<iothreadpin iothread='\(pin.iothread ?? 0)'>", pin.cpuset) }
        return found
    }
}
