public import VMXML

extension SecurityLabel: Validated {
    public func validate(_ v: inout Validation) {
        switch type {
        case nil where model == nil:
            v.error("missing-attribute", "<seclabel> needs the attribute 'type' or 'model'")
        case .static where label == nil && relabel != .no && model != "none":
            v.error("missing-element", "a static <seclabel> needs a <label> element")
        case .some(.none) where relabel == .yes:
            v.error(
                "seclabel-relabel", "a <seclabel> of type none can't relabel", at: .attribute("relabel"), found: "yes",
                accepted: ["no"])
        case .dynamic where relabel == .no:
            v.error(
                "seclabel-relabel", "a dynamic <seclabel> relabels always", at: .attribute("relabel"), found: "no",
                accepted: ["yes"])
        default: break
        }
    }
}

extension LaunchSecurity: Validated {
    public func validate(_ v: inout Validation) {
        guard v.isQEMU else { return }
        let wrong: Bool
        switch type {
        case .sev, .sevSnp, .tdx: wrong = v.isX86 == false
        case .s390Pv: wrong = v.isS390 == false
        }
        if wrong {
            v.error(
                "launch-security-platform", "'\(type.rawValue)' isn't there on '\(v.architecture ?? "")'",
                at: .attribute("type"), found: type.rawValue)
        }
    }
}
