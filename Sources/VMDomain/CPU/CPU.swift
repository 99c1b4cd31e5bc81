public import VMXML

/// `<cpu>`: model, features, topology and NUMA cells of the guest's processors.
public struct CPU: XMLElement {
    public enum Mode: String, XMLEnum {
        case custom
        case hostModel = "host-model"
        case hostPassthrough = "host-passthrough"
        case maximum
    }

    public enum Match: String, XMLEnum { case minimum, exact, strict }

    /// How closely QEMU's processor has to match before the machine runs.
    public enum Check: String, XMLEnum { case none, partial, full }

    public var mode: Mode?
    public var match: Match?
    public var check: Check?
    public var migratable: OnOff?
    public var deprecatedFeatures: OnOff?
    public var model: Model?
    public var vendor: String?
    public var topology: Topology?
    public var cache: Cache?
    public var maxphysaddr: AddressWidth?
    public var features: [Feature] = []
    public var numa = NUMA()
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("mode", &mode)
        x.attribute("match", &match)
        x.attribute("check", &check)
        x.attribute("migratable", &migratable)
        x.attribute("deprecated_features", &deprecatedFeatures)
        x.element("model", &model)
        x.text("vendor", &vendor)
        x.element("topology", &topology)
        x.single("cache", &cache)
        x.element("maxphysaddr", &maxphysaddr)
        x.elements("feature", &features)
        x.element("numa", &numa)
    }

    /// `<model>`.
    public struct Model: XMLElement {
        public enum Fallback: String, XMLEnum { case allow, forbid }

        public var fallback: Fallback?
        /// `vendor_id`: twelve characters which the guest reads instead of the model's vendor.
        public var vendorId: String?
        public var name: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("fallback", &fallback)
            x.attribute("vendor_id", &vendorId)
            x.content(&name)
            if x.isReading, name?.isEmpty == true { name = nil }
        }
    }

    /// `<topology>`: their product is the largest number of virtual CPUs.
    public struct Topology: XMLElement {
        public var sockets: UInt32?
        public var dies: UInt32?
        public var clusters: UInt32?
        public var cores: UInt32?
        public var threads: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("sockets", &sockets)
            x.attribute("dies", &dies)
            x.attribute("clusters", &clusters)
            x.required("cores", &cores)
            x.required("threads", &threads)
        }
    }

    /// `<cache>`.
    public struct Cache: XMLElement {
        public enum Mode: String, XMLEnum { case emulate, passthrough, disable }

        public var level: UInt8?
        public var mode: Mode?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("level", &level)
            x.required("mode", &mode)
        }
    }

    /// `<maxphysaddr>`: the width of physical addresses in bits.
    public struct AddressWidth: XMLElement {
        public enum Mode: String, XMLEnum { case emulate, passthrough }

        public var mode: Mode?
        public var bits: UInt32?
        public var limit: UInt32?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("mode", &mode)
            x.attribute("bits", &bits)
            x.attribute("limit", &limit)
        }
    }

    /// `<feature>`.
    public struct Feature: XMLElement {
        public enum Policy: String, XMLEnum { case force, require, optional, disable, forbid }

        public var policy: Policy?
        public var name: String?
        public var origin = XMLOrigin()

        public init() {}

        public init(_ name: String, _ policy: Policy? = nil) {
            self.name = name
            self.policy = policy
        }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("policy", &policy)
            x.required("name", &name)
        }
    }
}
