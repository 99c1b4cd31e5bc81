public import VMCore
public import VMDomain
public import VMJSON
internal import VMXML

/// What a QEMU command line came to as a domain.
public struct NativeDomain: Sendable {
    public var domain: Domain
    /// Options that a managed machine has no use for, with the reason.
    public var ignored: [Remark]
    /// Options that have no counterpart in the document.
    public var unmapped: [Remark]
    /// What was understood in a certain way.
    public var remarks: [String]

    public struct Remark: Sendable, Hashable {
        /// The option's words.
        public var words: [String]
        public var reason: String
    }

    /// One line each, for people.
    public var warnings: [String] {
        unmapped.map { "not mapped: \($0.words.joined(separator: " ")): \($0.reason)" }
            + ignored.map { "ignored: \($0.words.joined(separator: " ")): \($0.reason)" } + remarks
    }

    /// For programs, without the document.
    public var json: JSONObject {
        func list(_ remarks: [Remark]) -> JSONValue {
            .array(
                remarks.map {
                    ["words": .array($0.words.map { .string($0) }), "reason": .string($0.reason)]
                })
        }
        return [
            "xml": .string(domain.xml), "unmapped": list(unmapped), "ignored": list(ignored),
            "remarks": .array(remarks.map { .string($0) }),
        ]
    }

    /// Reads a command line.
    ///
    /// - Parameters:
    ///   - script: a shell command that runs QEMU.
    ///   - folder: where relative paths count from.
    ///   - keepsUnmapped: passes on what can't be mapped, in `<qemu:commandline>`.
    public init(script: String, folder: String = "/", keepsUnmapped: Bool = false) throws(VMError) {
        let command = try ShellCommand(script: script)
        var conversion = NativeConversion(command: command, folder: folder)
        conversion.run()
        let document = conversion.document(keepsUnmapped: keepsUnmapped)
        var reading = try Domain.read(Array(document.xml.utf8), file: "-")
        reading = reading.validated()
        domain = try reading.checked()
        ignored = conversion.ignored
        unmapped = conversion.unmapped.sorted { $0.index < $1.index }.map(\.remark)
        remarks = command.remarks + conversion.remarks
        if !keepsUnmapped {
            remarks += command.environment.map { "the variable \($0.name) is not mapped" }
        }
    }
}

/// The work: options go into backends that devices refer to, and into elements of a document.
struct NativeConversion {
    /// A backend that some device may refer to.
    struct Backend {
        var index: Int
        var option: NativeOption
        var keys: NativeKeys
        var isUsed = false
    }

    let command: ShellCommand
    let folder: String
    let architecture: String
    let options: [NativeOption]

    var ignored: [NativeDomain.Remark] = []
    var unmapped: [(index: Int, remark: NativeDomain.Remark)] = []
    var remarks: [String] = []

    var drives: [String: Backend] = [:]
    var nodes: [String: Backend] = [:]
    var netdevs: [String: Backend] = [:]
    var chardevs: [String: Backend] = [:]
    var objects: [String: Backend] = [:]
    var audiodevs: [String: Backend] = [:]
    var fsdevs: [String: Backend] = [:]

    var general = NativeGeneral()
    var disks: [DescribedElement] = []
    var controllers: [DescribedElement] = []
    var devices: [DescribedElement] = []
    var videos: [DescribedElement] = []
    var graphics: [DescribedElement] = []
    var serials: [DescribedElement] = []
    /// Next letters of disks, by the beginning of their names.
    var diskNumbers: [String: Int] = [:]
    var takenTargets: Set<String> = []
    var audioNumbers: [String: Int] = [:]
    var hasNetwork = false
    var hasUSB = false
    var hasBalloon = false
    var hasNoDefaults = false
    var hasNoVideo = false
    var hasSerial = false
    var usesScreen = true

    init(command: ShellCommand, folder: String) {
        self.command = command
        self.folder = folder
        let name = command.words.first?.split(separator: "/").last.map(String.init) ?? ""
        let target = name.hasPrefix("qemu-system-") ? String(name.dropFirst("qemu-system-".count)) : "x86_64"
        architecture =
            switch target {
            case "i386": "i686"
            case "arm": "armv7l"
            default: String(target.prefix { $0 != "-" })
            }
        options = NativeOption.all(command.words.dropFirst())
    }

    var isX86: Bool { architecture == "x86_64" || architecture == "i686" }
    var isQ35: Bool { general.machine == "q35" || general.machine?.hasPrefix("pc-q35") == true }

    mutating func run() {
        for (index, option) in options.enumerated() { collect(index, option) }
        for (index, option) in options.enumerated() { convert(index, option) }
        addDefaults()
        tellUnusedBackends()
    }

