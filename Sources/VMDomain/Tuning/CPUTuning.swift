public import VMXML

/// `<cputune>`: shares, quotas, pinning and scheduling of the machine's threads.
public struct CPUTuning: XMLElement {
    /// `<shares>`: the weight among machines.
    public var shares: UInt64?
    /// Periods in microseconds; quotas in microseconds a period, negative for no limit.
    public var period: UInt64?
    public var quota: Int?
    public var globalPeriod: UInt64?
    public var globalQuota: Int?
    public var emulatorPeriod: UInt64?
    public var emulatorQuota: Int?
    public var iothreadPeriod: UInt64?
    public var iothreadQuota: Int?
    public var vcpupin: [VCPUPin] = []
    public var emulatorpin: EmulatorPin?
    public var iothreadpin: [IOThreadPin] = []
    public var emulatorsched: Scheduling?
    public var vcpusched: [VCPUScheduling] = []
    public var iothreadsched: [IOThreadScheduling] = []
    public var cachetune: [CacheTuning] = []
    public var memorytune: [MemoryBandwidthTuning] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("shares", &shares)
        x.text("period", &period)
        x.text("quota", &quota)
        x.text("global_period", &globalPeriod)
        x.text("global_quota", &globalQuota)
        x.text("emulator_period", &emulatorPeriod)
        x.text("emulator_quota", &emulatorQuota)
        x.text("iothread_period", &iothreadPeriod)
        x.text("iothread_quota", &iothreadQuota)
        x.elements("vcpupin", &vcpupin)
        x.element("emulatorpin", &emulatorpin)
        x.elements("iothreadpin", &iothreadpin)
        x.element("emulatorsched", &emulatorsched)
        x.elements("vcpusched", &vcpusched)
        x.elements("iothreadsched", &iothreadsched)
        x.elements("cachetune", &cachetune)
        x.elements("memorytune", &memorytune)
    }

    public struct VCPUPin: XMLElement {
        public var vcpu: UInt32?
        public var cpuset: CPUSet?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("vcpu", &vcpu)
            x.required("cpuset", &cpuset)
        }
    }

    public struct EmulatorPin: XMLElement {
        public var cpuset: CPUSet?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.required("cpuset", &cpuset) }
    }

    public struct IOThreadPin: XMLElement {
        public var iothread: UInt32?
        public var cpuset: CPUSet?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("iothread", &iothread)
            x.required("cpuset", &cpuset)
        }
    }
}

/// A scheduling class of the host's kernel, with the priority that the real-time ones need.
public struct Scheduling: XMLElement {
    public enum Scheduler: String, XMLEnum { case batch, idle, fifo, rr }

    public var scheduler: Scheduler?
    public var priority: Int?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("scheduler", &scheduler)
        x.attribute("priority", &priority)
    }
}

/// `<vcpusched>`.
public struct VCPUScheduling: XMLElement {
    public var vcpus: CPUSet?
    public var scheduling = Scheduling()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("vcpus", &vcpus)
        scheduling.map(&x)
    }
}

/// `<iothreadsched>`.
public struct IOThreadScheduling: XMLElement {
    public var iothreads: CPUSet?
    public var scheduling = Scheduling()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("iothreads", &iothreads)
        scheduling.map(&x)
    }
}
