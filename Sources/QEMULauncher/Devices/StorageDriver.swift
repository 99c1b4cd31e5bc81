internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// The driver-specific part of a storage node.
struct StorageDriver {
    let context: BuildContext
    let image: StorageOptions.Image
    /// The storage node's name, from which secrets have theirs.
    let name: String

    private var source: DiskSource { image.source }

    func properties() throws(VMError) -> JSONObject {
        switch source.type {
        case .file: return file("file", source.file)
        case .block:
            let isDrive = image.isCDROM && context.host.cdromDrives.contains(source.dev ?? "")
            return file(isDrive ? "host_cdrom" : "host_device", source.dev)
        case .dir:
            return [
                "driver": "vvfat", "dir": .string(source.dir ?? ""), "floppy": .bool(image.isFloppy),
                "rw": .bool(!image.isReadOnly),
            ]
        case .network: return try network()
        case .nvme:
            var properties: JSONObject = ["driver": "nvme"]
            properties.put("device", source.address?.description)
            properties.put("namespace", source.namespace)
            return properties
        case .vhostvdpa: return ["driver": "virtio-blk-vhost-vdpa", "path": .string(source.dev ?? "")]
        case .volume:
            throw VMError(
                .unsupported, "the volume '\(source.volume ?? "")' of pool '\(source.pool ?? "")' is not known here",
                remedy: "start the pool, or use the volume's path with type='file' or type='block'")
        case .vhostuser:
            throw VMError(.internalError, "a vhost-user disk has no storage node")
        }
    }

    private func file(_ driver: String, _ path: String?) -> JSONObject {
        var properties: JSONObject = ["driver": .string(driver), "filename": .string(path ?? "")]
        properties.put("aio", image.driver.io?.rawValue)
        if let reservations = source.reservations {
            let isShared = reservations.managed == .yes
            properties["pr-manager"] = .string(isShared ? "pr-helper0" : "pr-helper-\(name)")
        }
        return properties
    }

    private func network() throws(VMError) -> JSONObject {
        guard let kind = source.networkProtocol else {
            throw VMError(.invalidXML, "a network disk names no protocol")
        }
        switch kind {
        case .nbd: return nbd()
        case .rbd: return rbd()
        case .iscsi: return iscsi()
        case .gluster: return gluster()
        case .http, .https, .ftp, .ftps, .tftp: return url(kind)
        case .ssh: return ssh()
        case .nfs: return nfs()
        case .sheepdog, .vxhs:
            throw VMError(.unsupported, "QEMU has no block driver for '\(kind.rawValue)' any more")
        }
    }

    /// A server as QEMU's `SocketAddress`; RBD's and NFS' have no type.
    private func server(_ host: StorageHost, _ defaultPort: UInt16, typed: Bool = true) -> JSONValue {
        if host.transport == .unix {
            return ["type": "unix", "path": .string(host.socket ?? "")]
        }
        var value: JSONObject = typed ? ["type": "inet"] : [:]
        value["host"] = .string(host.name ?? "")
        value["port"] = .string(String(host.port ?? defaultPort))
        return .object(value)
    }

    private var firstHost: StorageHost { source.hosts.first ?? StorageHost(name: "localhost") }

    private func nbd() -> JSONObject {
        var properties: JSONObject = ["driver": "nbd", "server": server(firstHost, 10809)]
        properties.put("export", source.name)
        if source.tls == .yes { properties["tls-creds"] = .string("obj\(name)_tls0") }
        properties.put("tls-hostname", source.tlsHostname)
        properties.put("reconnect-delay", source.reconnect?.delay)
        return properties
    }

    private func rbd() -> JSONObject {
        // POOL/IMAGE, or POOL/NAMESPACE/IMAGE.
        let path = (source.name ?? "").split(separator: "/", maxSplits: 2).map { String($0) }
        var properties: JSONObject = ["driver": "rbd", "pool": .string(path.first ?? "")]
        if path.count == 3 { properties["namespace"] = .string(path[1]) }
        if let image = path.last { properties["image"] = .string(image) }
        properties.put("snapshot", source.snapshot?.name)
        properties.put("conf", source.config?.file)
        if !source.hosts.isEmpty {
            properties["server"] = .array(source.hosts.map { server($0, 0, typed: false) })
        }
        if let encryption = image.encryption, encryption.engine == .librbd { putEncryption(encryption, &properties) }
        if let auth = image.auth {
            properties.put("user", auth.username)
            properties["auth-client-required"] = ["cephx", "none"]
            if auth.secret != nil { properties["key-secret"] = .string(name + "-auth-secret0") }
        }
        return properties
    }

