public import VMXML

extension Panic: Validated {
    public func validate(_ v: inout Validation) {
        guard v.isQEMU else { return }
        guard let model else {
            if v.isX86 == true || v.isPSeries == true || v.isS390 == true || v.isARM == true { return }
            // A document without machine type is looked at again when it has one.
            if let architecture = v.architecture, v.machine != nil {
                v.error(
                    "missing-attribute",
                    "a panic device needs the attribute 'model', since \(architecture) has no usual one",
                    accepted: Model.allCases.map(\.rawValue))
            }
            return
        }
        validateMachine(model, &v)
        validateAddress(model, &v)
    }

    private func validateMachine(_ model: Model, _ v: inout Validation) {
        let isThere: Bool?
        switch model {
        case .isa, .hyperv: isThere = v.isX86
        case .pseries: isThere = v.isPSeries
        case .s390: isThere = v.isS390
        case .pvpanic: isThere = nil
        }
        if isThere == false {
            v.error(
                "panic-model", "the machine can't have a panic device of the model '\(model.rawValue)'",
                at: .attribute("model"), found: model.rawValue)
        }
    }

    private func validateAddress(_ model: Model, _ v: inout Validation) {
        guard let address, address.type != .unassigned else { return }
        let wanted: DeviceAddress.Kind?
        switch model {
        case .isa: wanted = .isa
        case .pvpanic: wanted = .pci
        case .hyperv, .pseries, .s390: wanted = nil
        }
        guard let wanted else {
            v.error(
                "address-type", "a panic device of the model '\(model.rawValue)' has no address", at: .child("address"),
                found: address.type.rawValue)
            return
        }
        guard address.type != wanted else { return }
        v.error(
            "address-type",
            "a panic device of the model '\(model.rawValue)' has an address of type '\(wanted.rawValue)'",
            at: .child("address", "type"), found: address.type.rawValue, accepted: [wanted.rawValue])
    }
}

extension Devices {
    /// A machine has at most one panic device of a model.
    func validatePanics(_ v: inout Validation) {
        var seen: Set<Panic.Model> = []
        v.each("panic", panics) { v, panic in
            guard let model = panic.model, !seen.insert(model).inserted else { return }
            v.error(
                "duplicate-panic", "a machine has at most one panic device of the model '\(model.rawValue)'",
                at: .attribute("model"), found: model.rawValue)
        }
    }
}
