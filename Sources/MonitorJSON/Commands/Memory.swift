public import VMCore
public import VMJSON

/// `balloon`: asks the guest to give memory back or take it; it may take time, BALLOON_CHANGE events follow.
public struct Balloon: QMPAction {
    public static let name = "balloon"
    /// Bytes left to the guest.
    public var size: UInt64
    public init(size: UInt64) { self.size = size }
    public var arguments: JSONObject { ["value": JSONValue(size)] }
}

/// `query-balloon`: bytes the guest has. Fails with class DeviceNotActive when there is no balloon.
public struct QueryBalloon: QMPCommand {
    public static let name = "query-balloon"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> UInt64 {
        try Fields(value, of: name).uint64("actual")
    }
}

/// `query-memory-size-summary` (since 2.11): bytes present at start, and plugged since.
public struct QueryMemorySize: QMPCommand {
    public struct Reply: Sendable, Hashable {
        public var base: UInt64
        /// Nil when this QEMU has no memory hotplug.
        public var plugged: UInt64?
    }
    public static let name = "query-memory-size-summary"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> Reply {
        let fields = try Fields(value, of: name)
        return Reply(base: try fields.uint64("base-memory"), plugged: fields["plugged-memory"]?.uint64)
    }
}

/// `query-memory-devices`: DIMMs and their like.
public struct QueryMemoryDevices: QMPCommand {
    public struct Device: Sendable, Hashable {
        /// `dimm`, `nvdimm`, `virtio-pmem`, `virtio-mem`, `sgx-epc`, `hv-balloon`.
        public var type: String
        public var id: String?
        /// The members that this type has.
        public var data: JSONObject
    }
    public static let name = "query-memory-devices"
    public init() {}
    public static func decode(_ value: JSONValue) throws(VMError) -> [Device] {
        var devices: [Device] = []
        for fields in try Fields.list(value, of: name) {
            let data = fields["data"]?.object ?? [:]
            devices.append(Device(type: try fields.string("type"), id: data["id"]?.string, data: data))
        }
        return devices
    }
}
