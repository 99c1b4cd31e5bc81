public import VMXML

/// `<vcpu>`: how many virtual CPUs the machine can have, and where their threads run.
public struct VCPU: XMLElement {
    public enum Placement: String, XMLEnum { case `static`, auto }

    public var placement: Placement?
    /// The host's CPUs on which the machine's threads run.
    public var cpuset: CPUSet?
    /// How many of them are there when the machine starts.
    public var current: UInt32?
    /// The largest number.
    public var count: UInt32?
    public var origin = XMLOrigin()

    public init() {}

    public init(_ count: UInt32) { self.count = count }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("placement", &placement)
        x.attribute("cpuset", &cpuset)
        x.attribute("current", &current)
        x.content(&count)
    }

    /// `<vcpu>` of `<vcpus>`: one virtual CPU by itself.
    public struct State: XMLElement {
        public var id: UInt32?
        public var enabled: YesNo?
        public var hotpluggable: YesNo?
        /// In which order the CPUs are plugged in.
        public var order: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("id", &id)
            x.required("enabled", &enabled)
            x.attribute("hotpluggable", &hotpluggable)
            x.attribute("order", &order)
        }
    }
}

extension Domain {
    /// The I/O threads with numbers: those that are listed, and as many more as are asked for, with the numbers left
    /// over.
    public var numberedIOThreads: [IOThread] {
        var threads = iothreadids
        let wanted = Int(clamping: min(iothreads ?? 0, 4096))
        var next: UInt32 = 1
        while threads.count < wanted {
            while threads.contains(where: { $0.id == next }) { next += 1 }
            var thread = IOThread()
            thread.id = next
            threads.append(thread)
        }
        return threads
    }
}

/// `<iothread>` of `<iothreadids>`: a thread that serves devices' I/O.
public struct IOThread: XMLElement {
    public var id: UInt32?
    public var threadPoolMin: UInt32?
    public var threadPoolMax: UInt32?
    public var poll: Poll?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("id", &id)
        x.attribute("thread_pool_min", &threadPoolMin)
        x.attribute("thread_pool_max", &threadPoolMax)
        x.element("poll", &poll)
    }

    /// `<poll>`: how long the thread polls before it sleeps, in nanoseconds.
    public struct Poll: XMLElement {
        public var max: UInt64?
        public var grow: UInt64?
        public var shrink: UInt64?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("max", &max)
            x.attribute("grow", &grow)
            x.attribute("shrink", &shrink)
        }
    }
}

/// `<defaultiothread>`: the thread pool of QEMU's main loop.
public struct DefaultIOThread: XMLElement {
    public var threadPoolMin: UInt32?
    public var threadPoolMax: UInt32?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("thread_pool_min", &threadPoolMin)
        x.attribute("thread_pool_max", &threadPoolMax)
    }
}
