public import VMJSON

/// An event of QAPI as a type.
public protocol TypedEvent: Sendable {
    /// QAPI's name, in capitals.
    static var name: String { get }
    /// Reads the members; nil when one that every QEMU sends is missing.
    init?(_ data: JSONObject)
}

extension QMPEvent {
    /// The event as `type`; nil when it is another one.
    public func `as`<E: TypedEvent>(_ type: E.Type) -> E? { name == E.name ? E(data) : nil }
}

/// SHUTDOWN: QEMU ends, or with `-no-shutdown` stops for good.
public struct ShutdownEvent: TypedEvent, Hashable {
    public static let name = "SHUTDOWN"
    /// Whether the guest asked for it.
    public var isGuest: Bool
    /// QAPI's `ShutdownCause` such as `guest-shutdown` or `host-signal`; nil before 4.0.
    public var reason: String?
    public init?(_ data: JSONObject) {
        isGuest = data["guest"]?.bool ?? false
        reason = data["reason"]?.string
    }
}

/// RESET.
public struct ResetEvent: TypedEvent, Hashable {
    public static let name = "RESET"
    public var isGuest: Bool
    public var reason: String?
    public init?(_ data: JSONObject) {
        isGuest = data["guest"]?.bool ?? false
        reason = data["reason"]?.string
    }
}

/// GUEST_PANICKED.
public struct GuestPanickedEvent: TypedEvent, Hashable {
    public static let name = "GUEST_PANICKED"
    /// What QEMU does: `pause`, `poweroff`, `run`.
    public var action: String
    /// What the guest told about it, as QAPI's `GuestPanicInformation`.
    public var info: JSONObject?
    public init?(_ data: JSONObject) {
        guard let action = data["action"]?.string else { return nil }
        self.action = action
        info = data["info"]?.object
    }
}

/// WATCHDOG.
public struct WatchdogEvent: TypedEvent, Hashable {
    public static let name = "WATCHDOG"
    public var action: String
    public init?(_ data: JSONObject) {
        guard let action = data["action"]?.string else { return nil }
        self.action = action
    }
}

/// RTC_CHANGE.
public struct RTCChangeEvent: TypedEvent, Hashable {
    public static let name = "RTC_CHANGE"
    /// Seconds by which the guest's clock differs from the one it began with.
    public var offset: Int64
    public var path: String?
    public init?(_ data: JSONObject) {
        guard let offset = data["offset"]?.int64 else { return nil }
        self.offset = offset
        path = data["qom-path"]?.string
    }
}

/// BALLOON_CHANGE.
public struct BalloonChangeEvent: TypedEvent, Hashable {
    public static let name = "BALLOON_CHANGE"
    /// Bytes left to the guest.
    public var actual: UInt64
    public init?(_ data: JSONObject) {
        guard let actual = data["actual"]?.uint64 else { return nil }
        self.actual = actual
    }
}

/// DEVICE_DELETED. A device without id has only a path; a virtio device sends two, its inner object first.
public struct DeviceDeletedEvent: TypedEvent, Hashable {
    public static let name = "DEVICE_DELETED"
    public var id: String?
    public var path: String
    public init?(_ data: JSONObject) {
        guard let path = data["path"]?.string else { return nil }
        self.path = path
        id = data["device"]?.string
    }
}

/// DEVICE_UNPLUG_GUEST_ERROR (since 6.2): the guest does not let go.
public struct DeviceUnplugErrorEvent: TypedEvent, Hashable {
    public static let name = "DEVICE_UNPLUG_GUEST_ERROR"
    public var id: String?
    public var path: String
    public init?(_ data: JSONObject) {
        guard let path = data["path"]?.string else { return nil }
        self.path = path
        id = data["device"]?.string
    }
}
