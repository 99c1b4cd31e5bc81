public import VMXML

/// `<sysinfo>`: what the guest finds in its SMBIOS tables or in QEMU's fw_cfg.
public struct SystemInformation: XMLElement {
    public enum Kind: String, XMLEnum { case smbios, fwcfg }

    public var type = Kind.smbios
    public var bios = Group<BIOSEntry>()
    public var system = Group<SystemEntry>()
    public var baseBoard: [Group<BaseBoardEntry>] = []
    public var chassis = Group<ChassisEntry>()
    /// `<oemStrings>`: free texts of SMBIOS table 11.
    public var oemStrings: [OEMString] = []
    /// `<entry>` of fw_cfg.
    public var entries: [FirmwareConfiguration] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        switch type {
        case .smbios:
            x.element("bios", &bios)
            x.element("system", &system)
            x.elements("baseBoard", &baseBoard)
            x.element("chassis", &chassis)
            x.list("oemStrings", of: "entry", &oemStrings)
        case .fwcfg: x.elements("entry", &entries)
        }
    }

    public enum BIOSEntry: String, XMLEnum { case vendor, version, date, release }
    public enum SystemEntry: String, XMLEnum { case manufacturer, product, version, serial, uuid, sku, family }
    public enum BaseBoardEntry: String, XMLEnum { case manufacturer, product, version, serial, asset, location }
    public enum ChassisEntry: String, XMLEnum { case manufacturer, version, serial, asset, sku }

    /// The named texts of one SMBIOS table, written in the order of the table.
    public struct Group<Name: XMLEnum>: XMLElement {
        public private(set) var entries: [Entry] = []

        /// Takes out entries without name or text.
        package mutating func dropEmpty() {
            var seen: Set<String> = []
            entries.removeAll { entry in
                guard let name = entry.name, !(entry.value ?? "").isEmpty else { return true }
                // Of two of a name the first one counts.
                return !seen.insert(name.rawValue).inserted
            }
        }

        public init() {}

        /// The text of that name.
        public subscript(name: Name) -> String? {
            get { entries.first { $0.name == name }?.value }
            set {
                entries.removeAll { $0.name == name }
                guard let newValue else { return }
                var entry = Entry()
                entry.name = name
                entry.value = newValue
                entries.append(entry)
                sort()
            }
        }

        private mutating func sort() {
            entries = Name.allCases.flatMap { name in entries.filter { $0.name == name } }
        }

        public mutating func map(_ x: inout XMLMapper) {
            x.elements("entry", &entries)
            if x.isReading { sort() }
        }

        public struct Entry: XMLElement {
            public var name: Name?
            public var value: String?
            public var origin = XMLOrigin()

            public init() {}

            public mutating func map(_ x: inout XMLMapper) {
                x.located(&origin)
                x.attribute("name", &name)
                x.content(&value)
            }
        }
    }

    public struct OEMString: XMLElement {
        public var value: String?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) { x.content(&value) }
    }

    /// A blob of QEMU's fw_cfg: a text, or the content of a file.
    public struct FirmwareConfiguration: XMLElement {
        public var name: String?
        public var file: String?
        public var value: String?
        public var origin = XMLOrigin()

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("name", &name)
            x.attribute("file", &file)
            x.content(&value)
            if x.isReading, value?.isEmpty == true { value = nil }
        }
    }
}