    private mutating func tellUnusedBackends() {
        var known = Set<Int>()
        for backends in [drives, nodes, netdevs, chardevs, objects, audiodevs, fsdevs] {
            for backend in backends.values {
                known.insert(backend.index)
                if !backend.isUsed { skip(backend.index, backend.option, "nothing that is mapped uses it") }
            }
        }
        let names: Set = ["blockdev", "netdev", "chardev", "audiodev", "fsdev"]
        for (index, option) in options.enumerated() where !known.contains(index) {
            var keys = NativeKeys(option.value ?? "")
            let isLost = names.contains(option.name) || (option.name == "drive" && keys.take("if") == "none")
            if isLost { skip(index, option, "it has no id, or one that comes again") }
        }
    }

    // MARK: Remarks

    mutating func skip(_ index: Int, _ option: NativeOption, _ reason: String) {
        skip(index, option.words, reason)
    }

    mutating func skip(_ index: Int, _ words: [String], _ reason: String) {
        unmapped.append((index, NativeDomain.Remark(words: words, reason: reason)))
    }

    mutating func ignore(_ option: NativeOption, _ reason: String) {
        ignored.append(NativeDomain.Remark(words: option.words, reason: reason))
    }

    /// Tells of keys that a mapped option had besides those understood; places are given out anew.
    mutating func tellLeft(_ option: NativeOption, _ keys: NativeKeys) {
        let places: Set = ["id", "bus", "addr", "multifunction", "node-name", "driver", "chassis", "port", "nr"]
        let left = keys.left.filter { !places.contains($0.key) && !$0.key.hasPrefix("x-") }
        guard !left.isEmpty else { return }
        let words = left.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        remarks.append("of -\(option.name) \(option.value ?? "") this is not mapped: \(words)")
    }

    func absolute(_ path: String) -> String {
        if path.hasPrefix("/") || path.isEmpty { return path }
        return (folder == "/" ? "" : folder) + "/" + path
    }

    // MARK: Backends

    private mutating func collect(_ index: Int, _ option: NativeOption) {
        guard let value = option.value else { return }
        func backend(_ implied: String?) -> Backend {
            Backend(index: index, option: option, keys: NativeKeys(value, implied: implied))
        }
        switch option.name {
        case "drive":
            var made = backend(nil)
            if made.keys.take("if") == "none", let id = made.keys.take("id") { drives[id] = made }
        case "blockdev":
            var made = backend("driver")
            if let id = made.keys.take("node-name") { nodes[id] = made }
        case "netdev":
            var made = backend("type")
            if let id = made.keys.take("id") { netdevs[id] = made }
        case "chardev":
            var made = backend("backend")
            if let id = made.keys.take("id") { chardevs[id] = made }
        case "object":
            var made = backend("qom-type")
            if let id = made.keys.take("id") { objects[id] = made }
        case "audiodev":
            var made = backend("driver")
            if let id = made.keys.take("id") { audiodevs[id] = made }
        case "fsdev":
            var made = backend("fsdriver")
            if let id = made.keys.take("id") { fsdevs[id] = made }
        case "machine", "M":
            var keys = NativeKeys(value, implied: "type")
            // What disks and network cards are depends on the board.
            if let type = keys.take("type") { general.machine = type }
        case "nodefaults": hasNoDefaults = true
        default: break
        }
        if option.name == "nodefaults" { hasNoDefaults = true }
    }

    // MARK: The document

    func document(keepsUnmapped: Bool) -> DescribedElement {
        var list: [DescribedElement] = [.init("emulator", text: command.words.first.map(emulator))]
        list += disks
        list += controllers
        if !hasUSB, isX86 { list.append(.init("controller", ["type": "usb", "model": "none"])) }
        list += devices
        list += serials + graphics + videos
        if !hasBalloon { list.append(.init("memballoon", ["model": "none"])) }
        var children = general.elements(isX86: isX86, architecture: architecture)
        children.append(.init("devices", children: list))
        var namespace: String?
        if keepsUnmapped, !unmapped.isEmpty || !command.environment.isEmpty {
            namespace = "http://libvirt.org/schemas/domain/qemu/1.0"
            let words = unmapped.sorted { $0.index < $1.index }.flatMap(\.remark.words)
            children.append(
                .init(
                    "qemu:commandline",
                    children: words.map { .init("qemu:arg", ["value": $0]) }
                        + command.environment.map { .init("qemu:env", ["name": $0.name, "value": $0.value]) }))
        }
        return DescribedElement(
            "domain", ["type": general.domainType, "xmlns:qemu": namespace], children: children)
    }

    private func emulator(_ word: String) -> String {
        word.hasPrefix("/") ? word : word.contains("/") ? absolute(word) : "/usr/bin/" + word
    }
}
