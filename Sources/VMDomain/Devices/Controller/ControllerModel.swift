/// `model` of `<controller>`; each type takes some of the words.
public enum ControllerModel: String, XMLEnum {
    // scsi
    case auto, buslogic, lsilogic, lsisas1068, vmpvscsi, ibmvscsi
    case virtioSCSI = "virtio-scsi"
    case lsisas1078, ncr53c90, dc390, am53c974
    // scsi and virtio-serial
    case virtio
    case virtioTransitional = "virtio-transitional"
    case virtioNonTransitional = "virtio-non-transitional"
    // usb
    case piix3UHCI = "piix3-uhci"
    case piix4UHCI = "piix4-uhci"
    case ehci
    case ich9EHCI1 = "ich9-ehci1"
    case ich9UHCI1 = "ich9-uhci1"
    case ich9UHCI2 = "ich9-uhci2"
    case ich9UHCI3 = "ich9-uhci3"
    case vt82c686bUHCI = "vt82c686b-uhci"
    case pciOHCI = "pci-ohci"
    case necXHCI = "nec-xhci"
    case qusb1, qusb2
    case qemuXHCI = "qemu-xhci"
    case none
    // ide
    case piix3, piix4, ich6
    // pci
    case pciRoot = "pci-root"
    case pcieRoot = "pcie-root"
    case pciBridge = "pci-bridge"
    case dmiToPCIBridge = "dmi-to-pci-bridge"
    case pcieToPCIBridge = "pcie-to-pci-bridge"
    case pcieRootPort = "pcie-root-port"
    case pcieSwitchUpstreamPort = "pcie-switch-upstream-port"
    case pcieSwitchDownstreamPort = "pcie-switch-downstream-port"
    case pciExpanderBus = "pci-expander-bus"
    case pcieExpanderBus = "pcie-expander-bus"
}

extension Controller {
    mutating func mapModel(_ x: inout XMLMapper) {
        switch type {
        case .scsi: x.attribute("model", &model, of: SCSIControllerModels.self)
        case .usb: x.attribute("model", &model, of: USBControllerModels.self)
        case .pci: x.attribute("model", &model, of: PCIControllerModels.self)
        case .ide: x.attribute("model", &model, of: IDEControllerModels.self)
        case .virtioSerial: x.attribute("model", &model, of: VirtioSerialControllerModels.self)
        case .fdc, .sata, .ccid, .xenbus, .isa: break
        }
    }
}

/// Models of `type='scsi'`.
public enum SCSIControllerModels: XMLSubset {
    public static var words: [ControllerModel] {
        [
            .auto, .buslogic, .lsilogic, .lsisas1068, .vmpvscsi, .ibmvscsi, .virtioSCSI, .lsisas1078,
            .virtioTransitional, .virtioNonTransitional, .ncr53c90, .dc390, .am53c974,
        ]
    }
}

/// Models of `type='usb'`.
public enum USBControllerModels: XMLSubset {
    public static var words: [ControllerModel] {
        [
            .piix3UHCI, .piix4UHCI, .ehci, .ich9EHCI1, .ich9UHCI1, .ich9UHCI2, .ich9UHCI3, .vt82c686bUHCI, .pciOHCI,
            .necXHCI, .qusb1, .qusb2, .qemuXHCI, .none,
        ]
    }
}

/// Models of `type='pci'`.
public enum PCIControllerModels: XMLSubset {
    public static var words: [ControllerModel] {
        [
            .pciRoot, .pcieRoot, .pciBridge, .dmiToPCIBridge, .pcieToPCIBridge, .pcieRootPort,
            .pcieSwitchUpstreamPort, .pcieSwitchDownstreamPort, .pciExpanderBus, .pcieExpanderBus,
        ]
    }
}

/// Models of `type='ide'`.
public enum IDEControllerModels: XMLSubset {
    public static var words: [ControllerModel] { [.piix3, .piix4, .ich6] }
}

/// Models of `type='virtio-serial'`.
public enum VirtioSerialControllerModels: XMLSubset {
    public static var words: [ControllerModel] { [.virtio, .virtioTransitional, .virtioNonTransitional] }
}
