public import VMJSON

/// How a device with a removable medium is named: by the id of its front end, or as old QEMUs did by its drive's name.
public struct MediaDevice: Sendable, Hashable {
    /// The `id` given with `-device`, or its QOM path.
    public var id: String
    /// The name of the `-drive`, for QEMUs before 2.8.
    public var drive: String?

    public init(id: String, drive: String? = nil) {
        self.id = id
        self.drive = drive
    }

    /// The argument `id` where the command takes it, else `device`.
    func argument(_ command: String, _ schema: Schema?) -> (key: String, value: String) {
        if let schema, !schema.accepts(command: command, argument: "id") { return ("device", drive ?? id) }
        return ("id", id)
    }

    func arguments(_ command: String, _ schema: Schema?) -> Arguments {
        let (key, value) = argument(command, schema)
        return MonitorJSON.arguments().with(key, value)
    }
}

/// `eject`: opens the tray and takes the medium out.
public struct Eject: QMPAction {
    public static let name = "eject"
    public var device: MediaDevice
    /// Also when the guest has locked the tray.
    public var force: Bool?

    public init(_ device: MediaDevice, force: Bool? = nil) {
        self.device = device
        self.force = force
    }

    public var arguments: JSONObject { request(for: nil).arguments }
    public func request(for schema: Schema?) -> QMPRequest {
        QMPRequest(Self.name, device.arguments(Self.name, schema).with("force", force).object)
    }
}

/// `blockdev-open-tray`.
public struct OpenTray: QMPAction {
    public static let name = "blockdev-open-tray"
    public var device: MediaDevice
    /// Also when the guest has locked the tray; without it the guest is only asked.
    public var force: Bool?

    public init(_ device: MediaDevice, force: Bool? = nil) {
        self.device = device
        self.force = force
    }

    public var arguments: JSONObject { request(for: nil).arguments }
    public func request(for schema: Schema?) -> QMPRequest {
        QMPRequest(Self.name, device.arguments(Self.name, schema).with("force", force).object)
    }
}

/// `blockdev-close-tray`.
public struct CloseTray: QMPAction {
    public static let name = "blockdev-close-tray"
    public var device: MediaDevice
    public init(_ device: MediaDevice) { self.device = device }
    public var arguments: JSONObject { request(for: nil).arguments }
    public func request(for schema: Schema?) -> QMPRequest {
        QMPRequest(Self.name, device.arguments(Self.name, schema).object)
    }
}

/// `blockdev-remove-medium`; the tray must be open. Called `x-blockdev-remove-medium` before 2.12.
public struct RemoveMedium: QMPAction {
    public static let name = "blockdev-remove-medium"
    public var device: MediaDevice
    public init(_ device: MediaDevice) { self.device = device }
    public var arguments: JSONObject { request(for: nil).arguments }
    public func request(for schema: Schema?) -> QMPRequest {
        let command = schema.map { $0.firstCommand(Self.name, "x-" + Self.name) } ?? Self.name
        return QMPRequest(command, device.arguments(command, schema).object)
    }
}

/// `blockdev-insert-medium`; the tray must be open and empty. Called `x-blockdev-insert-medium` before 2.12.
public struct InsertMedium: QMPAction {
    public static let name = "blockdev-insert-medium"
    public var device: MediaDevice
    /// The block node that becomes the medium.
    public var nodeName: String
    public init(_ device: MediaDevice, nodeName: String) {
        self.device = device
        self.nodeName = nodeName
    }
    public var arguments: JSONObject { request(for: nil).arguments }
    public func request(for schema: Schema?) -> QMPRequest {
        let command = schema.map { $0.firstCommand(Self.name, "x-" + Self.name) } ?? Self.name
        return QMPRequest(command, device.arguments(command, schema).with("node-name", nodeName).object)
    }
}

/// `blockdev-change-medium` (since 2.5; `change` before): opens the tray, exchanges the medium for a file, closes it.
public struct ChangeMedium: QMPAction {
    public static let name = "blockdev-change-medium"
    public var device: MediaDevice
    public var filename: String
    /// Probed by QEMU when nil, which is safe only for images that the guest can't write.
    public var format: String?
    /// `retain`, `read-only` or `read-write`.
    public var readOnlyMode: String?
    public var force: Bool?

    public init(
        _ device: MediaDevice, filename: String, format: String? = nil, readOnlyMode: String? = nil,
        force: Bool? = nil
    ) {
        self.device = device
        self.filename = filename
        self.format = format
        self.readOnlyMode = readOnlyMode
        self.force = force
    }

    public var arguments: JSONObject { request(for: nil).arguments }
    public func request(for schema: Schema?) -> QMPRequest {
        if let schema, !schema.contains(command: Self.name) {
            let old = MonitorJSON.arguments().with("device", device.drive ?? device.id).with("target", filename)
            return QMPRequest("change", old.with("arg", format).object)
        }
        let arguments = device.arguments(Self.name, schema).with("filename", filename).with("format", format)
            .with("read-only-mode", readOnlyMode).with("force", force)
        return QMPRequest(Self.name, arguments.object)
    }
}
