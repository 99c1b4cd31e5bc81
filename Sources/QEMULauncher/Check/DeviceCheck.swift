internal import VMCore
internal import VMDomain
internal import VMXML

/// Devices that sit where they can't.
enum DeviceCheck {
    static let definition: DomainCheck.Check = { v, context in
        checkROMs(&v)
        checkPlaces(&v, context)
        checkAudio(&v)
        v.each("devices/shmem", v.domain.devices.sharedMemories) { v, device in
            guard device.model?.type ?? .ivshmem == .ivshmem, !context.has("ivshmem") else { return }
            v.error(
                "shmem-emulator", "this QEMU has no 'ivshmem'", at: .child("model", "type"), found: "ivshmem",
                accepted: ["ivshmem-plain", "ivshmem-doorbell"])
        }
        v.each("devices/input", v.domain.devices.inputs) { v, input in
            guard input.type == .evdev, context.traits.isS390 else { return }
            v.error(
                "input-machine", "s390 can't be handed events of the host's input devices", at: .attribute("type"),
                found: "evdev", accepted: ["passthrough", "keyboard", "mouse", "tablet"])
        }
        v.each("devices/input", v.domain.devices.inputs) { v, input in
            guard input.bus == .ps2, !context.traits.isX86 else { return }
            v.error(
                "input-bus", "only PCs have a PS/2 bus", at: .attribute("bus"), found: "ps2",
                accepted: ["usb", "virtio"])
        }
        v.each("devices/input", v.domain.devices.inputs) { v, input in
            let host = context.traits.isS390 ? "virtio-input-host-ccw" : "virtio-input-host-pci"
            guard input.type == .passthrough, input.bus == .virtio, !context.has(host) else { return }
            v.error(
                "input-emulator", "this QEMU can't pass input devices of the host through", at: .attribute("type"),
                found: "passthrough", accepted: ["mouse", "tablet", "keyboard"])
        }
        for (index, console) in v.domain.devices.consoles.enumerated().dropFirst()
        where console.target?.type == .serial {
            v.enter("devices/console[\(index + 1)]", console.origin) {
                $0.error(
                    "serial-console", "Only the first console can be a serial port", at: .child("target", "type"),
                    found: "serial", accepted: ["virtio"])
            }
        }
        let controllers = v.domain.devices.controllers
        v.each("devices/channel", v.domain.devices.channels) { v, channel in
            guard let address = channel.address, address.type == .virtioSerial, let port = address.port,
                let controller = controllers.first(where: {
                    $0.type == .virtioSerial && ($0.index ?? 0) == address.controller ?? 0
                }), port >= controller.ports ?? 31
            else { return }
            v.error(
                "no-port", "virtio serial controller \(address.controller ?? 0) does not have port \(port)",
                at: .child("address", "port"), found: String(port))
        }
    }

    /// Addresses that only some devices have, or only some machines.
    private static func checkPlaces(_ v: inout Validation, _ context: PlanContext) {
        for device in v.domain.devices.all {
            let type = device.element.address?.type
            if device.element.acpi?.index != nil, device.isOnUSB || type != .pci && type != .unassigned {
                v.enter("devices/" + device.pathPart, device.element.origin) {
                    $0.error("acpi-index", "only a device on PCI has an ACPI index", at: .child("acpi", "index"))
                }
            }
            guard let address = device.element.address else { continue }
            checkKind(address.type, of: device, &v)
            let controller = device.element as? Controller
            v.enter("devices/" + device.pathPart, device.element.origin) { v in
                if address.zpci != nil, !context.has("zpci") {
                    v.error("zpci-emulator", "this QEMU has no zPCI", at: .child(["address", "zpci"]))
                }
                if address.type == .ccw, !context.traits.isS390 {
                    v.error(
                        "ccw-machine", "machine type '\(v.machine ?? "")' has no channel subsystem",
                        at: .child("address", "type"), found: "ccw")
                }
                // The board's own SATA controller has its place whatever is said of it.
                if address.type == .unassigned, !(device.element is HostDevice), controller?.type != .sata {
                    v.error(
                        "unassigned", "only devices of the host can be left without a place",
                        at: .child("address", "type"), found: "unassigned")
                }
            }
        }
    }

    /// Places on buses that only some kinds of devices are on.
    private static func checkKind(_ kind: DeviceAddress.Kind, of device: PlacedDevice, _ v: inout Validation) {
        let isFine =
            switch kind {
            case .drive: device.element is Disk || device.element is HostDevice
            case .virtioSerial: device.element is Channel || device.element is Console
            case .ccid: device.element is Smartcard
            case .pci: !(device.element is Parallel)
            default: true
            }
        guard !isFine else { return }
        v.enter("devices/" + device.pathPart, device.element.origin) {
            $0.error(
                "address-type", "a <\(device.name)> can't have an address of the type '\(kind.rawValue)'",
                at: .child("address", "type"), found: kind.rawValue)
        }
    }

    /// Who is heard through a numbered backend needs that one to be there.
    private static func checkAudio(_ v: inout Validation) {
        guard v.domain.devices.audios.isEmpty else { return }
        func check(_ number: UInt32?, _ v: inout Validation) {
            guard let number else { return }
            v.error("unknown-audio", "there is no <audio> with the id \(number)", at: .child("audio", "id"))
        }
        v.each("devices/sound", v.domain.devices.sounds) { v, sound in check(sound.audio?.id, &v) }
        v.each("devices/graphics", v.domain.devices.graphics) { v, display in check(display.audio?.id, &v) }
    }

    /// A ROM is shown by PCI devices alone.
    private static func checkROMs(_ v: inout Validation) {
        for device in v.domain.devices.all {
            guard device.element.rom != nil, let address = device.element.address, address.type != .pci else {
                continue
            }
            v.enter("devices/" + device.pathPart, device.element.origin) {
                $0.error("rom-address", "only a device on PCI has a ROM", at: .child("rom"))
            }
        }
    }

    static let launch: DomainCheck.Check = { v, _ in
        if v.domain.devices.audios.isEmpty {
            v.each("devices/sound", v.domain.devices.sounds) { v, _ in
                v.error(
                    "no-audio", "a sound device needs an <audio> to be heard through", accepted: ["<audio id='1' …/>"])
            }
        }
        checkSerialPorts(&v)
        v.each("devices/shmem", v.domain.devices.sharedMemories) { v, device in
            guard let address = device.address, address.type != .pci else { return }
            v.error(
                "shmem-address", "shared memory devices sit on PCI only", at: .child("address", "type"),
                found: address.type.rawValue, accepted: ["pci"])
        }
    }

    /// A PC's board has room for four.
    private static func checkSerialPorts(_ v: inout Validation) {
        var taken: Set<UInt32> = []
        v.each("devices/serial", v.domain.devices.serials) { v, serial in
            guard let target = serial.target, target.type == .isaSerial, let port = target.port else { return }
            if port >= 4 {
                v.error(
                    "too-many-ports", "a machine has four ISA serial ports, 0 to 3", at: .child("target", "port"),
                    found: String(port))
            } else if !taken.insert(port).inserted {
                v.error(
                    "duplicate-port", "the serial port \(port) is there already", at: .child("target", "port"),
                    found: String(port))
            }
        }
    }
}
