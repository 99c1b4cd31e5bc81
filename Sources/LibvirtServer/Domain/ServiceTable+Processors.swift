internal import LibvirtWire
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMManager

/// Virtual processors, I/O threads, and the host's processors that they run on.
extension ServiceTable {
    /// `virDomainVcpuFlags` beyond the scope.
    private enum CountFlag {
        static let maximum: UInt32 = 4
        static let guest: UInt32 = 8
        static let hotpluggable: UInt32 = 16
    }

    mutating func serveProcessors() {
        serveCounts()
        servePins()
        serveIOThreads()
    }

    private mutating func serveCounts() {
        serve(Remote.domainGetMaxVCPUs) { (domain, client) throws(VMError) in
            try await client.perform(domain, "processorCounts") { (manager, key) throws(VMError) in
                Int32(clamping: try manager.processorCounts(key).count(live: nil, maximum: true))
            }
        }
        serve(Remote.domainGetVCPUsFlags) { (arguments, client) throws(VMError) in
            let flags = arguments.flags
            try checkFlags(flags, 15, "qemuDomainGetVcpusFlags")
            try checkExclusive(flags, 1, 2, ("VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG"))
            if flags & CountFlag.guest != 0 {
                return Int32(clamping: try await client.machine(arguments.subject).guestProcessors().onlineCount)
            }
            return try await client.perform(arguments.subject, "processorCounts") { (manager, key) throws(VMError) in
                let isLive: Bool? = flags & 3 == 0 ? nil : flags & 1 != 0
                let counts = try manager.processorCounts(key)
                return Int32(clamping: try counts.count(live: isLive, maximum: flags & CountFlag.maximum != 0))
            }
        }
        carryOut(Remote.domainSetVCPUs) { (arguments, client) throws(VMError) in
            try await Self.setCount(arguments.domain, arguments.count, 1, client)
        }
        carryOut(Remote.domainSetVCPUsFlags) { (arguments, client) throws(VMError) in
            try await Self.setCount(arguments.domain, arguments.count, arguments.flags, client)
        }
        carryOut(Remote.domainSetVCPU) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainSetVcpu")
            let numbers = try HostProcessors.parse(arguments.map).members
            try await client.machine(arguments.domain).setProcessors(
                numbers: numbers, enabled: arguments.state != 0, scope: scope)
        }
        serve(Remote.domainGetVCPUs) { (arguments, client) throws(VMError) in
            let length = try Self.mapLength(arguments.mapLength, count: Int(arguments.limit))
            let states = try await client.machine(arguments.domain).processorStates()
            var answer = DomainVCPUs()
            for state in states.prefix(max(0, Int(arguments.limit))) {
                var info = VCPUInfo()
                info.number = UInt32(clamping: state.number)
                info.state = 1
                info.cpuTime = state.thread.time
                info.cpu = Int32(clamping: state.thread.processor)
                answer.vcpus.append(info)
                answer.maps += state.affinity.map(length: length)
            }
            return answer
        }
    }

    private static func setCount(
        _ domain: DomainReference, _ count: UInt32, _ flags: UInt32, _ client: Client
    ) async throws(VMError) {
        let scope = try ChangeScope(flags: flags, besides: 0x1c, "qemuDomainSetVcpusFlags")
        guard count > 0 else {
            throw VMError(.invalidArgument, "vcpus in virDomainSetVcpusFlags must be greater than zero")
        }
        if flags & CountFlag.guest != 0 {
            return try await client.machine(domain).setGuestProcessors(count: Int(count))
        }
        try await client.machine(domain).setProcessors(
            count: Int(count), maximum: flags & CountFlag.maximum != 0, scope: scope)
    }

    /// Bytes of each map, bounded: count and length are the client's, and their product is what is answered.
    private static func mapLength(_ length: Int32, count: Int) throws(VMError) -> Int {
        guard (0...Int32(CPUSet.limit / 8)).contains(length), count <= 16_384,
            max(0, count) * Int(length) <= 65_536
        else { throw VMError(.invalidArgument, "maps of \(count) times \(length) bytes are too large") }
        return Int(length)
    }

    private mutating func servePins() {
        carryOut(Remote.domainPinVCPU) { (arguments, client) throws(VMError) in
            try await Self.pin(arguments.domain, .vcpu(Int(arguments.vcpu)), arguments.map, .live, client)
        }
        carryOut(Remote.domainPinVCPUFlags) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainPinVcpuFlags")
            try await Self.pin(arguments.domain, .vcpu(Int(arguments.vcpu)), arguments.map, scope, client)
        }
        carryOut(Remote.domainPinEmulator) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainPinEmulator")
            try await Self.pin(arguments.domain, .emulator, arguments.map, scope, client)
        }
        carryOut(Remote.domainPinIOThread) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainPinIOThread")
            try await Self.pin(arguments.domain, .iothread(Int(arguments.thread)), arguments.map, scope, client)
        }
        serve(Remote.domainGetVCPUPinInfo) { (arguments, client) throws(VMError) in
            let isStored = try asksForStored(arguments.flags, "qemuDomainGetVcpuPinInfo")
            let length = try Self.mapLength(arguments.mapLength, count: Int(arguments.limit))
            let pins = try await Self.pins(arguments.domain, isStored, client).vcpus
            var answer = PinInfo()
            for pin in pins.prefix(max(0, Int(arguments.limit))) {
                answer.maps += pin.processors.map(length: length)
                answer.count += 1
            }
            return answer
        }
        serve(Remote.domainGetEmulatorPinInfo) { (arguments, client) throws(VMError) in
            let isStored = try asksForStored(arguments.flags, "qemuDomainGetEmulatorPinInfo")
            let length = try Self.mapLength(arguments.mapLength, count: 1)
            var answer = PinInfo()
            answer.maps = try await Self.pins(arguments.domain, isStored, client).emulator.map(length: length)
            answer.count = 1
            return answer
        }
    }

    private static func pin(
        _ domain: DomainReference, _ target: PinTarget, _ map: [UInt8], _ scope: ChangeScope, _ client: Client
    ) async throws(VMError) {
        _ = try await client.machine(domain).apply(.pin(target, try CPUSet(map: map)), scope: scope)
    }

    private static func pins(
        _ domain: DomainReference, _ isStored: Bool, _ client: Client
    ) async throws(VMError) -> ProcessorPins {
        try await client.machine(domain).pins(inactive: isStored)
    }

    private mutating func serveIOThreads() {
        serve(Remote.domainGetIOThreadInfo) { (arguments, client) throws(VMError) in
            let isStored = try asksForStored(arguments.flags, "qemuDomainGetIOThreadInfo")
            let length = (HostProcessors.count + 7) / 8
            let threads = try await Self.pins(arguments.subject, isStored, client).iothreads.map { pin in
                var info = IOThreadInfo()
                info.thread = UInt32(clamping: pin.number)
                info.map = pin.processors.map(length: length)
                return info
            }
            return Listing(threads)
        }
        carryOut(Remote.domainAddIOThread) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainAddIOThread")
            guard arguments.thread > 0 else { throw VMError(.invalidArgument, "invalid value of 0 for IOThread id") }
            _ = try await client.machine(arguments.domain).apply(.addIOThread(arguments.thread), scope: scope)
        }
        carryOut(Remote.domainDelIOThread) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainDelIOThread")
            guard arguments.thread > 0 else { throw VMError(.invalidArgument, "invalid value of 0 for IOThread id") }
            _ = try await client.machine(arguments.domain).apply(.removeIOThread(arguments.thread), scope: scope)
        }
    }
}
