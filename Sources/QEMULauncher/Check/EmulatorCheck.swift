internal import VMCore
internal import VMDomain
internal import VMXML

/// Devices of the document that this QEMU was built without: those of another architecture, most of the time.
enum EmulatorCheck {
    static let definition: DomainCheck.Check = { v, context in
        checkScreens(&v, context)
        checkSounds(&v, context)
        checkControllers(&v, context)
        checkUSB(&v, context)
        checkRest(&v, context)
        v.each("devices/tpm", v.domain.devices.tpms) { v, tpm in
            // On boards without PCI the interface has a name of its own.
            let isThere = tpm.model.map { context.has($0.rawValue) || context.has($0.rawValue + "-device") } ?? true
            if !isThere {
                v.error(
                    "device-emulator", "a TPM '\(tpm.model?.rawValue ?? "")' is not supported by this QEMU",
                    at: .attribute("model"), found: tpm.model?.rawValue)
            }
        }
    }

    /// Devices that came with some version of QEMU, or that only some architectures have.
    private static func checkRest(_ v: inout Validation, _ context: PlanContext) {
        v.each("devices/hostdev", v.domain.devices.hostDevices) { v, device in
            guard device.mode == .subsystem, device.type == .mdev else { return }
            let driver: String? =
                switch device.model {
                case .vfioAP: "vfio-ap"
                case .vfioCCW: "vfio-ccw"
                default: nil
                }
            need(driver, "a mediated device of the model '\(driver ?? "")'", at: .attribute("model"), &v, context)
        }
        v.each("devices/crypto", v.domain.devices.cryptos) { v, device in
            guard device.backend?.model == .lkcf else { return }
            need("cryptodev-backend-lkcf", "the backend 'lkcf'", at: .child("backend", "model"), &v, context)
        }
        v.each("devices/graphics", v.domain.devices.graphics) { v, display in
            guard display.type == .desktop else { return }
            v.error(
                "display-type", "QEMU has no display of the type 'desktop'", at: .attribute("type"), found: "desktop",
                accepted: ["vnc", "spice", "sdl"])
        }
        v.each("devices/disk", v.domain.devices.disks) { v, disk in
            if disk.source.type == .vhostvdpa {
                need(
                    context.capabilities.accepts(command: "blockdev-add", argument: "driver/=virtio-blk-vhost-vdpa")
                        ? nil : "virtio-blk-vhost-vdpa", "a disk of the type 'vhostvdpa'", at: .attribute("type"), &v,
                    context)
            }
            if disk.driver?.discardNoUnref != nil,
                !context.capabilities.accepts(command: "blockdev-add", argument: "+qcow2/discard-no-unref")
            {
                v.error(
                    "device-emulator", "this QEMU doesn't know 'discard_no_unref'",
                    at: .child("driver", "discard_no_unref"), found: "on")
            }
        }
    }

    static func need(
        _ driver: String?, _ what: String, at spot: Validation.Spot, _ v: inout Validation, _ context: PlanContext
    ) {
        guard let driver, !context.has(driver) else { return }
        v.error("device-emulator", "\(what) is not supported by this QEMU, which has no '\(driver)'", at: spot)
    }

    private static func checkScreens(_ v: inout Validation, _ context: PlanContext) {
        v.each("devices/video", v.domain.devices.videos) { v, video in
            let driver: String? =
                switch video.model?.type {
                case .vga: "VGA"
                case .cirrus: "cirrus-vga"
                case .vmvga: "vmware-svga"
                case .qxl: "qxl"
                case .bochs: "bochs-display"
                case .ramfb: "ramfb"
                default: nil
                }
            need(
                driver, "a graphics card of the type '\(video.model?.type?.rawValue ?? "")'",
                at: .child("model", "type"),
                &v, context)
        }
    }

    private static func checkSounds(_ v: inout Validation, _ context: PlanContext) {
        v.each("devices/sound", v.domain.devices.sounds) { v, sound in
            let driver: String? =
                switch sound.model {
                case .ich9: "ich9-intel-hda"
                case .usb: "usb-audio"
                case .virtio: "virtio-sound-pci"
                default: nil
                }
            need(driver, "a sound device '\(sound.model?.rawValue ?? "")'", at: .attribute("model"), &v, context)
            if sound.model == .ich7 {
                v.error(
                    "sound-model", "QEMU has no sound card 'ich7'", at: .attribute("model"), found: "ich7",
                    accepted: ["ich9", "ac97"])
            }
            guard sound.model == .ich6 || sound.model == .ich9 else { return }
            for codec in sound.codecs {
                need("hda-\(codec.type?.rawValue ?? "duplex")", "a codec", at: .child("codec", "type"), &v, context)
            }
        }
    }

    /// Cards that a definition may name whatever the QEMU, as libvirt takes them.
    static let launch: DomainCheck.Check = { v, context in
        v.each("devices/serial", v.domain.devices.serials) { v, serial in
            guard serial.target?.type == .pciSerial else { return }
            need("pci-serial", "a serial port on PCI", at: .child("target", "type"), &v, context)
        }
        v.each("devices/sound", v.domain.devices.sounds) { v, sound in
            let driver: String? =
                switch sound.model {
                case .es1370: "ES1370"
                case .ac97: "AC97"
                case .ich6: "intel-hda"
                case .sb16: "sb16"
                default: nil
                }
            need(driver, "a sound device '\(sound.model?.rawValue ?? "")'", at: .attribute("model"), &v, context)
        }
    }

    private static func checkControllers(_ v: inout Validation, _ context: PlanContext) {
        v.each("devices/controller", v.domain.devices.controllers) { v, controller in
            switch controller.type {
            case .sata: need("ich9-ahci", "SATA", at: .attribute("type"), &v, context)
            case .scsi:
                let driver: String? =
                    switch controller.scsiModel {
                    case .lsilogic: "lsi53c895a"
                    case .lsisas1068: "mptsas1068"
                    case .lsisas1078: "megasas"
                    case .vmpvscsi: "pvscsi"
                    default: nil
                    }
                need(
                    driver, "a SCSI controller '\(controller.scsiModel?.rawValue ?? "")'", at: .attribute("model"), &v,
                    context)
            default: break
            }
        }
        v.each("devices/shmem", v.domain.devices.sharedMemories) { v, device in
            let driver: String? =
                switch device.model?.type {
                case .ivshmemPlain: "ivshmem-plain"
                case .ivshmemDoorbell: "ivshmem-doorbell"
                default: nil
                }
            need(driver, "shared memory", at: .child("model", "type"), &v, context)
        }
    }

    private static func checkUSB(_ v: inout Validation, _ context: PlanContext) {
        v.each("devices/hub", v.domain.devices.hubs) { v, _ in need("usb-hub", "a hub", at: .element, &v, context) }
        v.each("devices/redirdev", v.domain.devices.redirectedDevices) { v, _ in
            need("usb-redir", "USB redirection", at: .element, &v, context)
        }
        v.each("devices/smartcard", v.domain.devices.smartcards) { v, card in
            need(
                card.mode == .passthrough ? "ccid-card-passthru" : "ccid-card-emulated", "a smart card",
                at: .attribute("mode"), &v, context)
        }
        v.each("devices/input", v.domain.devices.inputs) { v, input in
            guard input.bus == .usb, input.type == .keyboard else { return }
            need("usb-kbd", "a USB keyboard", at: .attribute("bus"), &v, context)
        }
    }
}
