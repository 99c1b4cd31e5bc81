internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain

/// Parameters of a running machine: QEMU's, and those of its control group.
extension LiveMachine {
    func tune(_ group: TuningGroup, _ parameters: [TypedParameter]) throws(VMError) {
        var next = domain
        try DomainEdit.tune(group, parameters).apply(to: &next)
        switch group {
        case .blockLimits(let name):
            let limits = next.devices.disks[try next.disk(name)].iotune ?? IOTune()
            try setBlockLimits(name, limits, .setBlockLimits(disk: name, limits))
        case .perfEvents:
            guard parameters.allSatisfy({ $0.value == .boolean(false) }) else {
                throw VMError(
                    .unsupported, "Operation not supported: no performance events are counted here",
                    libvirt: LibvirtError(.operationUnsupported))
            }
            try make(HotplugChange(steps: [], domain: next))
        case .bandwidth(let name):
            let card = next.devices.interfaces[try next.interface(name)]
            try NetworkPorts.limit(card, card.bandwidth, plan.paths)
            try make(HotplugChange(steps: [], domain: next))
        case .memory, .blockIO, .scheduler, .numa: try limit(group, parameters, next)
        }
    }
}
