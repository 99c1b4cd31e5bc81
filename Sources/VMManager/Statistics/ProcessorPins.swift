internal import QEMULauncher
public import VMCore
public import VMDomain

/// Where a machine's threads may run.
public struct ProcessorPins: Sendable, Hashable {
    public struct Pin: Sendable, Hashable {
        public var number: Int
        public var processors: CPUSet
    }

    public var vcpus: [Pin] = []
    public var iothreads: [Pin] = []
    public var emulator: CPUSet
}

extension VMManager {
    /// Where the threads of a domain may run: of a running one what the kernel says, else what is stored.
    public func pins(_ key: String, inactive: Bool = false) throws(VMError) -> ProcessorPins {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.pins(machine, inactive: inactive)
        }
    }

    func pins(_ machine: Machine, inactive: Bool) async throws(VMError) -> ProcessorPins {
        let all = CPUSet(0...max(0, HostProcessors.count - 1))
        let state = observe(machine)
        let domain = try domain(machine, inactive: inactive)
        let standard = domain.vcpu?.cpuset ?? all
        var pins = ProcessorPins(emulator: domain.cputune.emulatorpin?.cpuset ?? standard)
        for number in 0..<Int(clamping: domain.vcpu?.count ?? 1) {
            let stored = domain.cputune.vcpupin.first { $0.vcpu.map { Int($0) } == number }
            pins.vcpus.append(.init(number: number, processors: stored?.cpuset ?? standard))
        }
        for number in domain.numberedIOThreads.compactMap(\.id).sorted() {
            let stored = domain.cputune.iothreadpin.first { $0.iothread == number }
            pins.iothreads.append(.init(number: Int(number), processors: stored?.cpuset ?? standard))
        }
        guard !inactive, state.state.isActive, let qemu = state.qemu else { return pins }
        if let now = HostProcessors.affinity(of: qemu.pid) { pins.emulator = now }
        let statistics = await statistics(of: machine, [.vcpu, .iothread])
        func live(_ thread: DomainStatistics.ThreadTime?) -> CPUSet? {
            thread.flatMap { HostProcessors.affinity(of: Int32(clamping: $0.id)) }
        }
        let running = Dictionary(statistics.vcpus.map { ($0.index, $0.thread) }, uniquingKeysWith: { $1 })
        for index in pins.vcpus.indices {
            if let now = live(running[pins.vcpus[index].number] ?? nil) { pins.vcpus[index].processors = now }
        }
        for index in pins.iothreads.indices {
            let thread = statistics.iothreads.first { $0.id == pins.iothreads[index].number }?.thread
            if let now = live(thread) { pins.iothreads[index].processors = now }
        }
        return pins
    }
}
