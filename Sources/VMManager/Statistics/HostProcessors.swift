internal import CVMSystem
internal import Glibc
public import VMCore
public import VMDomain

/// The host's processors, and which of them threads may run on.
public enum HostProcessors {
    /// How many there are.
    public static var count: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_CONF)))) }

    /// Bytes of a set that holds every number a document may have.
    private static let room = CPUSet.limit / 8

    /// Where a thread may run; nil when it is gone.
    public static func affinity(of thread: Int32) -> CPUSet? {
        withMask { mask -> CPUSet? in
            guard vms_get_affinity(thread, mask.baseAddress, mask.count) == 0 else { return nil }
            let limit = count
            return CPUSet((0..<min(limit, CPUSet.limit)).filter { mask[$0 / 8] >> UInt8($0 % 8) & 1 == 1 })
        }
    }

    /// Says where a thread may run.
    static func setAffinity(of thread: Int32, to set: CPUSet) throws(VMError) {
        let code = withMask { mask -> Int32 in
            for number in set.members where number < CPUSet.limit { mask[number / 8] |= 1 << UInt8(number % 8) }
            return vms_set_affinity(thread, mask.baseAddress, mask.count) == 0 ? 0 : errno
        }
        guard code == 0 else {
            if code == EINVAL {
                throw VMError(
                    .invalidArgument, "the host has none of the processors \(set.xml)",
                    remedy: "it has 0-\(count - 1)")
            }
            throw .system("cannot set the affinity of thread \(thread)", errno: code)
        }
    }

    /// Gives a thread a scheduling class of the kernel's.
    ///
    /// - Throws: `io` with the way to get the right to it when this user has none.
    static func setScheduling(of thread: Int32, to wanted: Scheduling) throws(VMError) {
        let policy: Int32 =
            switch wanted.scheduler {
            // Linux's numbers of SCHED_BATCH and SCHED_IDLE, which the C library keeps to itself.
            case .batch: 3
            case .idle: 5
            case .fifo: Int32(SCHED_FIFO)
            case .rr: Int32(SCHED_RR)
            case nil: Int32(SCHED_OTHER)
            }
        var parameters = sched_param()
        parameters.sched_priority = Int32(clamping: wanted.priority ?? 0)
        guard sched_setscheduler(thread, policy, &parameters) == 0 else {
            let code = errno
            let name = wanted.scheduler?.rawValue ?? "other"
            throw VMError(
                .io, "cannot schedule thread \(thread) as '\(name)': \(errnoText(code))",
                remedy: code == EPERM ? "real-time classes need root, or a limit of 'rtprio' for the user" : nil)
        }
    }

    /// A list as users write it: `0-3,^2`, `7`, or `r` for all.
    public static func parse(_ text: String) throws(VMError) -> CPUSet {
        if text == "r" { return CPUSet(0...max(0, count - 1)) }
        guard let set = CPUSet(xml: text), !set.isEmpty else {
            throw VMError(.usage, "cpulist: Invalid format.", remedy: "write processors as in '0-3,^2'")
        }
        return set
    }

    private static func withMask<Result>(_ body: (UnsafeMutableBufferPointer<UInt8>) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: room, alignment: 16) { space in
            space.initializeMemory(as: UInt8.self, repeating: 0)
            return body(space.bindMemory(to: UInt8.self))
        }
    }
}

