public import VMJSON

/// A QEMU version as its greeting tells it.
public struct QEMUVersion: Sendable, Hashable, CustomStringConvertible {
    public var major: Int
    public var minor: Int
    public var micro: Int
    /// The distribution's own name for the build, such as `Debian 1:7.2+dfsg-7+deb12u16`; may be empty.
    public var package: String

    public init(major: Int, minor: Int, micro: Int, package: String = "") {
        self.major = major
        self.minor = minor
        self.micro = micro
        self.package = package
    }

    /// Reads QAPI's `VersionInfo`; nil when it isn't one.
    public init?(_ info: JSONValue) {
        guard let triple = info["qemu"], let major = triple["major"]?.int, let minor = triple["minor"]?.int,
            let micro = triple["micro"]?.int
        else { return nil }
        self.init(major: major, minor: minor, micro: micro, package: info["package"]?.string ?? "")
    }

    /// `7.2.22`.
    public var description: String { "\(major).\(minor).\(micro)" }

    /// QAPI's `VersionInfo`.
    public var json: JSONValue {
        let triple: JSONObject = ["micro": JSONValue(micro), "minor": JSONValue(minor), "major": JSONValue(major)]
        return ["qemu": .object(triple), "package": .string(package)]
    }
}

/// The first message of a QMP server: who it is and which capabilities it offers.
public struct Greeting: Sendable, Hashable {
    public var version: QEMUVersion
    /// For example `oob`; names that aren't known stay in the list.
    public var capabilities: [String]

    public init(version: QEMUVersion, capabilities: [String]) {
        self.version = version
        self.capabilities = capabilities
    }

    /// Reads the value of the greeting's member `QMP`; nil when it isn't one.
    public init?(_ body: JSONValue) {
        guard let version = body["version"].flatMap(QEMUVersion.init) else { return nil }
        self.init(version: version, capabilities: body["capabilities"]?.array?.compactMap(\.string) ?? [])
    }

    /// Whether commands may be executed out of band after negotiation.
    public var offersOutOfBand: Bool { capabilities.contains("oob") }

    /// The whole message.
    public var json: JSONValue {
        ["QMP": ["version": version.json, "capabilities": .array(capabilities.map { .string($0) })]]
    }
}
