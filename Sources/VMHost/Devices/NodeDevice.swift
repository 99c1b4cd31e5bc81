public import VMCore

/// A device of the host, as libvirt's node devices are: a place in the tree, and what it is.
public struct NodeDevice: Sendable, Hashable {
    /// Made of its bus and its name there: `pci_0000_00_02_0`.
    public var name: String
    /// Below `/sys/devices`; nil for the host itself.
    public var path: String?
    /// The file by which programs use it.
    public var node: String?
    /// Other names of that file.
    public var links: [String] = []
    /// The name of the device that it is a part of; nil for the host itself.
    public var parent: String?
    public var driver: String?
    public var facts: Facts

    /// What a device is.
    public enum Facts: Sendable, Hashable {
        case system(SystemFacts)
        case pci(PCIFacts)
        case usbDevice(USBDeviceFacts)
        case usbInterface(USBInterfaceFacts)
        case net(NetFacts)
        case scsiHost(SCSIHostFacts)
        case scsiTarget(String)
        case scsi(SCSIFacts)
        case storage(StorageFacts)
        /// The device file.
        case scsiGeneric(String)
        /// `primary`, `render` or `control`.
        case drm(String)
    }

    /// The words by which libvirt tells what a device is and can do.
    public var capabilities: [Capability] {
        switch facts {
        case .system: [.system]
        case .pci: [.pci]
        case .usbDevice: [.usbDevice]
        case .usbInterface: [.usb]
        case .net: [.net]
        case .scsiHost(let host): [.scsiHost] + (host.fibreChannel == nil ? [] : [.fcHost])
        case .scsiTarget: [.scsiTarget]
        case .scsi: [.scsi]
        case .storage: [.storage]
        case .scsiGeneric: [.scsiGeneric]
        case .drm: [.drm]
        }
    }

    /// libvirt's words and the numbers of `virConnectListAllNodeDeviceFlags`; those behind `drm` are of devices that aren't
    /// told of here.
    public enum Capability: String, Sendable, Hashable, CaseIterable {
        case system, pci
        case usbDevice = "usb_device"
        case usb, net
        case scsiHost = "scsi_host"
        case scsiTarget = "scsi_target"
        case scsi, storage
        case fcHost = "fc_host"
        case vports
        case scsiGeneric = "scsi_generic"
        case drm
        case mdevTypes = "mdev_types"
        case mdev
        case ccw, css, vdpa
        case apCard = "ap_card"
        case apQueue = "ap_queue"
        case apMatrix = "ap_matrix"
        case vpd

        public var flag: UInt32 { 1 << UInt32(Self.allCases.firstIndex(of: self) ?? 31) }
    }

    /// All flags that a list may be asked for: capabilities, and those of devices that are defined or active.
    public static let knownFlags: UInt32 =
        Capability.allCases.reduce(0) { $0 | $1.flag } | inactiveFlag | activeFlag | persistentFlag | transientFlag
    public static let persistentFlag: UInt32 = 1 << 28
    public static let transientFlag: UInt32 = 1 << 29
    public static let inactiveFlag: UInt32 = 1 << 30
    public static let activeFlag: UInt32 = 1 << 31

    /// Whether a list with these flags of libvirt's has the device. All are there, and none is defined.
    public func isMeant(by flags: UInt32) -> Bool {
        let kinds = flags & ~(Self.persistentFlag | Self.transientFlag | Self.inactiveFlag | Self.activeFlag)
        if flags & Self.inactiveFlag != 0, flags & Self.activeFlag == 0 { return false }
        if flags & Self.persistentFlag != 0, flags & Self.transientFlag == 0 { return false }
        return kinds == 0 || capabilities.contains { kinds & $0.flag != 0 }
    }
}

/// The host itself, as its firmware describes it.
public struct SystemFacts: Sendable, Hashable {
    public var product: String?
    public var vendor: String?
    public var version: String?
    public var serial: String?
    public var uuid: UUID?
    public var firmwareVendor: String?
    public var firmwareVersion: String?
    public var firmwareDate: String?
}

