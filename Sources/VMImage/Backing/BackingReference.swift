internal import VMJSON

/// How an image names the image below it.
///
/// Only a plain relative path counts from the folder of the image that names it (of the path under which that one was
/// opened, not of what a symbolic link there leads to). Paths inside `file:` and `json:` are taken as they are.
package enum BackingReference: Sendable, Hashable {
    /// What speaks over a network, by the name of QEMU's driver.
    package enum Network: String, Sendable, Hashable {
        case nbd, http, https, ftp, ftps, tftp, rbd, ssh, iscsi, iser, gluster, nfs, sheepdog, vxhs
        /// NBD over a UNIX socket.
        case nbdUnix = "nbd+unix"
    }

    case relativePath(String)
    case absolutePath(String)
    /// `file:PATH`, or the node of QEMU's driver `file`.
    case file(String)
    /// `host_device:PATH` and `host_cdrom:PATH`.
    case hostDevice(String)
    /// `fd:NAME`: a descriptor that was handed to QEMU.
    case descriptor(String)
    /// Something that is no file here, as it is spelled.
    case network(Network, String)
    /// A node of QEMU's block graph by its name.
    case node(String)
    /// `json:{…}`: the driver of the image's format, where it says one, and what the image is in.
    indirect case json(format: String?, BackingReference)
    /// A protocol that isn't known, or a description that can't be read.
    case unknown(String)

    /// Reads a reference. There is no text that is none.
    package init(_ text: String) {
        // By bytes, as QEMU does: a combining mark behind a colon leaves it one.
        let bytes = text.utf8
        let name = bytes.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        guard name.endIndex < bytes.endIndex, bytes[name.endIndex] == UInt8(ascii: ":") else {
            self = bytes.first == UInt8(ascii: "/") ? .absolutePath(text) : .relativePath(text)
            return
        }
        // A colon before the first slash makes it a protocol.
        let rest = String(decoding: bytes[name.endIndex...].dropFirst(), as: UTF8.self)
        switch String(decoding: name, as: UTF8.self) {
        case "json": self = Self.description(rest) ?? .unknown(text)
        case "file": self = .file(rest)
        case "host_device", "host_cdrom": self = .hostDevice(rest)
        case "fd": self = .descriptor(rest)
        case "nbd" where rest.utf8.starts(with: "unix:".utf8): self = .network(.nbdUnix, text)
        case let scheme: self = Network(scheme: scheme).map { .network($0, text) } ?? .unknown(text)
        }
    }

    /// The local file that this leads to; nil when it leads to none.
    ///
    /// A path that isn't absolute counts from where QEMU runs, except when `image` isn't absolute either.
    /// - Parameter image: the path of the image that names it.
    package func localPath(below image: String) -> String? {
        switch self {
        case .absolutePath(let path), .file(let path), .hostDevice(let path): path
        case .relativePath(let path): Self.folder(of: image) + path
        case .json(_, let inner): inner.localPath(below: image)
        case .descriptor, .network, .node, .unknown: nil
        }
    }

    /// The path up to its last slash, that included; nothing for a path without one.
    private static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(decoding: path.utf8[...slash], as: UTF8.self)
    }

    /// The format that a description names, besides what the image's header declares.
    package var format: String? {
        if case .json(let format, _) = self { format } else { nil }
    }
}

extension BackingReference.Network {
    /// `nbd+tcp`, `gluster+rdma`: the transport doesn't matter here, except that a UNIX socket is on this host.
    fileprivate init?(scheme: String) {
        guard let known = Self(rawValue: scheme) ?? Self(rawValue: String(scheme.prefix { $0 != "+" })) else {
            return nil
        }
        self = known
    }
}

// MARK: - json:

extension BackingReference {
    /// The deepest description that is read.
    private static let depth = 32
    /// Drivers that stand between a format and what it is in.
    private static let filters: Set<String> = [
        "blkdebug", "blklogwrites", "blkverify", "compress", "copy-before-write", "copy-on-read", "preallocate",
        "throttle",
    ]

    private static func description(_ text: String) -> BackingReference? {
        let limits = JSONParser.Limits(depth: depth, bytes: 1 << 16)
        guard let json = try? JSONParser.parse(text, limits: limits, dialect: .qemu), json.object != nil else {
            return nil
        }
        var options: [String: JSONValue] = [:]
        flatten(json, "", &options)
        return layer(options, "", depth).map { .json(format: $0.format, $0.leaf) }
    }

    /// Both spellings become one: `{"file": {"filename": …}}` and `{"file.filename": …}`.
    private static func flatten(_ value: JSONValue, _ key: String, _ options: inout [String: JSONValue]) {
        func inner(_ name: String) -> String { key.isEmpty ? name : key + "." + name }
        switch value {
        case .object(let members): for (name, value) in members { flatten(value, inner(name), &options) }
        case .array(let values):
            for (number, value) in values.enumerated() { flatten(value, inner("\(number)"), &options) }
        default: options[key] = value
        }
    }

    /// The node whose options begin with `prefix`: the first format on the way, and what is at the bottom.
    private static func layer(
        _ options: [String: JSONValue], _ prefix: String, _ room: Int
    ) -> (format: String?, leaf: BackingReference)? {
        guard room > 0 else { return nil }
        let driver = options[prefix + "driver"]?.string
        if let node = options[prefix + "file"]?.string { return (format(driver), .node(node)) }
        let below = prefix + "file."
        if options.keys.contains(where: { $0.hasPrefix(below) }), let found = layer(options, below, room - 1) {
            return (format(driver) ?? found.format, found.leaf)
        }
        guard let leaf = leaf(options, prefix, driver) else { return nil }
        // A protocol's node on top has no format: its bytes are the guest's.
        return (prefix.isEmpty && driver != nil ? ImageFormat.raw.rawValue : nil, leaf)
    }

    private static func format(_ driver: String?) -> String? {
        driver.flatMap { filters.contains($0) ? nil : $0 }
    }

    private static func leaf(
        _ options: [String: JSONValue], _ prefix: String, _ driver: String?
    ) -> BackingReference? {
        let path = options[prefix + "filename"]?.string
        switch driver {
        case nil, "file": return path.map { .file($0) }
        case "host_device", "host_cdrom": return path.map { .hostDevice($0) }
        case "nbd":
            let isUnix = options[prefix + "server.type"]?.string == "unix" || options[prefix + "path"] != nil
            return .network(isUnix ? .nbdUnix : .nbd, spelled(options, prefix))
        case let driver?: return Network(rawValue: driver).map { .network($0, spelled(options, prefix)) }
        }
    }

    /// The options of one node, as compact JSON.
    private static func spelled(_ options: [String: JSONValue], _ prefix: String) -> String {
        let own = options.filter { $0.key.hasPrefix(prefix) }.sorted { $0.key < $1.key }
        return JSONValue.object(JSONObject(own.map { (String($0.key.dropFirst(prefix.count)), $0.value) })).description
    }
}
