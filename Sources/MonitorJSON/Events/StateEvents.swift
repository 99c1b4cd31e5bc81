public import VMJSON

/// Events that carry nothing but their name.
public enum PlainEvent: String, Sendable, CaseIterable {
    case stop = "STOP"
    case resume = "RESUME"
    /// The power button was pressed for the guest, which is all it means.
    case powerdown = "POWERDOWN"
    /// The guest sleeps.
    case suspend = "SUSPEND"
    /// The guest has saved itself to its disk.
    case suspendToDisk = "SUSPEND_DISK"
    case wakeup = "WAKEUP"
    case spiceMigrationCompleted = "SPICE_MIGRATE_COMPLETED"
}

extension QMPEvent {
    /// The event when it is one without members.
    public var plain: PlainEvent? { PlainEvent(rawValue: name) }
}

/// MIGRATION (since 2.4; only with the capability `events`).
public struct MigrationEvent: TypedEvent, Hashable {
    public static let name = "MIGRATION"
    public var status: String
    public init?(_ data: JSONObject) {
        guard let status = data["status"]?.string else { return nil }
        self.status = status
    }
}

/// DUMP_COMPLETED.
public struct DumpCompletedEvent: TypedEvent, Hashable {
    public static let name = "DUMP_COMPLETED"
    public var status: String
    /// Why it failed.
    public var error: String?
    public init?(_ data: JSONObject) {
        guard let status = data["result"]?["status"]?.string else { return nil }
        self.status = status
        error = data["error"]?.string
    }
}

/// VSERPORT_CHANGE: something in the guest opened or closed a virtio-serial port, such as the guest agent its channel.
public struct SerialPortEvent: TypedEvent, Hashable {
    public static let name = "VSERPORT_CHANGE"
    public var id: String
    public var isOpen: Bool
    public init?(_ data: JSONObject) {
        guard let id = data["id"]?.string, let isOpen = data["open"]?.bool else { return nil }
        self.id = id
        self.isOpen = isOpen
    }
}

/// MEMORY_DEVICE_SIZE_CHANGE (since 5.1).
public struct MemoryDeviceSizeEvent: TypedEvent, Hashable {
    public static let name = "MEMORY_DEVICE_SIZE_CHANGE"
    public var id: String?
    public var size: UInt64
    public var path: String?
    public init?(_ data: JSONObject) {
        guard let size = data["size"]?.uint64 else { return nil }
        self.size = size
        id = data["id"]?.string
        path = data["qom-path"]?.string
    }
}

/// NIC_RX_FILTER_CHANGED.
public struct ReceiveFilterEvent: TypedEvent, Hashable {
    public static let name = "NIC_RX_FILTER_CHANGED"
    /// The interface's id; nil for one without.
    public var id: String?
    public var path: String
    public init?(_ data: JSONObject) {
        guard let path = data["path"]?.string else { return nil }
        self.path = path
        id = data["name"]?.string
    }
}
