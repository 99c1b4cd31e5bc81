internal import VMCore
internal import VMDomain
internal import VMXML

/// `<features>` that a machine type can't do without.
enum FeatureDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        if domain.features.hyperv != nil { domain.features.hyperv?.mode.fill(.custom) }
        fillStates(&domain.features)
        if let given = domain.features.capabilities, given.policy ?? .default == .default, given.states.isEmpty {
            domain.features.capabilities = nil
        }
        // Documents of old ask for it, and s390 has none.
        if context.traits.isS390, !context.options.isNewDefinition { domain.features.acpi = false }
        addInterruptRemapping(&domain, context)
        if domain.devices.iommus.contains(where: { [.intel, .amd].contains($0.model) && $0.driver.intremap == .on }) {
            domain.features.ioapic.fill(IOAPIC())
            domain.features.ioapic?.driver.fill(.qemu)
        }
        guard context.traits.isARM, context.traits.family == .virt else { return }
        fillInterruptController(&domain, context)
    }

    /// A feature that is named without a state is on.
    private static func fillStates(_ features: inout Features) {
        features.hap?.state.fill(.on)
        features.pmu?.state.fill(.on)
        features.pvspinlock?.state.fill(.on)
        features.vmport?.state.fill(.on)
        features.vmcoreinfo?.state.fill(.on)
        features.smm?.state.fill(.on)
        features.asyncTeardown?.enabled.fill(.yes)
        if features.smm?.state == .off { features.smm?.tseg = nil }
        if features.hyperv?.stimer?.state == .off || features.hyperv?.stimer?.direct?.state == .off {
            features.hyperv?.stimer?.direct = nil
        }
    }

    /// Interrupts reach more than 255 CPUs through an IOMMU only, and through one that knows of so many.
    ///
    /// q35 gets one; one that is there already is changed only in a new definition, as it would change the machine.
    private static func addInterruptRemapping(_ domain: inout Domain, _ context: PlanContext) {
        guard context.traits.isX86, domain.vcpu?.count ?? 1 > 255 else { return }
        if domain.devices.iommus.isEmpty {
            guard context.traits.family == .q35, context.has("intel-iommu") else { return }
            domain.devices.iommus = [IOMMU(.intel)]
        } else {
            guard context.options.isNewDefinition, [.intel, .amd].contains(domain.devices.iommus[0].model),
                domain.features.ioapic?.driver ?? .qemu == .qemu
            else { return }
        }
        domain.devices.iommus[0].driver.intremap.fill(.on)
        if domain.devices.iommus[0].model == .amd {
            domain.devices.iommus[0].driver.xtsup.fill(.on)
        } else {
            domain.devices.iommus[0].driver.eim.fill(.on)
        }
        domain.features.ioapic.fill(IOAPIC())
        domain.features.ioapic?.driver.fill(.qemu)
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
