internal import VMCore
internal import VMDomain
internal import VMXML

/// Small devices whose model or attributes the document may leave open.
enum OtherDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        for index in domain.devices.watchdogs.indices {
            domain.devices.watchdogs[index].action.fill(.reset)
        }
        for index in domain.devices.filesystems.indices
        where domain.devices.filesystems[index].type == .mount && domain.devices.filesystems[index].source.socket == nil
        {
            domain.devices.filesystems[index].accessmode.fill(.passthrough)
        }
        for index in domain.devices.memories.indices where domain.devices.memories[index].model == .virtioPMEM {
            domain.devices.memories[index].access.fill(.shared)
        }
        for index in domain.devices.rngs.indices {
            fillBackend(&domain.devices.rngs[index])
            if domain.devices.rngs[index].rate?.bytes == 0 { domain.devices.rngs[index].rate = nil }
        }
        dropUnsaid(&domain.devices)
        for index in domain.devices.sharedMemories.indices { fill(&domain.devices.sharedMemories[index]) }
        for index in domain.devices.sounds.indices where domain.devices.sounds[index].model == .virtio {
            domain.devices.sounds[index].streams.fill(2)
        }
        if var vsock = domain.devices.vsock {
            vsock.model.fill(.virtio)
            var cid = vsock.cid ?? VSock.ContextID()
            cid.auto.fill(cid.address == nil ? .yes : .no)
            vsock.cid = cid
            domain.devices.vsock = vsock
        }
        for index in domain.seclabels.indices where domain.seclabels[index].type == SecurityLabel.Kind.none {
            domain.seclabels[index].model.fill("none")
        }
        for index in domain.devices.tpms.indices { fill(&domain.devices.tpms[index], context) }
        for index in domain.devices.panics.indices where domain.devices.panics[index].model == nil {
            domain.devices.panics[index].model = panicModel(context)
        }
    }

    /// Elements that say nothing, and what a device that isn't there would have.
    private static func dropUnsaid(_ devices: inout Devices) {
        for index in devices.rngs.indices where devices.rngs[index].driver == VirtioOptions() {
            devices.rngs[index].driver = nil
        }
        for index in devices.inputs.indices where devices.inputs[index].driver == VirtioOptions() {
            devices.inputs[index].driver = nil
        }
        for index in devices.hostDevices.indices where devices.hostDevices[index].driver == HostDeviceDriver() {
            devices.hostDevices[index].driver = nil
        }
        for index in devices.sounds.indices where ![.ich6, .ich9].contains(devices.sounds[index].model) {
            devices.sounds[index].codecs = []
        }
        if devices.memoryBalloon?.stats?.period == 0 { devices.memoryBalloon?.stats = nil }
        if devices.memoryBalloon?.model == MemoryBalloon.Model.none {
            devices.memoryBalloon?.address = nil
            devices.memoryBalloon?.alias = nil
            devices.memoryBalloon?.acpi = nil
        }
        for index in devices.controllers.indices
        where devices.controllers[index].usbModel == Controller.USBModel.none && devices.controllers[index].type == .usb
        {
            (devices.controllers[index].address, devices.controllers[index].acpi) = (nil, nil)
        }
        for index in devices.controllers.indices
        where devices.controllers[index].type == .pci && !devices.controllers[index].isPCIRoot {
            devices.controllers[index].pcihole64 = nil
        }
        for index in devices.hubs.indices where devices.hubs[index].address?.type == .unassigned {
            devices.hubs[index].address = nil
        }
    }

    private static func fillBackend(_ rng: inout RandomNumberGenerator) {
        if rng.backend?.model == .random { rng.backend?.path.fill("/dev/random") }
        guard rng.backend?.model == .egd, var backend = rng.backend?.character else { return }
        CharacterDefaults.fillProtocol(&backend)
        rng.backend?.character = backend
    }

    private static func fill(_ device: inout SharedMemory) {
        if device.model?.type != .ivshmemDoorbell { device.size.fill(ScaledSize(bytes: 4 << 20)) }
        guard device.model?.type == .ivshmemDoorbell, device.server != nil else { return }
        device.msi.fill(SharedMemory.Interrupts())
        device.msi?.ioeventfd.fill(.on)
    }

    private static func fill(_ tpm: inout TPM, _ context: PlanContext) {
        tpm.model.fill(context.traits.family == .pseries ? .spapr : .tis)
        if tpm.backend?.type == .passthrough {
            tpm.backend?.device.fill(TPMBackend.Device("/dev/tpm0"))
            tpm.backend?.device?.path.fill("/dev/tpm0")
        }
        guard tpm.backend?.type == .emulator else { return }
        let isNew = tpm.model != .tis || context.traits.hasTPMOnBoard
        tpm.backend?.version.fill(isNew ? .v2_0 : .v1_2)
    }

    private static func panicModel(_ context: PlanContext) -> Panic.Model {
        if context.traits.family == .pseries { return .pseries }
        if context.traits.isS390 { return .s390 }
        return context.traits.isX86 ? .isa : .pvpanic
    }
}