    private func putEncryption(_ encryption: StorageEncryption, _ properties: inout JSONObject) {
        var nested: JSONValue?
        // The last secret belongs to the innermost image.
        for index in encryption.secrets.indices.reversed() {
            var layer: JSONObject = [
                "format": .string(encryption.format?.rawValue ?? "luks"),
                "key-secret": .string("\(name)-encryption-secret\(index)"),
            ]
            if let nested { layer["parent"] = nested }
            nested = .object(layer)
        }
        properties["encrypt"] = nested
    }

    private func iscsi() -> JSONObject {
        let path = source.name ?? ""
        var target = path
        var lun: Int64 = 0
        if let slash = path.lastIndex(of: "/"), let number = Int64(path[path.index(after: slash)...]) {
            target = String(path[..<slash])
            lun = number
        }
        let host = firstHost
        let name = host.name ?? ""
        let portal = (name.contains(":") ? "[\(name)]" : name) + ":\(host.port ?? 3260)"
        var properties: JSONObject = [
            "driver": "iscsi", "portal": .string(portal), "target": .string(target), "lun": .integer(lun),
            "transport": "tcp",
        ]
        if let auth = image.auth {
            properties.put("user", auth.username)
            if auth.secret != nil { properties["password-secret"] = .string(self.name + "-auth-secret0") }
        }
        properties.put("initiator-name", source.initiator?.iqn?.name)
        return properties
    }

    private func gluster() -> JSONObject {
        let path = (source.name ?? "").split(separator: "/", maxSplits: 1).map { String($0) }
        return [
            "driver": "gluster", "volume": .string(path.first ?? ""),
            "path": .string(path.count > 1 ? path[1] : ""),
            "server": .array(source.hosts.map { server($0, 24007) }), "debug": 4,
        ]
    }

    private func url(_ kind: DiskProtocol) -> JSONObject {
        let host = firstHost
        let name = host.name ?? ""
        let ports: [DiskProtocol: UInt16] = [.http: 80, .https: 443, .ftp: 21, .ftps: 990, .tftp: 69]
        let port = host.port ?? ports[kind] ?? 0
        var text = "\(kind.rawValue)://" + (name.contains(":") ? "[\(name)]" : name) + ":\(port)"
        let path = source.name ?? ""
        text += path.hasPrefix("/") ? path : "/" + path
        if let query = source.query { text += "?" + query }
        var properties: JSONObject = ["driver": .string(kind.rawValue), "url": .string(text)]
        if let auth = image.auth {
            properties.put("username", auth.username)
            if auth.secret != nil { properties["password-secret"] = .string(self.name + "-auth-secret0") }
        }
        properties.put("sslverify", source.ssl?.verify)
        if !source.cookies.isEmpty { properties["cookie-secret"] = .string(self.name + "-httpcookie-secret0") }
        properties.put("readahead", source.readahead?.size)
        properties.put("timeout", source.timeout?.seconds)
        return properties
    }

    private func ssh() -> JSONObject {
        var properties: JSONObject = [
            "driver": "ssh", "path": .string(source.name ?? ""), "server": server(firstHost, 22, typed: false),
        ]
        properties.put("user", source.identity?.username ?? image.auth?.username)
        return properties
    }

    private func nfs() -> JSONObject {
        var properties: JSONObject = [
            "driver": "nfs",
            "server": ["host": .string(firstHost.name ?? ""), "type": "inet"],
            "path": .string(source.name ?? ""),
        ]
        if let user = source.identity?.user { properties["user"] = NumericID.parse(user) }
        if let group = source.identity?.group { properties["group"] = NumericID.parse(group) }
        return properties
    }
}

/// Numbers of users and groups, which libvirt writes with a `+` in front.
enum NumericID {
    static func parse(_ text: String) -> JSONValue? {
        UInt64(text.hasPrefix("+") ? String(text.dropFirst()) : text).map { JSONValue($0) }
    }
}
