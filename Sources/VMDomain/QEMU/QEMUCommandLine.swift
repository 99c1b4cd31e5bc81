public import VMXML

/// `<qemu:commandline>`: arguments and environment variables handed to QEMU as they are.
public struct QEMUCommandLine: XMLElement {
    public var arguments: [Argument] = []
    public var environment: [Variable] = []

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.elements("arg", &arguments)
        x.elements("env", &environment)
    }

    public struct Argument: XMLElement {
        public var value: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("value", &value)
        }
    }

    public struct Variable: XMLElement {
        public var name: String?
        public var value: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("name", &name)
            x.attribute("value", &value)
        }
    }
}

/// `<qemu:capabilities>`: capabilities by libvirt's names that are to be taken as there or as missing.
public struct QEMUCapabilityOverrides: XMLElement {
    public var add: [Capability] = []
    public var del: [Capability] = []

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.elements("add", &add)
        x.elements("del", &del)
    }

    public struct Capability: XMLElement {
        public var capability: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.required("capability", &capability) }
    }
}

/// `<qemu:deprecation>`: what QEMU does on deprecated input.
public struct QEMUDeprecation: XMLElement {
    public enum Behavior: String, XMLEnum { case none, omit, reject, crash }

    public var behavior: Behavior?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.attribute("behavior", &behavior) }
}

/// `<qemu:device>` of `<qemu:override>`: properties of a device by alias that replace those which are made.
public struct QEMUDeviceOverride: XMLElement {
    public enum Kind: String, XMLEnum { case string, signed, unsigned, bool, remove }

    public var alias: String?
    public var frontend: [Property] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("alias", &alias)
        x.list("frontend", of: "property", &frontend)
    }

    public struct Property: XMLElement {
        public var name: String?
        public var type: Kind?
        public var value: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("name", &name)
            x.required("type", &type)
            x.attribute("value", &value)
        }
    }
}
