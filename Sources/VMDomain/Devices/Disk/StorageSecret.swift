public import VMCore
public import VMXML

/// `<auth>`: the user and the secret with which remote storage is opened.
public struct StorageAuth: XMLElement {
    /// `type` of the pool's form of the element.
    public var type: SecretType?
    public var username: String?
    public var secret: StorageSecret?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("type", &type)
        x.required("username", &username)
        x.element("secret", &secret)
    }
}

/// What a secret is for.
public enum SecretType: String, XMLEnum {
    case iscsi, ceph, passphrase
    case chap
    case volume, tls, vtpm
}

/// `<secret>`: which secret, by its UUID or by what it is used for.
public struct StorageSecret: XMLElement {
    public var type: SecretType?
    public var uuid: UUID?
    public var usage: String?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.attribute("type", &type)
        x.attribute("uuid", &uuid)
        x.attribute("usage", &usage)
    }
}

/// `<encryption>`: the format in which an image is encrypted, and its keys.
public struct StorageEncryption: XMLElement {
    public enum Format: String, XMLEnum {
        case `default`, qcow, luks, luks2
        case luksAny = "luks-any"
    }

    /// Who decrypts.
    public enum Engine: String, XMLEnum { case qemu, librbd }

    /// `<cipher>`: how a new volume is encrypted.
    public struct Cipher: XMLElement {
        public var name: String?
        public var size: UInt32?
        public var mode: String?
        public var hash: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("name", &name)
            x.required("size", &size)
            x.attribute("mode", &mode)
            x.attribute("hash", &hash)
        }
    }

    /// `<ivgen>`: how initialisation vectors are made.
    public struct IVGenerator: XMLElement {
        public var name: String?
        public var hash: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("name", &name)
            x.attribute("hash", &hash)
        }
    }

    public var format: Format?
    public var engine: Engine?
    public var secrets: [StorageSecret] = []
    public var cipher: Cipher?
    public var ivgen: IVGenerator?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("format", &format)
        x.attribute("engine", &engine)
        x.elements("secret", &secrets)
        x.element("cipher", &cipher)
        x.element("ivgen", &ivgen)
    }
}
