public import VMXML

/// `<iotune>` of a disk and `<throttlegroup>`: limits of bytes and operations per second.
///
/// A `max` limit holds for bursts of `max_length` seconds; a `total` limit excludes the `read` and `write` ones.
public struct IOTune: XMLElement {
    public var totalBytesSec: UInt64?
    public var readBytesSec: UInt64?
    public var writeBytesSec: UInt64?
    public var totalIopsSec: UInt64?
    public var readIopsSec: UInt64?
    public var writeIopsSec: UInt64?
    public var totalBytesSecMax: UInt64?
    public var readBytesSecMax: UInt64?
    public var writeBytesSecMax: UInt64?
    public var totalIopsSecMax: UInt64?
    public var readIopsSecMax: UInt64?
    public var writeIopsSecMax: UInt64?
    /// The size in bytes of what counts as one operation.
    public var sizeIopsSec: UInt64?
    /// Disks of one group share their limits.
    public var groupName: String?
    public var totalBytesSecMaxLength: UInt64?
    public var readBytesSecMaxLength: UInt64?
    public var writeBytesSecMaxLength: UInt64?
    public var totalIopsSecMaxLength: UInt64?
    public var readIopsSecMaxLength: UInt64?
    public var writeIopsSecMaxLength: UInt64?
    public var origin = XMLOrigin()

    public init() {}

    /// All limits, with what goes with them.
    private static let numbers: [any WritableKeyPath<IOTune, UInt64?> & Sendable] = [
        \.totalBytesSec, \.readBytesSec, \.writeBytesSec, \.totalIopsSec, \.readIopsSec, \.writeIopsSec,
        \.totalBytesSecMax, \.readBytesSecMax, \.writeBytesSecMax, \.totalIopsSecMax, \.readIopsSecMax,
        \.writeIopsSecMax,
        \.sizeIopsSec, \.totalBytesSecMaxLength, \.readBytesSecMaxLength, \.writeBytesSecMaxLength,
        \.totalIopsSecMaxLength, \.readIopsSecMaxLength, \.writeIopsSecMaxLength,
    ]

    /// Takes out what is 0, which says that there is no limit.
    package mutating func dropZeros() {
        for number in IOTune.numbers where self[keyPath: number] == 0 { self[keyPath: number] = nil }
    }

    /// Whether it says nothing.
    package var isEmpty: Bool { groupName == nil && saysNoLimit }

    /// Whether it has no number.
    package var saysNoLimit: Bool { IOTune.numbers.allSatisfy { self[keyPath: $0] ?? 0 == 0 } }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("total_bytes_sec", &totalBytesSec)
        x.text("read_bytes_sec", &readBytesSec)
        x.text("write_bytes_sec", &writeBytesSec)
        x.text("total_iops_sec", &totalIopsSec)
        x.text("read_iops_sec", &readIopsSec)
        x.text("write_iops_sec", &writeIopsSec)
        x.text("total_bytes_sec_max", &totalBytesSecMax)
        x.text("read_bytes_sec_max", &readBytesSecMax)
        x.text("write_bytes_sec_max", &writeBytesSecMax)
        x.text("total_iops_sec_max", &totalIopsSecMax)
        x.text("read_iops_sec_max", &readIopsSecMax)
        x.text("write_iops_sec_max", &writeIopsSecMax)
        x.text("size_iops_sec", &sizeIopsSec)
        x.text("group_name", &groupName)
        x.text("total_bytes_sec_max_length", &totalBytesSecMaxLength)
        x.text("read_bytes_sec_max_length", &readBytesSecMaxLength)
        x.text("write_bytes_sec_max_length", &writeBytesSecMaxLength)
        x.text("total_iops_sec_max_length", &totalIopsSecMaxLength)
        x.text("read_iops_sec_max_length", &readIopsSecMaxLength)
        x.text("write_iops_sec_max_length", &writeIopsSecMaxLength)
    }
}
