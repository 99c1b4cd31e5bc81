public import VMCore

/// A virtual machine as libvirt's domain XML describes it: `<domain>`.
///
/// The value holds what the document says and nothing that wasn't said: defaults are filled in by later steps.
public struct Domain: XMLElement {
    /// `type`: the hypervisor or accelerator.
    public var type = DomainType.kvm
    /// `id`: the number of a running machine.
    public var id: Int?
    public var name: String?
    public var uuid: UUID?
    /// `<title>`: a short text without line breaks.
    public var title: String?
    public var description: String?
    /// `<metadata>`: belongs to applications and is kept as it is.
    public var metadata: XMLTree?
    public var onPoweroff: LifecycleAction?
    public var onReboot: LifecycleAction?
    public var onCrash: CrashAction?
    public var devices = Devices()
    /// Elements of namespaces that this program doesn't know, kept as they are.
    public var foreign: [XMLTree] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        x.attribute("id", &id)
        x.text("name", &name)
        x.text("uuid", &uuid)
        x.text("title", &title)
        x.text("description", &description)
        x.opaque("metadata", &metadata)
        x.text("on_poweroff", &onPoweroff)
        x.text("on_reboot", &onReboot)
        x.text("on_crash", &onCrash)
        x.element("devices", &devices)
        x.foreign(&foreign)
        if x.isReading, name == nil { x.reportMissing(element: "name") }
    }
}

extension Domain {
    /// Reads a domain document.
    public static func read(
        _ bytes: [UInt8], file: String = "-", options: XMLReadOptions = .strict
    ) throws(VMError) -> XMLReading<Domain> {
        try read(bytes, file: file, root: "domain", options: options)
    }

    /// Reads a domain document that must be without fault.
    public init(xml text: String, file: String = "-", options: XMLReadOptions = .strict) throws(VMError) {
        self = try Domain.read(Array(text.utf8), file: file, options: options).checked()
    }

    /// The document in libvirt's canonical form.
    public var xml: String { write(as: "domain") }
}
