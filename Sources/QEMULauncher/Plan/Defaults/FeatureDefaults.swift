internal import VMCore
internal import VMDomain

/// `<features>` that a machine type can't do without.
enum FeatureDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        if domain.features.hyperv != nil { domain.features.hyperv?.mode.fill(.custom) }
        guard context.traits.isARM, context.traits.family == .virt else { return }
        fillInterruptController(&domain, context)
    }

    /// KVM guests get the newest interrupt controller that the host offers; emulated ones GICv2, as the emulated GICv3
    /// has long lacked message-signalled interrupts.
    private static func fillInterruptController(_ domain: inout Domain, _ context: PlanContext) {
        guard domain.features.gic?.version == nil else { return }
        var gic = domain.features.gic ?? GIC()
        let offered = context.capabilities.gic
        if context.accelerator == .kvm, offered.contains(where: { $0.version == 3 && $0.kernel }) {
            gic.version = .v3
        } else {
            gic.version = .v2
        }
        domain.features.gic = gic
    }
}
