internal import VMDomain

/// The model names, chassis and port numbers of PCI controllers.
enum PCIControllerOptions {
    static func fill(_ domain: inout Domain, _ context: PlanContext) {
        for index in domain.devices.controllers.indices where domain.devices.controllers[index].type == .pci {
            fill(index, &domain, context)
        }
    }

    private static func fill(_ index: Int, _ domain: inout Domain, _ context: PlanContext) {
        var controller = domain.devices.controllers[index]
        var target = controller.target ?? ControllerTarget()
        let number = controller.index ?? 0
        let place = controller.address?.pci
        let port = UInt8(truncatingIfNeeded: (place?.slot ?? 0) << 3 | (place?.function ?? 0))
        var name: PCIControllerModelName.Name?
        switch controller.pciModel {
        case .pciBridge:
            name = .pciBridge
            target.chassisNr = target.chassisNr ?? UInt8(truncatingIfNeeded: number)
        case .dmiToPCIBridge: name = .i82801b11Bridge
        case .pcieToPCIBridge: name = .pciePCIBridge
        case .pcieRootPort:
            name = context.has("pcie-root-port") ? .pcieRootPort : .ioh3420
            target.chassis = target.chassis ?? UInt8(truncatingIfNeeded: number)
            target.port = target.port ?? port
        case .pcieSwitchUpstreamPort: name = .x3130Upstream
        case .pcieSwitchDownstreamPort:
            name = .xio3130Downstream
            target.chassis = target.chassis ?? UInt8(truncatingIfNeeded: number)
            target.port = target.port ?? UInt8(truncatingIfNeeded: place?.slot ?? 0)
        case .pciExpanderBus:
            name = .pxb
            target.busNr = target.busNr ?? freeBusNumber(domain)
        case .pcieExpanderBus:
            name = .pxbPCIe
            target.busNr = target.busNr ?? freeBusNumber(domain)
        case .pciRoot where context.traits.family == .pseries:
            name = .spaprPCIHostBridge
            target.index = target.index ?? freeTargetIndex(domain, number)
        default: return
        }
        if controller.modelName?.name == nil, let name { controller.modelName = PCIControllerModelName(name) }
        controller.target = target == ControllerTarget() ? nil : target
        domain.devices.controllers[index] = controller
    }

    /// Expander buses count down from 254 in steps of two: each needs one number for itself and one below.
    private static func freeBusNumber(_ domain: Domain) -> UInt8 {
        let lowest = domain.devices.controllers.compactMap { controller -> UInt8? in
            guard controller.pciModel == .pciExpanderBus || controller.pciModel == .pcieExpanderBus else { return nil }
            return controller.target?.busNr
        }.min()
        guard let lowest else { return 254 }
        return lowest >= 2 ? lowest - 2 : 0
    }

    /// The index of a host bridge on pseries: 0 is the default one's.
    private static func freeTargetIndex(_ domain: Domain, _ number: UInt32) -> UInt32 {
        if number == 0 { return 0 }
        let taken = Set(domain.devices.controllers.compactMap { $0.type == .pci ? $0.target?.index : nil })
        return (1..<256).first { !taken.contains($0) } ?? number
    }
}
