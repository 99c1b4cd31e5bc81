public import VMCore
public import VMXML

/// A virtual machine as libvirt's domain XML describes it: `<domain>`.
///
/// The value holds what the document says and nothing that wasn't said: defaults are filled in by later steps.
public struct Domain: XMLRoot {
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
    public var genid: GenerationID?
    public var maxMemory: MaxMemory?
    public var memory: Memory?
    public var currentMemory: CurrentMemory?
    public var blkiotune = BlockIOTuning()
    public var memtune = MemoryTuning()
    public var memoryBacking = MemoryBacking()
    public var vcpu: VCPU?
    /// `<vcpus>`: virtual CPUs one by one.
    public var vcpus: [VCPU.State] = []
    public var iothreads: UInt32?
    public var iothreadids: [IOThread] = []
    public var defaultiothread: DefaultIOThread?
    public var throttlegroups: [IOTune] = []
    public var cputune = CPUTuning()
    public var numatune = NUMATuning()
    public var resource = Resource()
    public var iommufd: IOMMUFD?
    public var sysinfo: [SystemInformation] = []
    /// `<bootloader>`: a program of the host that picks the kernel of a paravirtualized guest.
    public var bootloader: String?
    public var bootloaderArgs: String?
    public var os = OperatingSystem()
    public var idmap = IDMap()
    public var features = Features()
    public var cpu: CPU?
    public var clock: Clock?
    public var onPoweroff: LifecycleAction?
    public var onReboot: LifecycleAction?
    public var onCrash: CrashAction?
    public var onLockfailure: LockFailureAction?
    public var pm = PowerManagement()
    public var perf: [PerfEvent] = []
    public var devices = Devices()
    public var seclabels: [SecurityLabel] = []
    public var keywrap: [KeyWrapCipher] = []
    public var launchSecurity: LaunchSecurity?
    public var qemuCommandline = QEMUCommandLine()
    public var qemuCapabilities = QEMUCapabilityOverrides()
    public var qemuOverride: [QEMUDeviceOverride] = []
    public var qemuDeprecation: QEMUDeprecation?
    /// Elements of namespaces that this program doesn't know, kept as they are.
    public var foreign: [XMLTree] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &type, required: true)
        x.attribute("id", &id)
        x.declare(.qemu, when: usesQEMUNamespace)
        x.text("name", &name)
        x.text("uuid", &uuid)
        x.text("genid", &genid)
        x.text("title", &title)
        x.text("description", &description)
        x.opaque("metadata", &metadata)
        mapResources(&x)
        mapSystem(&x)
        x.text("on_poweroff", &onPoweroff)
        x.text("on_reboot", &onReboot)
        x.text("on_crash", &onCrash)
        x.text("on_lockfailure", &onLockfailure)
        x.element("pm", &pm)
        x.list("perf", of: "event", &perf)
        x.element("devices", &devices)
        x.elements("seclabel", &seclabels)
        x.list("keywrap", of: "cipher", &keywrap)
        x.element("launchSecurity", &launchSecurity)
        x.within(.qemu) { x in
            x.element("commandline", &qemuCommandline)
            x.element("capabilities", &qemuCapabilities)
            x.list("override", of: "device", &qemuOverride)
            x.element("deprecation", &qemuDeprecation)
        }
        x.foreign(&foreign)
        if x.isReading, name == nil { x.reportMissing(element: "name") }
    }

    private mutating func mapResources(_ x: inout XMLMapper) {
        x.element("maxMemory", &maxMemory)
        x.element("memory", &memory)
        x.element("currentMemory", &currentMemory)
        x.element("blkiotune", &blkiotune)
        x.element("memtune", &memtune)
        x.element("memoryBacking", &memoryBacking)
        x.element("vcpu", &vcpu)
        x.list("vcpus", of: "vcpu", &vcpus)
        x.text("iothreads", &iothreads)
        x.list("iothreadids", of: "iothread", &iothreadids)
        x.element("defaultiothread", &defaultiothread)
        x.list("throttlegroups", of: "throttlegroup", &throttlegroups)
        x.element("cputune", &cputune)
        x.single("numatune", into: &numatune)
        x.element("resource", &resource)
        x.element("iommufd", &iommufd)
    }

    private mutating func mapSystem(_ x: inout XMLMapper) {
        x.elements("sysinfo", &sysinfo)
        x.text("bootloader", &bootloader)
        x.text("bootloader_args", &bootloaderArgs)
        x.element("os", &os)
        x.element("idmap", &idmap)
        x.element("features", &features)
        x.element("cpu", &cpu)
        x.element("clock", &clock)
    }

    private var usesQEMUNamespace: Bool {
        qemuCommandline != QEMUCommandLine() || qemuCapabilities != QEMUCapabilityOverrides()
            || !qemuOverride.isEmpty || qemuDeprecation != nil
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