/// A place on the PCI bus.
public struct PCIPlace: Sendable, Hashable {
    public var domain: UInt32
    public var bus: UInt32
    public var slot: UInt32
    public var function: UInt32

    /// Reads `0000:00:02.0`.
    public init?(_ text: String) {
        let parts = text.split(whereSeparator: { $0 == ":" || $0 == "." })
        guard parts.count == 4, text.utf8.count <= 16 else { return nil }
        let numbers = parts.compactMap { UInt32($0, radix: 16) }
        guard numbers.count == 4, numbers[1] <= 0xff, numbers[2] <= 0x1f, numbers[3] <= 7 else { return nil }
        (domain, bus, slot, function) = (numbers[0], numbers[1], numbers[2], numbers[3])
    }
}

/// A number with the name that lists of devices have for it.
public struct NamedNumber: Sendable, Hashable {
    public var number: UInt64
    public var name: String?
}

/// A PCI device.
public struct PCIFacts: Sendable, Hashable {
    public enum Header: String, Sendable, Hashable {
        case endpoint
        case bridge = "pci-bridge"
        case cardBus = "cardbus-bridge"
    }

    /// One side of a PCI Express link: GT/s and lanes.
    public struct Link: Sendable, Hashable {
        public var speed: String
        public var width: UInt64
    }

    public var place: PCIPlace
    public var kind: UInt64?
    public var product = NamedNumber(number: 0)
    public var vendor = NamedNumber(number: 0)
    /// The device whose virtual function it is.
    public var physicalFunction: PCIPlace?
    /// How many virtual functions it can have, and those that it has.
    public var mostVirtualFunctions: UInt64?
    public var virtualFunctions: [PCIPlace] = []
    public var header = Header.endpoint
    public var iommuGroup: UInt64?
    public var groupMembers: [PCIPlace] = []
    public var numaNode: UInt64?
    /// What it could do, and what it does.
    public var links: (most: Link?, now: Link?) { (mostLink, nowLink) }
    var mostLink: Link?
    var nowLink: Link?
}

/// A USB device.
public struct USBDeviceFacts: Sendable, Hashable {
    public var bus: UInt64
    public var device: UInt64
    public var product: NamedNumber
    public var vendor: NamedNumber
}

/// One of a USB device's functions.
public struct USBInterfaceFacts: Sendable, Hashable {
    public var number: UInt64
    public var kind: UInt64
    public var subclass: UInt64
    public var proto: UInt64
    public var description: String?
}

/// A network device.
public struct NetFacts: Sendable, Hashable {
    public var interface: String
    public var address: String?
    /// MBit/s; nil where it isn't known.
    public var speed: UInt64?
    /// `up`, `down`, …
    public var state: String?
    public var isWireless = false
}

/// A SCSI adapter.
public struct SCSIHostFacts: Sendable, Hashable {
    /// Names of a Fibre Channel port.
    public struct FibreChannel: Sendable, Hashable {
        public var node: String
        public var port: String
        public var fabric: String?
    }

    public var number: UInt64
    public var uniqueID: UInt64?
    public var fibreChannel: FibreChannel?
}

/// A SCSI device.
public struct SCSIFacts: Sendable, Hashable {
    public var host: UInt64
    public var bus: UInt64
    public var target: UInt64
    public var unit: UInt64
    public var type: String?
}

/// A disk or a drive.
public struct StorageFacts: Sendable, Hashable {
    public var block: String
    public var bus: String?
    public var type: String
    public var model: String?
    public var vendor: String?
    public var serial: String?
    /// Bytes.
    public var size: UInt64
    public var blockSize: UInt64?
    public var isRemovable: Bool
}

extension PCIPlace: CustomStringConvertible {
    /// `0000:00:02.0`.
    public var description: String {
        func hex(_ number: UInt32, _ width: Int) -> String {
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(hex(domain, 4)):\(hex(bus, 2)):\(hex(slot, 2)).\(function)"
    }
}
