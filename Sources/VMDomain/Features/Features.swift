public import VMXML

/// `<features>`: what the machine's firmware, chipset and hypervisor offer to the guest.
public struct Features: XMLElement {
    public var acpi = false
    public var apic: APIC?
    public var pae = false
    public var hap: FeatureState?
    public var viridian = false
    public var privnet = false
    public var hyperv: HyperV?
    public var kvm: KVMFeatures?
    public var pvspinlock: FeatureState?
    public var capabilities: ContainerCapabilities?
    public var pmu: FeatureState?
    public var vmport: FeatureState?
    public var gic: GIC?
    public var smm: SMM?
    public var ioapic: IOAPIC?
    public var hpt: HPT?
    public var vmcoreinfo: FeatureState?
    public var htm: FeatureSwitch?
    public var nestedHv: FeatureSwitch?
    public var msrs: MSRs?
    public var ccfAssist: FeatureSwitch?
    public var xen: XenFeatures?
    public var cfpc: Mitigation?
    public var sbbc: Mitigation?
    public var ibs: BranchMitigation?
    public var tcg: TCGFeatures?
    public var asyncTeardown: AsyncTeardown?
    public var ras: FeatureSwitch?
    public var ps2: FeatureSwitch?
    public var aia: AIA?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.flag("acpi", &acpi)
        x.element("apic", &apic)
        x.flag("pae", &pae)
        x.element("hap", &hap)
        x.flag("viridian", &viridian)
        x.flag("privnet", &privnet)
        x.element("hyperv", &hyperv)
        x.element("kvm", &kvm)
        x.element("pvspinlock", &pvspinlock)
        x.element("capabilities", &capabilities)
        x.element("pmu", &pmu)
        x.element("vmport", &vmport)
        x.element("gic", &gic)
        x.element("smm", &smm)
        x.element("ioapic", &ioapic)
        x.element("hpt", &hpt)
        x.element("vmcoreinfo", &vmcoreinfo)
        x.element("htm", &htm)
        x.element("nested-hv", &nestedHv)
        x.element("msrs", &msrs)
        x.element("ccf-assist", &ccfAssist)
        x.element("xen", &xen)
        x.element("cfpc", &cfpc)
        x.element("sbbc", &sbbc)
        x.element("ibs", &ibs)
        x.element("tcg", &tcg)
        x.element("async-teardown", &asyncTeardown)
        x.element("ras", &ras)
        x.element("ps2", &ps2)
        x.element("aia", &aia)
    }
}

/// A feature that is on by being there, or by what `state` says.
public struct FeatureState: XMLElement {
    public var state: OnOff?

    public init() {}

    public init(_ state: OnOff?) { self.state = state }

    /// Whether the feature is on; an element without `state` means yes.
    public var isOn: Bool { state != .off }

    public mutating func map(_ x: inout XMLMapper) { x.attribute("state", &state) }
}

/// A feature whose `state` must be given.
public struct FeatureSwitch: XMLElement {
    public var state: OnOff?

    public init() {}

    public init(_ state: OnOff) { self.state = state }

    public var isOn: Bool { state == .on }

    public mutating func map(_ x: inout XMLMapper) { x.required("state", &state) }
}
