public import VMXML

/// `domain` of a PCI address: `0x0000`.
public enum PCIDomainNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xffff_ffff }
    public static var hexDigits: Int? { 4 }
}

/// `bus` of a PCI address: `0x00`.
public enum PCIBusNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xff }
    public static var hexDigits: Int? { 2 }
}

/// `slot` of a PCI address: `0x00` to `0x1f`.
public enum PCISlotNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0x1f }
    public static var hexDigits: Int? { 2 }
}

/// `function` of a PCI address: `0x0` to `0x7`.
public enum PCIFunctionNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...7 }
    public static var hexDigits: Int? { 1 }
}

/// `uid` of a zPCI device: `0x0001`.
public enum ZPCIUserID: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xffff }
    public static var hexDigits: Int? { 4 }
}

/// `fid` of a zPCI device: `0x00000000`.
public enum ZPCIFunctionID: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xffff_ffff }
    public static var hexDigits: Int? { 8 }
}

/// `cssid` of a channel device: `0xfe` is the one of virtual devices.
public enum CCWSubsystemID: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xfe }
    public static var hexDigits: Int? { 1 }
}

/// `ssid` of a channel device.
public enum CCWSetID: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...3 }
    public static var hexDigits: Int? { 1 }
}

/// `devno` of a channel device: `0x0000`.
public enum CCWDeviceNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xffff }
    public static var hexDigits: Int? { 4 }
}

/// `reg` of a device on the VIO bus of pseries: `0x00002000`.
public enum SpaprVIORegister: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...UInt64.max }
    public static var base: Int { 16 }
    public static var hexDigits: Int? { 8 }
}

/// `iobase` and `irq` of an ISA device.
public enum ISANumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xffff_ffff }
    public static var base: Int { 16 }
    public static var hexDigits: Int? { 1 }
}

/// `bus` and `device` of a USB device of the host: decimal, three digits or fewer.
public enum USBHostNumber: XMLNumberFormat {
    public static var range: ClosedRange<UInt64> { 0...0xffff_ffff }
}
