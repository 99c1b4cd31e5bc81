internal import VMCore
internal import VMDomain
internal import VMXML

/// Edits of a domain's memory, processors, threads and policies.
extension Domain {
    // MARK: Memory

    mutating func setMemory(_ bytes: UInt64) throws(VMError) {
        let size = ScaledSize.kibibytes(ScaledSize(bytes: bytes).kibibytes)
        if let whole = memory?.size, size > whole {
            throw VMError(
                .invalidArgument, "invalid argument: cannot set memory higher than max memory",
                remedy: "it is \(whole.kibibytes) KiB; raise it with \(command: "setmaxmem")")
        }
        currentMemory = currentMemory ?? CurrentMemory()
        currentMemory?.size = size
    }

    mutating func setMaximumMemory(_ bytes: UInt64) {
        let size = ScaledSize.kibibytes(ScaledSize(bytes: bytes).kibibytes)
        memory = memory ?? Memory()
        memory?.size = size
        if let current = currentMemory?.size, current > size { currentMemory?.size = size }
    }

    mutating func setMemoryStatisticsPeriod(_ seconds: UInt32) throws(VMError) {
        guard hasBalloon else {
            throw VMError(
                .unsupported,
                "Requested operation is not valid: Memory balloon model must be virtio to gather memory statistics",
                remedy: "add <memballoon model='virtio'/>")
        }
        var statistics = MemoryBalloon.Statistics()
        statistics.period = seconds
        devices.memoryBalloon?.stats = seconds > 0 ? statistics : nil
    }

    package var hasBalloon: Bool { devices.memoryBalloon.map { $0.model != MemoryBalloon.Model.none } ?? false }

    // MARK: Threads for I/O

    mutating func addIOThread(_ number: UInt32) throws(VMError) {
        guard number > 0 else { throw VMError(.invalidArgument, "Invalid IOThread id value: '0'") }
        var threads = numberedIOThreads
        if threads.contains(where: { $0.id == number }) {
            throw VMError(
                .exists, "invalid argument: an IOThread is already using iothread_id '\(number)'",
                libvirt: LibvirtError(.invalidArgument))
        }
        var thread = IOThread()
        thread.id = number
        threads.append(thread)
        setIOThreads(threads)
    }

    mutating func removeIOThread(_ number: UInt32) throws(VMError) {
        _ = try ioThread(number)
        if let user = user(ofIOThread: number) {
            throw VMError(
                .busy, "invalid argument: cannot remove IOThread '\(number)' since it is being used by \(user)")
        }
        setIOThreads(numberedIOThreads.filter { $0.id != number })
        cputune.iothreadpin.removeAll { $0.iothread == number }
    }

    mutating func setIOThread(_ number: UInt32, _ settings: IOThreadSettings) throws(VMError) {
        _ = try ioThread(number)
        var threads = numberedIOThreads
        for index in threads.indices where threads[index].id == number { settings.apply(to: &threads[index]) }
        setIOThreads(threads)
    }

    private mutating func setIOThreads(_ threads: [IOThread]) {
        iothreadids = threads.sorted { ($0.id ?? 0) < ($1.id ?? 0) }
        iothreads = threads.isEmpty ? nil : .init(clamping: threads.count)
    }

    /// What has this thread for its I/O; nil for nothing.
    private func user(ofIOThread number: UInt32) -> String? {
        if let disk = devices.disks.first(where: { disk in
            disk.driver?.iothread == number || disk.driver?.iothreads.contains { $0.id == number } == true
        }) {
            return "disk '\(disk.target?.dev ?? "")'"
        }
        return devices.controllers.first { controller in
            controller.driver?.iothread == number || controller.driver?.iothreads.contains { $0.id == number } == true
        }.map { "controller '\($0.alias?.name ?? "\($0.type)")'" }
    }

    // MARK: Policies

    mutating func setLifecycleAction(_ action: LifecycleActionChange) throws(VMError) {
        // What was wrong with the document before is none of the actions' fault.
        let before = Set(validate().map(\.message))
        switch action {
        case .poweroff(let action): onPoweroff = action
        case .reboot(let action): onReboot = action
        case .crash(let action): onCrash = action
        }
        let findings = validate().filter { $0.severity == .error && !before.contains($0.message) }
        if !findings.isEmpty {
            throw VMError(.invalidXML, "the actions don't go together", diagnostics: findings)
        }
    }

    // MARK: Pins

    mutating func pin(_ target: PinTarget, to processors: CPUSet) throws(VMError) {
        switch target {
        case .emulator:
            var pin = CPUTuning.EmulatorPin()
            pin.cpuset = processors
            cputune.emulatorpin = pin
        case .iothread(let number):
            guard numberedIOThreads.contains(where: { $0.id == UInt32(clamping: number) }) else {
                throw VMError(.notFound, "invalid argument: cannot find IOThread '\(number)' in iothreadids list")
            }
            var pin = CPUTuning.IOThreadPin()
            pin.iothread = UInt32(clamping: number)
            pin.cpuset = processors
            cputune.iothreadpin.removeAll { $0.iothread == pin.iothread }
            cputune.iothreadpin.append(pin)
            cputune.iothreadpin.sort { ($0.iothread ?? 0) < ($1.iothread ?? 0) }
        case .vcpu(let number):
            guard number >= 0, number < Int(clamping: vcpu?.count ?? 1) else {
                throw VMError(.notFound, "invalid argument: vcpu \(number) is out of range of the domain's vcpus")
            }
            var pin = CPUTuning.VCPUPin()
            pin.vcpu = UInt32(clamping: number)
            pin.cpuset = processors
            cputune.vcpupin.removeAll { $0.vcpu == pin.vcpu }
            cputune.vcpupin.append(pin)
            cputune.vcpupin.sort { ($0.vcpu ?? 0) < ($1.vcpu ?? 0) }
        }
    }
}
