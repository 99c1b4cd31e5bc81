public import VMXML

extension Controller {
    /// `model` of PCI controllers: the kind of bus they provide.
    public enum PCIModel: String, XMLEnum {
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

    /// `model` of SCSI controllers.
    public enum SCSIModel: String, XMLEnum {
        case auto, buslogic, lsilogic, lsisas1068, vmpvscsi, ibmvscsi
        case virtioSCSI = "virtio-scsi"
        case lsisas1078
        case virtioTransitional = "virtio-transitional"
        case virtioNonTransitional = "virtio-non-transitional"
        case ncr53c90, dc390, am53c974
    }

    /// `model` of USB controllers.
    public enum USBModel: String, XMLEnum {
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
        /// The machine has no USB.
        case none
    }

    /// `model` of IDE controllers.
    public enum IDEModel: String, XMLEnum { case piix3, piix4, ich6 }

    /// The word in `model`, whatever the type.
    public var model: String? {
        switch type {
        case .pci: pciModel?.rawValue
        case .scsi: scsiModel?.rawValue
        case .usb: usbModel?.rawValue
        case .ide: ideModel?.rawValue
        case .virtioSerial: virtioModel?.rawValue
        case .fdc, .sata, .ccid, .xenbus, .isa, .nvme: nil
        }
    }

    mutating func mapModel(_ x: inout XMLMapper) {
        switch type {
        case .pci: x.attribute("model", &pciModel)
        case .scsi: x.attribute("model", &scsiModel)
        case .usb: x.attribute("model", &usbModel)
        case .ide: x.attribute("model", &ideModel)
        case .virtioSerial: x.attribute("model", &virtioModel)
        case .fdc, .sata, .ccid, .xenbus, .isa, .nvme: break
        }
    }
}
