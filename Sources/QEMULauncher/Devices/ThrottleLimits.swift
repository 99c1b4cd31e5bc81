public import VMCore
public import VMDomain
internal import VMJSON

extension IOTune {
    /// All limits in libvirt's order, by the names of its parameters.
    public static let parameters: [(name: String, path: any WritableKeyPath<IOTune, UInt64?> & Sendable)] = [
        ("total_bytes_sec", \.totalBytesSec), ("read_bytes_sec", \.readBytesSec),
        ("write_bytes_sec", \.writeBytesSec), ("total_iops_sec", \.totalIopsSec),
        ("read_iops_sec", \.readIopsSec), ("write_iops_sec", \.writeIopsSec),
        ("total_bytes_sec_max", \.totalBytesSecMax), ("read_bytes_sec_max", \.readBytesSecMax),
        ("write_bytes_sec_max", \.writeBytesSecMax), ("total_iops_sec_max", \.totalIopsSecMax),
        ("read_iops_sec_max", \.readIopsSecMax), ("write_iops_sec_max", \.writeIopsSecMax),
        ("size_iops_sec", \.sizeIopsSec),
        ("total_bytes_sec_max_length", \.totalBytesSecMaxLength),
        ("read_bytes_sec_max_length", \.readBytesSecMaxLength),
        ("write_bytes_sec_max_length", \.writeBytesSecMaxLength),
        ("total_iops_sec_max_length", \.totalIopsSecMaxLength),
        ("read_iops_sec_max_length", \.readIopsSecMaxLength),
        ("write_iops_sec_max_length", \.writeIopsSecMaxLength),
    ]

    public var isUnlimited: Bool { IOTune.parameters.allSatisfy { self[keyPath: $0.path] ?? 0 == 0 } }

    /// - Throws: `invalid-argument` when a total stands beside the limits of reading or writing.
    public func checkLimits() throws(VMError) {
        func both(_ total: UInt64?, _ read: UInt64?, _ write: UInt64?, _ what: String) throws(VMError) {
            if total ?? 0 > 0, (read ?? 0) > 0 || (write ?? 0) > 0 {
                throw VMError(
                    .invalidArgument,
                    "invalid argument: total and read/write of \(what) cannot be set at the same time")
            }
        }
        try both(totalBytesSec, readBytesSec, writeBytesSec, "bytes_sec")
        try both(totalIopsSec, readIopsSec, writeIopsSec, "iops_sec")
        try both(totalBytesSecMax, readBytesSecMax, writeBytesSecMax, "bytes_sec_max")
        try both(totalIopsSecMax, readIopsSecMax, writeIopsSecMax, "iops_sec_max")
    }

    /// The command that sets all of them for a drive.
    public func throttle(_ qdev: String, group: String) -> QMPCall {
        func number(_ value: UInt64?) -> JSONValue { JSONValue(value ?? 0) }
        var arguments: JSONObject = [
            "id": .string(qdev), "bps": number(totalBytesSec), "bps_rd": number(readBytesSec),
            "bps_wr": number(writeBytesSec), "iops": number(totalIopsSec), "iops_rd": number(readIopsSec),
            "iops_wr": number(writeIopsSec),
        ]
        let more: [(String, UInt64?)] = [
            ("bps_max", totalBytesSecMax), ("bps_rd_max", readBytesSecMax), ("bps_wr_max", writeBytesSecMax),
            ("iops_max", totalIopsSecMax), ("iops_rd_max", readIopsSecMax), ("iops_wr_max", writeIopsSecMax),
            ("bps_max_length", totalBytesSecMaxLength), ("bps_rd_max_length", readBytesSecMaxLength),
            ("bps_wr_max_length", writeBytesSecMaxLength), ("iops_max_length", totalIopsSecMaxLength),
            ("iops_rd_max_length", readIopsSecMaxLength), ("iops_wr_max_length", writeIopsSecMaxLength),
            ("iops_size", sizeIopsSec),
        ]
        for (name, value) in more where value ?? 0 > 0 { arguments[name] = number(value) }
        if !isUnlimited { arguments["group"] = .string(groupName ?? "drive-" + group) }
        return QMPCall("block_set_io_throttle", arguments)
    }
}
