internal import VMDomain

extension Devices {
    /// Devices on USB, in the order in which they are given ports.
    var usbSlots: [DeviceSlot] {
        var slots: [DeviceSlot] = []
        slots += disks.indices.filter { disks[$0].target?.bus == .usb }.map { .disk($0) }
        slots += interfaces.indices.filter { interfaces[$0].model?.type == "usb-net" }.map { .interface($0) }
        slots += sounds.indices.filter { sounds[$0].model == .usb }.map { .sound($0) }
        slots += hostDevices.indices.filter { hostDevices[$0].type == .usb }.map { .hostDevice($0) }
        slots += controllers.indices.filter { controllers[$0].type == .ccid }.map { .controller($0) }
        slots += serials.indices.filter { serials[$0].target?.type == .usbSerial }.map { .serial($0) }
        slots += inputs.indices.filter { inputs[$0].bus == .usb }.map { .input($0) }
        slots += redirectedDevices.indices.map { .redirectedDevice($0) }
        return slots
    }

    /// Devices that go to a board's virtio-mmio together. libvirt takes SCSI controllers of all models along, and leaves the
    /// vsock, memory and folders on PCI.
    var boardSlots: [DeviceSlot] {
        virtioSlots.filter { slot in
            switch slot {
            case .vsock, .memory, .controller, .filesystem: false
            default: true
            }
        }
            + controllers.indices.filter { [.virtioSerial, .scsi].contains(controllers[$0].type) }.map {
                .controller($0)
            }
    }

    /// Virtio devices, in the order in which boards without PCI give them places.
    var virtioSlots: [DeviceSlot] {
        var slots: [DeviceSlot] = []
        slots += disks.indices.filter { disks[$0].target?.bus == .virtio }.map { .disk($0) }
        slots += interfaces.indices.filter { interfaces[$0].isVirtio }.map { .interface($0) }
        slots += hostDevices.indices.filter { hostDevices[$0].isChannelDevice }.map { .hostDevice($0) }
        slots += videos.indices.filter { videos[$0].model?.type == .virtio }.map { .video($0) }
        slots += controllers.indices.filter { controllers[$0].isVirtio }.map { .controller($0) }
        slots += inputs.indices.filter { inputs[$0].bus == .virtio }.map { .input($0) }
        slots += filesystems.indices.map { .filesystem($0) }
        if let memoryBalloon, memoryBalloon.model != MemoryBalloon.Model.none { slots.append(.memballoon) }
        slots += rngs.indices.map { .rng($0) }
        if vsock != nil { slots.append(.vsock) }
        slots += cryptos.indices.map { .crypto($0) }
        slots += memories.indices.filter { memories[$0].model == .virtioMEM }.map { .memory($0) }
        return slots
    }
}

extension Interface {
    /// Whether the guest sees a virtio network card.
    var isVirtio: Bool { model?.type?.hasPrefix("virtio") ?? false }
}

extension Controller {
    /// Whether the guest sees a virtio controller.
    var isVirtio: Bool {
        switch type {
        case .virtioSerial: true
        case .scsi: [.virtioSCSI, .virtioTransitional, .virtioNonTransitional].contains(scsiModel)
        default: false
        }
    }
}

extension HostDevice {
    /// Whether the device sits on s390's channel subsystem.
    var isChannelDevice: Bool { type == .scsiHost || type == .mdev && model == .vfioCCW }
}

extension Domain {
    /// Whether a device says where in the boot order it comes.
    var hasBootOrder: Bool {
        devices.disks.contains { $0.boot?.order != nil } || devices.interfaces.contains { $0.boot?.order != nil }
            || devices.hostDevices.contains { $0.boot?.order != nil }
            || devices.redirectedDevices.contains { $0.boot?.order != nil }
    }
}