/// What can be bound to processors of the host.
public enum PinTarget: Sendable, Hashable {
    case vcpu(Int)
    case emulator
    case iothread(Int)
}

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
        let all = CPUSet(0...max(0, HostProcessors.count - 1))
        let state = try status(key)
        let domain = try domain(key, inactive: inactive)
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
        let statistics = try statistics(of: key, [.vcpu, .iothread])
        func live(_ thread: DomainStatistics.ThreadTime?) -> CPUSet? {
            thread.flatMap { HostProcessors.affinity(of: Int32(clamping: $0.id)) }
        }
        let running = Dictionary(statistics.vcpus.map { ($0.index, $0.thread) }, uniquingKeysWith: { $1 })
        pins.vcpus = pins.vcpus.filter { running[$0.number] != nil }
        for index in pins.vcpus.indices {
            if let now = live(running[pins.vcpus[index].number] ?? nil) { pins.vcpus[index].processors = now }
        }
        for index in pins.iothreads.indices {
            let thread = statistics.iothreads.first { $0.id == pins.iothreads[index].number }?.thread
            if let now = live(thread) { pins.iothreads[index].processors = now }
        }
        return pins
    }

    /// Binds a virtual processor, a thread for I/O, or the threads that are neither, to processors of the host.
    public func pin(
        _ key: String, _ target: PinTarget, to processors: CPUSet, scope: ChangeScope = .current
    ) throws(VMError) {
        let machine = try find(key)
        let (live, config) = try resolve(scope, machine)
        func edit(_ domain: inout Domain) throws(VMError) {
            switch target {
            case .emulator:
                var pin = CPUTuning.EmulatorPin()
                pin.cpuset = processors
                domain.cputune.emulatorpin = pin
            case .iothread(let number):
                guard domain.numberedIOThreads.contains(where: { $0.id == UInt32(clamping: number) }) else {
                    throw VMError(.notFound, "invalid argument: cannot find IOThread '\(number)' in iothreadids list")
                }
                var pin = CPUTuning.IOThreadPin()
                pin.iothread = UInt32(clamping: number)
                pin.cpuset = processors
                domain.cputune.iothreadpin.removeAll { $0.iothread == pin.iothread }
                domain.cputune.iothreadpin.append(pin)
                domain.cputune.iothreadpin.sort { ($0.iothread ?? 0) < ($1.iothread ?? 0) }
            case .vcpu(let number):
                guard number >= 0, number < Int(clamping: domain.vcpu?.count ?? 1) else {
                    throw VMError(.notFound, "invalid argument: vcpu \(number) is out of range of the domain's vcpus")
                }
                var pin = CPUTuning.VCPUPin()
                pin.vcpu = UInt32(clamping: number)
                pin.cpuset = processors
                domain.cputune.vcpupin.removeAll { $0.vcpu == pin.vcpu }
                domain.cputune.vcpupin.append(pin)
                domain.cputune.vcpupin.sort { ($0.vcpu ?? 0) < ($1.vcpu ?? 0) }
            }
        }
        var change: StoredChange?
        if config { change = try prepareStored(machine, edit) }
        if live { try pinLive(machine, target, processors, edit) }
        if let change { try commit(change) }
    }

    private func pinLive(
        _ machine: Machine, _ target: PinTarget, _ processors: CPUSet, _ edit: (inout Domain) throws(VMError) -> Void
    ) throws(VMError) {
        guard let qemu = try status(machine.name).qemu else { throw VMManager.notRunning }
        let statistics = try statistics(of: machine.name, [.vcpu, .iothread])
        switch target {
        case .iothread(let number):
            guard let thread = statistics.iothreads.first(where: { $0.id == number })?.thread else {
                throw VMError(.notFound, "invalid argument: cannot find IOThread '\(number)' in iothreadids list")
            }
            try HostProcessors.setAffinity(of: Int32(clamping: thread.id), to: processors)
        case .vcpu(let number):
            guard let thread = statistics.vcpus.first(where: { $0.index == number })?.thread else {
                throw VMError(.notFound, "invalid argument: vcpu \(number) is out of range of live cpu count")
            }
            try HostProcessors.setAffinity(of: Int32(clamping: thread.id), to: processors)
        case .emulator:
            let others = Set(
                (statistics.vcpus.map(\.thread) + statistics.iothreads.map(\.thread)).compactMap { $0?.id })
            for entry in (try? Folders.list("/proc/\(qemu.pid)/task")) ?? [] {
                guard let id = Int32(entry), !others.contains(Int(id)) else { continue }
                try HostProcessors.setAffinity(of: id, to: processors)
            }
        }
        var session = try LiveSession(self, machine, deadline: .after(.seconds(10)))
        try session.rewrite(edit)
    }
}
