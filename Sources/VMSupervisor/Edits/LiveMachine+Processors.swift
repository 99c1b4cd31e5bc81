internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Processors that come and go, and where threads run.
extension LiveMachine {
    func setProcessorCount(_ number: UInt32) throws(VMError) {
        guard number > 0 else { throw VMError(.invalidArgument, "Invalid value for number of virtual CPUs") }
        try domain.checkProcessorCount(number, "live")
        try forgetDeparted()
        var current = domain.vcpu?.current ?? domain.vcpu?.count ?? 1
        if current < number {
            while current < number {
                try plugProcessor()
                current += 1
            }
            try limitNewThreads()
        }
        while current > number {
            try unplugProcessor()
            current -= 1
        }
    }

    func setProcessors(_ numbers: [UInt32], isEnabled: Bool) throws(VMError) {
        try domain.checkProcessors(numbers, isEnabled: isEnabled)
        try forgetDeparted()
        for number in numbers where domain.hasProcessor(number) != isEnabled {
            if isEnabled { try plugProcessor(Int(number)) } else { try unplugProcessor(Int(number)) }
        }
        if isEnabled { try limitNewThreads() }
    }

    /// Counts from what QEMU has: a processor may have left without a word.
    private func forgetDeparted() throws(VMError) {
        for name in try departedProcessors() { try clearAway(.init(name: name, leftovers: [])) }
    }

    private func plugProcessor(_ wanted: Int? = nil) throws(VMError) {
        let all = (try run("query-hotpluggable-cpus").array ?? [])
        // QEMU lists them with the highest first.
        let free = all.indices.last { index in
            all[index]["qom-path"] == nil && (wanted == nil || wanted == all.count - 1 - index)
        }
        guard let place = free, let type = all[place]["type"]?.string, let properties = all[place]["props"]?.object
        else { throw VMError(.unsupported, "this machine's processors can't be plugged in while it runs") }
        try checkThreads()
        let number = all.count - 1 - place
        let device: JSONObject = ["driver": .string(type), "id": .string(ProcessorName.make(number))]
        var next = domain
        next.enableProcessor(UInt32(clamping: number))
        let step = HotplugChange.Step(
            QMPCall("device_add", device.merging(properties)),
            undo: QMPCall("device_del", ["id": .string("vcpu\(number)")]))
        try make(HotplugChange(steps: [step], domain: next, device: "vcpu\(number)"), completing: nil)
    }

    /// Once a processor has left that QEMU emulates, a further one brings QEMU down, and the guest with it: the thread that
    /// has ended is still counted, and parts of it are used after they were freed.
    private func checkThreads() throws(VMError) {
        guard ProcessorName.countOfLeft(in: folder) > 0, (try? run("query-kvm"))?["enabled"]?.bool == false else {
            return
        }
        throw VMError(
            .unsupported,
            "QEMU can't plug a processor in after one has left when it emulates them: it would end, and the guest with it",
            remedy: "use \(option: "config"), and start the machine again; with KVM processors may come and go")
    }

    private func unplugProcessor(_ wanted: Int? = nil) throws(VMError) {
        let all = (try run("query-hotpluggable-cpus").array ?? [])
        let plugged = all.compactMap { entry -> Substring? in
            guard let path = entry["qom-path"]?.string, path.hasPrefix("/machine/peripheral/vcpu") else { return nil }
            return path.dropFirst("/machine/peripheral/".count)
        }
        guard let last = plugged.first(where: { wanted == nil || $0 == "vcpu\(wanted ?? 0)" }) else {
            throw VMError(
                .unsupported, "the processors that a machine was started with can't be taken out while it runs",
                remedy: "use \(option: "config"), and start the machine again")
        }
        try detach(String(last), leftovers: [], completing: nil)
    }

    // MARK: Pins

    /// Binds threads of QEMU to processors of the host.
    func pin(_ target: PinTarget, _ processors: CPUSet, _ edit: DomainEdit) throws(VMError) {
        var checked = domain
        try edit.apply(to: &checked)
        guard let qemu else { throw Self.notRunning }
        let (vcpus, iothreads) = try threads()
        switch target {
        case .iothread(let number):
            guard let thread = iothreads[number] else {
                throw VMError(.notFound, "invalid argument: cannot find IOThread '\(number)' in iothreadids list")
            }
            try HostProcessors.setAffinity(of: thread, to: processors)
        case .vcpu(let number):
            guard let thread = vcpus[number] else {
                throw VMError(.notFound, "invalid argument: vcpu \(number) is out of range of live cpu count")
            }
            try HostProcessors.setAffinity(of: thread, to: processors)
        case .emulator:
            let others = Set(vcpus.values).union(iothreads.values)
            for thread in ProcessTable.threads(of: qemu.pid) where !others.contains(thread) {
                try HostProcessors.setAffinity(of: thread, to: processors)
            }
        }
        try rewrite(edit)
    }

    /// The threads of processors and of I/O, by their numbers.
    func threads() throws(VMError) -> (vcpus: [Int: Int32], iothreads: [Int: Int32]) {
        guard let qemu else { throw Self.notRunning }
        let (vcpus, iothreads) = (try run("query-cpus-fast"), try run("query-iothreads"))
        return (QEMUThreads.vcpus(vcpus, of: qemu.pid), QEMUThreads.iothreads(iothreads, of: qemu.pid))
    }
}
