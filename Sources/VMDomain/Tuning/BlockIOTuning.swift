public import VMXML

/// `<blkiotune>`: weights and limits of the machine's block I/O on the host.
public struct BlockIOTuning: XMLElement {
    public var weight: UInt32?
    public var devices: [Device] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("weight", &weight)
        x.elements("device", &devices)
    }

    /// `<device>`: for one block device of the host.
    public struct Device: XMLElement {
        public var path: String?
        public var weight: UInt32?
        public var readIopsSec: UInt32?
        public var writeIopsSec: UInt32?
        public var readBytesSec: UInt64?
        public var writeBytesSec: UInt64?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.text("path", &path)
            x.text("weight", &weight)
            x.text("read_iops_sec", &readIopsSec)
            x.text("write_iops_sec", &writeIopsSec)
            x.text("read_bytes_sec", &readBytesSec)
            x.text("write_bytes_sec", &writeBytesSec)
        }

        /// Takes out what is 0, which says that there is no limit.
        package mutating func dropZeros() {
            if weight == 0 { weight = nil }
            if readIopsSec == 0 { readIopsSec = nil }
            if writeIopsSec == 0 { writeIopsSec = nil }
            if readBytesSec == 0 { readBytesSec = nil }
            if writeBytesSec == 0 { writeBytesSec = nil }
        }

        /// Whether it says anything of its device.
        package var hasLimits: Bool {
            weight != nil || readIopsSec != nil || writeIopsSec != nil || readBytesSec != nil || writeBytesSec != nil
        }
    }
}
