public import VMXML

/// `protocol` of a network source.
public enum DiskProtocol: String, XMLEnum {
    case nbd, rbd, sheepdog, gluster, iscsi, http, https, ftp, ftps, tftp, ssh, vxhs, nfs
}

extension DiskSource {
    mutating func mapNetworkAttributes(_ x: inout XMLMapper) {
        x.variant("protocol", &networkProtocol)
        if x.isReading, networkProtocol == nil {
            x.report(rule: "missing-attribute", "a <source> of the type network needs the attribute 'protocol'")
        }
        x.attribute("name", &name)
        switch networkProtocol {
        case .http, .https: x.attribute("query", &query)
        case .nbd, .vxhs, .gluster:
            x.attribute("tls", &tls)
            x.attribute("tlsHostname", &tlsHostname)
        default: break
        }
    }

    mutating func mapNetworkChildren(_ x: inout XMLMapper) {
        x.elements("host", &hosts)
        switch networkProtocol {
        case .rbd:
            x.element("snapshot", &snapshot)
            x.element("config", &config)
        case .iscsi: x.element("initiator", &initiator)
        case .http, .https, .ftp, .ftps, .tftp: mapURLChildren(&x)
        case .nbd: x.element("reconnect", &reconnect)
        case .ssh:
            x.element("knownHosts", &knownHosts)
            x.element("identity", &identity)
        case .nfs: x.element("identity", &identity)
        case .gluster, .sheepdog, .vxhs, nil: break
        }
    }

    private mutating func mapURLChildren(_ x: inout XMLMapper) {
        if networkProtocol == .https || networkProtocol == .ftps { x.element("ssl", &ssl) }
        if networkProtocol == .https || networkProtocol == .http { x.list("cookies", of: "cookie", &cookies) }
        x.element("readahead", &readahead)
        x.element("timeout", &timeout)
    }
}

/// `<host>`: a server of a network source.
public struct StorageHost: XMLElement {
    public enum Transport: String, XMLEnum { case tcp, unix, rdma }

    public var name: String?
    public var port: UInt16?
    public var transport: Transport?
    /// unix: the path of the socket.
    public var socket: String?

    public init() {}

    public init(name: String, port: UInt16? = nil) {
        self.name = name
        self.port = port
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("name", &name)
        x.attribute("port", &port)
        x.attribute("transport", &transport)
        x.attribute("socket", &socket)
    }
}

/// `<snapshot name='…'>`.
public struct StorageName: XMLElement {
    public var name: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("name", &name) }
}

/// `<config file='…'>`.
public struct StorageConfigFile: XMLElement {
    public var file: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("file", &file) }
}

/// `<initiator><iqn name='…'/></initiator>`: as whom an iSCSI target is asked.
public struct StorageInitiator: XMLElement {
    public var iqn: StorageName?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.element("iqn", &iqn) }
}

/// `<ssl verify='…'>`: whether the server's certificate is checked.
public struct StorageSSL: XMLElement {
    public var verify: YesNo?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("verify", &verify) }
}

/// `<cookie name='…'>value</cookie>` of HTTP.
public struct StorageCookie: XMLElement {
    public var name: String?
    public var value: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("name", &name)
        x.content(&value)
    }
}

/// `<readahead size='…'>`: bytes.
public struct StorageReadahead: XMLElement {
    public var size: UInt64?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("size", &size) }
}

/// `<timeout seconds='…'>`.
public struct StorageTimeout: XMLElement {
    public var seconds: UInt64?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("seconds", &seconds) }
}

/// `<reconnect>` of a network block device or a vhost-user socket.
public struct StorageReconnect: XMLElement {
    /// vhost-user.
    public var enabled: YesNo?
    /// vhost-user: seconds.
    public var timeout: UInt32?
    /// nbd: seconds for which requests wait for the connection to come back.
    public var delay: UInt32?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("enabled", &enabled)
        x.attribute("timeout", &timeout)
        x.attribute("delay", &delay)
    }
}

/// `<knownHosts path='…'>` of ssh.
public struct StorageKnownHosts: XMLElement {
    public var path: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("path", &path) }
}

/// `<identity>`: who one is for ssh (`username` with `keyfile` or `agentsock`) or nfs (`user`, `group`).
public struct StorageIdentity: XMLElement {
    public var user: String?
    public var group: String?
    public var username: String?
    public var keyfile: String?
    public var agentsock: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("user", &user)
        x.attribute("group", &group)
        x.attribute("username", &username)
        x.attribute("keyfile", &keyfile)
        x.attribute("agentsock", &agentsock)
    }
}

/// `<slice>`: the part of the storage that is the image.
public struct StorageSlice: XMLElement {
    public enum Kind: String, XMLEnum { case storage }

    public var type: Kind?
    /// Bytes.
    public var offset: UInt64?
    /// Bytes.
    public var size: UInt64?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("type", &type)
        x.required("offset", &offset)
        x.required("size", &size)
    }
}

/// `<reservations>`: SCSI persistent reservations through a helper.
public struct StorageReservations: XMLElement {
    /// `<source type='unix'>`: the helper's socket.
    public struct Source: XMLElement {
        public enum Mode: String, XMLEnum { case client, server }

        public var path: String?
        public var mode: Mode?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.constant("type", "unix")
            x.attribute("path", &path)
            x.attribute("mode", &mode)
        }
    }

    /// Whether the manager starts the helper.
    public var managed: YesNo?
    /// Whether the reservation is moved along in a migration.
    public var migration: OnOff?
    public var source: Source?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.required("managed", &managed)
        x.attribute("migration", &migration)
        x.element("source", &source)
    }
}
