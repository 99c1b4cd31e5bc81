public import VMXML

/// `<pm>`: whether the guest's firmware offers sleep states.
public struct PowerManagement: XMLElement {
    /// S3.
    public var suspendToMem: State?
    /// S4.
    public var suspendToDisk: State?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.element("suspend-to-mem", &suspendToMem)
        x.element("suspend-to-disk", &suspendToDisk)
    }

    public struct State: XMLElement {
        public var enabled: YesNo?

        public init() {}

        public init(_ enabled: YesNo) { self.enabled = enabled }

        public mutating func map(_ x: inout XMLMapper) { x.attribute("enabled", &enabled) }
    }
}

/// `<event>` of `<perf>`: a performance counter of the host.
public struct PerfEvent: XMLElement {
    public enum Name: String, XMLEnum {
        case cmt, mbmt, mbml, instructions
        case cpuCycles = "cpu_cycles"
        case cacheReferences = "cache_references"
        case cacheMisses = "cache_misses"
        case branchInstructions = "branch_instructions"
        case branchMisses = "branch_misses"
        case busCycles = "bus_cycles"
        case stalledCyclesFrontend = "stalled_cycles_frontend"
        case stalledCyclesBackend = "stalled_cycles_backend"
        case refCpuCycles = "ref_cpu_cycles"
        case cpuClock = "cpu_clock"
        case taskClock = "task_clock"
        case pageFaults = "page_faults"
        case contextSwitches = "context_switches"
        case cpuMigrations = "cpu_migrations"
        case pageFaultsMin = "page_faults_min"
        case pageFaultsMaj = "page_faults_maj"
        case alignmentFaults = "alignment_faults"
        case emulationFaults = "emulation_faults"
    }

    public var name: Name?
    public var enabled: YesNo?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.required("enabled", &enabled)
    }
}
