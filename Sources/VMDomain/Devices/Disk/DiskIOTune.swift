/// The limits that a disk's `<iotune>` and a `<throttlegroup>` have in common: bytes or requests a second, bursts of
/// them, and for how many seconds a burst may last. 0 and absent mean no limit.
public struct IOLimits: XMLElement {
    public var totalBytesSec: UInt64?
    public var readBytesSec: UInt64?
    public var writeBytesSec: UInt64?
    public var totalIOPSSec: UInt64?
    public var readIOPSSec: UInt64?
    public var writeIOPSSec: UInt64?
    public var totalBytesSecMax: UInt64?
    public var readBytesSecMax: UInt64?
    public var writeBytesSecMax: UInt64?
    public var totalIOPSSecMax: UInt64?
    public var readIOPSSecMax: UInt64?
    public var writeIOPSSecMax: UInt64?
    /// How many bytes count as one request.
    public var sizeIOPSSec: UInt64?
    public var groupName: String?
    public var totalBytesSecMaxLength: UInt64?
    public var readBytesSecMaxLength: UInt64?
    public var writeBytesSecMaxLength: UInt64?
    public var totalIOPSSecMaxLength: UInt64?
    public var readIOPSSecMaxLength: UInt64?
    public var writeIOPSSecMaxLength: UInt64?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.text("total_bytes_sec", &totalBytesSec)
        x.text("read_bytes_sec", &readBytesSec)
        x.text("write_bytes_sec", &writeBytesSec)
        x.text("total_iops_sec", &totalIOPSSec)
        x.text("read_iops_sec", &readIOPSSec)
        x.text("write_iops_sec", &writeIOPSSec)
        x.text("total_bytes_sec_max", &totalBytesSecMax)
        x.text("read_bytes_sec_max", &readBytesSecMax)
        x.text("write_bytes_sec_max", &writeBytesSecMax)
        x.text("total_iops_sec_max", &totalIOPSSecMax)
        x.text("read_iops_sec_max", &readIOPSSecMax)
        x.text("write_iops_sec_max", &writeIOPSSecMax)
        x.text("size_iops_sec", &sizeIOPSSec)
        x.text("group_name", &groupName)
        x.text("total_bytes_sec_max_length", &totalBytesSecMaxLength)
        x.text("read_bytes_sec_max_length", &readBytesSecMaxLength)
        x.text("write_bytes_sec_max_length", &writeBytesSecMaxLength)
        x.text("total_iops_sec_max_length", &totalIOPSSecMaxLength)
        x.text("read_iops_sec_max_length", &readIOPSSecMaxLength)
        x.text("write_iops_sec_max_length", &writeIOPSSecMaxLength)
    }
}

/// `<iotune>`.
public typealias DiskIOTune = IOLimits
