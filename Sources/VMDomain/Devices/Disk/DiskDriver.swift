public import VMXML

/// `<driver>` of a disk: how QEMU works with the image.
public struct DiskDriver: XMLElement {
    public enum Cache: String, XMLEnum { case `default`, none, writethrough, writeback, directsync, unsafe }
    public enum ErrorPolicy: String, XMLEnum { case stop, report, ignore, enospace }
    public enum ReadErrorPolicy: String, XMLEnum { case stop, report, ignore }
    public enum IO: String, XMLEnum {
        case native, threads
        case ioUring = "io_uring"
    }
    public enum Discard: String, XMLEnum { case unmap, ignore }
    public enum DetectZeroes: String, XMLEnum { case off, on, unmap }

    /// `qemu`.
    public var name: String?
    /// The image's format.
    public var type: ImageFormat?
    public var cache: Cache?
    public var errorPolicy: ErrorPolicy?
    public var rerrorPolicy: ReadErrorPolicy?
    public var io: IO?
    public var ioeventfd: OnOff?
    public var eventIdx: OnOff?
    public var copyOnRead: OnOff?
    public var discard: Discard?
    /// The number of the thread that serves the disk.
    public var iothread: UInt32?
    public var detectZeroes: DetectZeroes?
    public var queues: UInt32?
    public var queueSize: UInt32?
    /// qcow2: a discarded cluster stays allocated, so that the image doesn't get fragmented.
    public var discardNoUnref: OnOff?
    public var virtio = VirtioOptions()
    /// virtio: several threads, each with the queues it serves.
    public var iothreads: [DiskIOThread] = []
    public var statistics = DiskStatistics()
    @Indirect public var metadataCache: DiskMetadataCache?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("name", &name)
        x.attribute("type", &type)
        x.attribute("cache", &cache)
        x.attribute("error_policy", &errorPolicy)
        x.attribute("rerror_policy", &rerrorPolicy)
        x.attribute("io", &io)
        x.attribute("ioeventfd", &ioeventfd)
        x.attribute("event_idx", &eventIdx)
        x.attribute("copy_on_read", &copyOnRead)
        x.attribute("discard", &discard)
        x.attribute("iothread", &iothread)
        x.attribute("detect_zeroes", &detectZeroes)
        x.attribute("queues", &queues)
        x.attribute("queue_size", &queueSize)
        x.attribute("discard_no_unref", &discardNoUnref)
        virtio.map(&x)
        x.list("iothreads", of: "iothread", &iothreads)
        x.element("statistics", &statistics)
        x.element("metadata_cache", &metadataCache)
    }
}

/// `<iothread id='…'>` of a disk or controller: a thread, and the queues it serves; none listed: as they come.
public struct DiskIOThread: XMLElement {
    /// `<queue id='…'>`.
    public struct Queue: XMLElement {
        public var id: UInt32?

        public init() {}
        public init(id: UInt32) { self.id = id }

        public mutating func map(_ x: inout XMLMapper) { x.required("id", &id) }
    }

    public var id: UInt32?
    public var queues: [Queue] = []

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("id", &id, as: PositiveNumber.self)
        x.elements("queue", &queues)
    }
}

/// `<statistics>`: what is counted of the disk's requests besides their number and size.
public struct DiskStatistics: XMLElement {
    public var intervals: [DiskStatistic] = []
    public var histograms: [LatencyHistogram] = []

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.elements("statistic", &intervals)
        x.elements("latency-histogram", &histograms)
    }
}

/// `<latency-histogram>`: how many requests took how long.
public struct LatencyHistogram: XMLElement {
    /// `type`: the requests that are counted.
    public enum Kind: String, XMLEnum { case all, read, write, zone, flush }

    /// `<bin start='…'>`: requests that take at least so many nanoseconds, and less than the next bin's.
    public struct Bin: XMLElement {
        public var start: UInt64?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.required("start", &start) }
    }

    /// All requests, where absent.
    public var type: Kind?
    public var bins: [Bin] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("type", &type)
        x.elements("bin", &bins)
    }
}

/// `<statistic interval='…'>`: an interval in seconds over which latencies are collected.
public struct DiskStatistic: XMLElement {
    public var interval: UInt32?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("interval", &interval, as: PositiveNumber.self) }
}
