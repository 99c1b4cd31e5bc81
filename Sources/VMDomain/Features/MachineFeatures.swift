public import VMXML

/// `<apic>`: the local interrupt controller, with or without end-of-interrupt acceleration.
public struct APIC: XMLElement {
    public var eoi: OnOff?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.attribute("eoi", &eoi) }
}

/// `<gic>`: ARM's interrupt controller.
public struct GIC: XMLElement {
    public enum Version: String, XMLEnum {
        case host
        case v2 = "2"
        case v3 = "3"
    }

    public var version: Version?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("version", &version)
    }
}

/// `<smm>`: system management mode and the size of its extended TSEG.
public struct SMM: XMLElement {
    public var state: OnOff?
    public var tseg: ScaledSize?
    public var origin = XMLOrigin()

    public init() {}

    public var isOn: Bool { state != .off }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("state", &state)
        x.size(in: "tseg", &tseg, .largest)
    }
}

/// `<ioapic>`: who emulates the I/O interrupt controller.
public struct IOAPIC: XMLElement {
    public enum Driver: String, XMLEnum { case kvm, qemu }

    public var driver: Driver?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("driver", &driver)
    }
}

/// `<hpt>`: the hash page table of pSeries guests.
public struct HPT: XMLElement {
    public enum Resizing: String, XMLEnum { case enabled, disabled, required }

    public var resizing: Resizing?
    public var maxpagesize: ScaledSize?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("resizing", &resizing)
        x.size(in: "maxpagesize", &maxpagesize)
    }
}

/// `<msrs>`: what becomes of accesses to unknown model-specific registers.
public struct MSRs: XMLElement {
    public enum Unknown: String, XMLEnum { case ignore, fault }

    public var unknown: Unknown?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("unknown", &unknown) }
}

/// `<cfpc>` and `<sbbc>`: how the processor guards against reading the cache's and bounds checks' side effects.
public struct Mitigation: XMLElement {
    public enum Value: String, XMLEnum { case broken, workaround, fixed }

    public var value: Value?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("value", &value) }
}

/// `<ibs>`: how the processor guards indirect branches.
public struct BranchMitigation: XMLElement {
    public enum Value: String, XMLEnum {
        case broken, workaround
        case fixedIbs = "fixed-ibs"
        case fixedCcd = "fixed-ccd"
        case fixedNa = "fixed-na"
    }

    public var value: Value?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("value", &value) }
}

/// `<tcg>`: QEMU's translator.
public struct TCGFeatures: XMLElement {
    /// `<tb-cache>`: the size of the cache of translated code.
    public var tbCache: ScaledSize?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.size(in: "tb-cache", &tbCache) }
}

/// `<async-teardown>`: whether memory is freed behind QEMU's end.
public struct AsyncTeardown: XMLElement {
    public var enabled: YesNo?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.attribute("enabled", &enabled) }
}

/// `<aia>`: RISC-V's advanced interrupt architecture.
public struct AIA: XMLElement {
    public enum Value: String, XMLEnum {
        case none, aplic
        case aplicImsic = "aplic-imsic"
    }

    public var value: Value?

    public init() {}

    public mutating func map(_ x: inout XMLMapper) { x.required("value", &value) }
}
