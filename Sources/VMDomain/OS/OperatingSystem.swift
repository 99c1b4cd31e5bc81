public import VMXML

/// `<os>`: what the machine is and how it boots.
public struct OperatingSystem: XMLElement {
    /// `firmware`: asks for a firmware to be chosen by its features.
    public var firmware: Firmware?
    public var type: OSType?
    /// `<firmware>`: features which the chosen firmware must or must not have.
    public var firmwareFeatures: [FirmwareFeature] = []
    /// `<init>` and its companions: what a container runs first.
    public var initPath: String?
    public var initArguments: [String] = []
    public var initEnvironment: [EnvironmentVariable] = []
    public var initDirectory: String?
    public var initUser: String?
    public var initGroup: String?
    public var loader: Loader?
    public var nvram: NVRAM?
    public var varstore: VariableStore?
    public var kernel: String?
    public var initrd: String?
    public var cmdline: String?
    public var shim: String?
    /// `<dtb>`: the path of a device tree blob.
    public var dtb: String?
    /// `<root>`: the root device of a paravirtualized guest.
    public var root: String?
    public var acpi: [ACPITable] = []
    /// `<boot>`: the order of boot devices by class.
    public var boot: [BootDevice] = []
    public var bootmenu: BootMenu?
    public var bios: BIOS?
    public var smbios: SMBIOS?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("firmware", &firmware)
        x.element("type", &type)
        x.list("firmware", of: "feature", &firmwareFeatures)
        x.text("init", &initPath)
        x.texts("initarg", &initArguments)
        x.elements("initenv", &initEnvironment)
        x.text("initdir", &initDirectory)
        x.text("inituser", &initUser)
        x.text("initgroup", &initGroup)
        x.element("loader", &loader)
        x.element("nvram", &nvram)
        x.element("varstore", &varstore)
        x.text("kernel", &kernel)
        x.text("initrd", &initrd)
        x.text("cmdline", &cmdline)
        x.text("shim", &shim)
        x.text("dtb", &dtb)
        x.text("root", &root)
        x.list("acpi", of: "table", &acpi)
        x.elements("boot", &boot)
        x.element("bootmenu", &bootmenu)
        x.element("bios", &bios)
        x.element("smbios", &smbios)
    }

    public enum Firmware: String, XMLEnum { case bios, efi }

    /// `<type>`: kind of guest, architecture and machine type.
    public struct OSType: XMLElement {
        public var arch: String?
        /// A machine type such as `q35` or `pc-i440fx-9.1`.
        public var machine: String?
        /// `hvm` for full virtualization.
        public var kind: String?

        public init() {}

        public init(arch: String? = nil, machine: String? = nil, kind: String = "hvm") {
            self.arch = arch
            self.machine = machine
            self.kind = kind
        }

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("arch", &arch)
            x.attribute("machine", &machine)
            x.content(&kind)
        }
    }

    /// `<initenv>`: an environment variable of a container's first process.
    public struct EnvironmentVariable: XMLElement {
        public var name: String?
        public var value: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("name", &name)
            x.content(&value)
        }
    }

    /// `<table>` of `<acpi>`: a file with ACPI tables.
    public struct ACPITable: XMLElement {
        public enum Kind: String, XMLEnum { case raw, rawset, slic, msdm }

        public var type: Kind?
        public var path: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("type", &type)
            x.content(&path)
        }
    }

    /// `<boot>`.
    public struct BootDevice: XMLElement {
        public enum Kind: String, XMLEnum { case fd, hd, cdrom, network }

        public var dev: Kind?
        public var origin = XMLOrigin()

        public init() {}

        public init(_ dev: Kind) { self.dev = dev }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("dev", &dev)
        }
    }

    /// `<bootmenu>`: whether the firmware offers a choice, and for how many milliseconds.
    public struct BootMenu: XMLElement {
        public var enable: YesNo?
        public var timeout: UInt16?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("enable", &enable)
            x.attribute("timeout", &timeout)
        }
    }

    /// `<bios>`: options of SeaBIOS.
    public struct BIOS: XMLElement {
        public var useserial: YesNo?
        /// Milliseconds until a failed boot is tried again; -1 for never.
        public var rebootTimeout: Int?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.attribute("useserial", &useserial)
            x.attribute("rebootTimeout", &rebootTimeout)
        }
    }

    /// `<smbios>`: where the guest's SMBIOS tables come from.
    public struct SMBIOS: XMLElement {
        public enum Mode: String, XMLEnum { case emulate, host, sysinfo }

        public var mode: Mode?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("mode", &mode)
        }
    }
}
