internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMImage
internal import VMJSON

/// Files that a confined QEMU may not open by itself, and gets open: those of devices that come while it runs.
///
/// A set with the descriptor takes a file's place under the name `/dev/fdset/N`. The set says which file it is.
struct OpenedFiles {
    private let machine: LiveMachine
    /// The descriptors for the steps that hand them over, in their order.
    let files = DescriptorBox([])
    private var steps: [HotplugChange.Step] = []
    private var nextSet: Int?

    init(_ machine: LiveMachine) { self.machine = machine }

    /// What a set's descriptors are called by begins with this; the path follows.
    private static let mark = "file "
    /// Numbers of sets from here on are ours.
    private static let firstSet = 1000

    private var confinement: QEMUConfinement { machine.plan.confinement }

    /// Has the images that a change opens come open. Steps that hand them over stand before the others.
    mutating func prepare(_ change: HotplugChange) throws(VMError) -> HotplugChange {
        guard confinement.isRestricted || confinement.user != nil else { return change }
        var change = change
        let original = change
        let readOnly = Self.readOnlyNodes(change)
        for index in change.steps.indices {
            let call = change.steps[index].call
            switch call.command {
            case "blockdev-add":
                change.steps[index].call.arguments = try node(call.arguments, readOnly: readOnly, original)
            case "device_add" where call.arguments["driver"] == "usb-host":
                change.steps[index].call.arguments = try hostDevice(call.arguments)
            case "chardev-add":
                change.steps[index].call.arguments = try character(call.arguments)
            case "object-add" where call.arguments["qom-type"] == "memory-backend-file":
                try refuse(call.arguments["mem-path"], writing: true, "memory")
            case "object-add" where call.arguments["qom-type"] == "input-linux":
                try refuse(call.arguments["evdev"], writing: true, "an input device")
            case "device_add" where call.arguments["romfile"] != nil:
                try refuse(call.arguments["romfile"], writing: false, "a ROM")
            case "device_add" where call.arguments["evdev"] != nil:
                try refuse(call.arguments["evdev"], writing: true, "an input device")
            case "object-add" where call.arguments["qom-type"] == "rng-random":
                guard let path = call.arguments["filename"]?.string, path != "/dev/urandom", path != "/dev/random",
                    let set = try hand(over: path, O_RDONLY)
                else { continue }
                change.steps[index].call.arguments["filename"] = .string(set)
            default: break
            }
        }
        change.steps = steps + change.steps
        return change
    }

    /// Adds a block node outside of a change.
    mutating func add(_ arguments: JSONObject) throws(VMError) {
        let step = HotplugChange.Step(QMPCall("blockdev-add", arguments))
        let change = try prepare(HotplugChange(steps: [step], domain: machine.domain))
        do throws(VMError) {
            for step in change.steps {
                let file = step.call.command == "add-fd" ? files.take().first : nil
                try machine.run(step.call.command, step.call.arguments, file: file)
            }
        } catch {
            try? Self.sweep(machine)
            throw error
        }
    }

    // MARK: Block nodes

    /// Nodes that are only read, with those below them.
    private static func readOnlyNodes(_ change: HotplugChange) -> Set<String> {
        var names: Set<String> = []
        for step in change.steps where step.call.arguments["read-only"]?.bool == true {
            for key in ["node-name", "file"] { step.call.arguments[key]?.string.map { _ = names.insert($0) } }
        }
        return names
    }

    private mutating func node(
        _ arguments: JSONObject, readOnly: Set<String>, _ change: HotplugChange
    ) throws(VMError) -> JSONObject {
        var arguments = arguments
        let name = arguments["node-name"]?.string ?? ""
        let isReadOnly = arguments["read-only"]?.bool == true || readOnly.contains(name)
        if let path = Self.file(of: arguments) {
            guard let set = try hand(over: path, isReadOnly ? O_RDONLY : O_RDWR) else { return arguments }
            arguments["filename"] = .string(set)
            // Opened as it is to be, once: the locks of a file that QEMU opened anew would stay with the first descriptor.
            arguments["auto-read-only"] = nil
            arguments["read-only"] = .bool(isReadOnly)
            return arguments
        }
        // What an image builds on QEMU would open by itself.
        var image = arguments["file"]?.object.flatMap { Self.file(of: $0) }
        if let below = arguments["file"]?.string {
            let storage = change.steps.first { $0.call.arguments["node-name"]?.string == below }
            image = storage.flatMap { Self.file(of: $0.call.arguments) }
        }
        if let inner = arguments["file"]?.object {
            var inner = inner
            inner["read-only"] = inner["read-only"] ?? .bool(isReadOnly)
            arguments["file"] = .object(try node(inner, readOnly: readOnly, change))
        }
        if arguments["backing"] == nil, let image, let format = arguments["driver"]?.string, format != "raw" {
            let chain = BackingChain(image, format: .init(rawValue: format))
            for problem in chain.obstacles {
                if case .dataFile(image, _) = problem, arguments["data-file"] != nil { continue }
                throw problem.error
            }
            if let below = try backing(chain.links[...]) { arguments["backing"] = below }
        }
        return arguments
    }

    private static func file(of arguments: JSONObject) -> String? {
        guard ["file", "host_device", "host_cdrom"].contains(arguments["driver"]?.string),
            let path = arguments["filename"]?.string, path.hasPrefix("/"), !path.hasPrefix("/dev/fdset/")
        else { return nil }
        return path
    }

    /// The images of a chain, each inside of the one above; nil when the last one is reached.
    private mutating func backing(_ links: ArraySlice<BackingChain.Link>) throws(VMError) -> JSONValue? {
        guard let link = links.first, let path = link.path else { return nil }
        let name = try hand(over: path, O_RDONLY) ?? path
        let driver = Files.isBlockDevice(path) ? "host_device" : "file"
        var node: JSONObject = [
            "driver": .string(link.format ?? "raw"), "read-only": true,
            "file": ["driver": .string(driver), "filename": .string(name)],
        ]
        if let below = try backing(links.dropFirst()) { node["backing"] = below }
        return .object(node)
    }

    /// A USB device of the host, whose file QEMU's user may not open.
    private mutating func hostDevice(_ arguments: JSONObject) throws(VMError) -> JSONObject {
        guard confinement.user != nil, let bus = arguments["hostbus"].flatMap(Self.number),
            let address = arguments["hostaddr"].flatMap(Self.number)
        else { return arguments }
        func padded(_ number: Int) -> String { String(String(1000 + number % 1000).dropFirst()) }
        let path = "/dev/bus/usb/\(padded(bus))/\(padded(address))"
        guard let set = try hand(over: path, O_RDWR) else { return arguments }
        var arguments = JSONObject(
            arguments.map { ($0.key, $0.value) }.filter { !["hostbus", "hostaddr"].contains($0.0) })
        arguments["hostdevice"] = .string(set)
        return arguments
    }

    private static func number(_ value: JSONValue) -> Int? {
        (value.int ?? value.string.flatMap { Int($0) }).flatMap { $0 >= 0 && $0 < 1000 ? $0 : nil }
    }

    /// A character device, with its files open, or with the socket on which it listens. The output of a console isn't kept
    /// for another user's QEMU: a file that it made wouldn't be ours to cut.
    private mutating func character(_ arguments: JSONObject) throws(VMError) -> JSONObject {
        guard var backend = arguments["backend"]?.object, var data = backend["data"]?.object else { return arguments }
        if confinement.user != nil, data["logfile"]?.string?.hasPrefix(machine.folder.consoles + "/") == true {
            data["logfile"] = nil
            data["logappend"] = nil
        }
        if backend["type"] == "pipe" { try refuse(data["device"], writing: true, "a pipe") }
        if backend["type"] == "socket" { try socket(&data, arguments["id"]?.string ?? "") }
        if let log = data["logfile"]?.string {
            let end = data["logappend"]?.bool == true ? O_APPEND : O_TRUNC
            if let set = try hand(over: log, O_WRONLY | O_CREAT | end) { data["logfile"] = .string(set) }
        }
        let (key, flags): (String, Int32) = backend["type"] == "file" ? ("out", O_WRONLY | O_CREAT) : ("device", O_RDWR)
        if ["file", "serial", "parallel"].contains(backend["type"]?.string), let path = data[key]?.string {
            // As QEMU does it: what an earlier machine wrote is replaced unless the document says otherwise.
            let replaces = key == "out" && data["append"]?.bool != true
            if let set = try hand(over: path, flags | (replaces ? O_TRUNC : key == "out" ? O_APPEND : 0)) {
                data[key] = .string(set)
            }
        }
        backend["data"] = .object(data)
        var arguments = arguments
        arguments["backend"] = .object(backend)
        return arguments
    }

    /// A socket at a path of the user's: QEMU may make none there, and gets it listening. One of somebody else's is opened
    /// to the user that QEMU runs as.
    private mutating func socket(_ data: inout JSONObject, _ id: String) throws(VMError) {
        guard data["addr"]?["type"] == "unix", let path = data["addr"]?["data"]?["path"]?.string, path.hasPrefix("/")
        else { return }
        guard data["server"]?.bool == true else {
            guard let user = confinement.user, Files.exists(path) else { return }
            return try FileGrants(machine.plan).give([FileAccess(path, .write)], to: user)
        }
        let folder = Files.folder(of: path)
        if confinement.files.contains(where: { $0.path == folder && $0.kind != .read }) { return }
        let name = JSONValue.string("listen-" + id)
        files.put(try Socket.listen(at: .unix(path: path)).release())
        steps.append(.init(QMPCall("getfd", ["fdname": name]), undo: QMPCall("closefd", ["fdname": name])))
        data["addr"] = ["type": "fd", "data": ["str": name]]
    }

    // MARK: What can't be handed over

    /// Refuses what QEMU opens by its path alone, so that no open file can stand for it, where the rules under which it was
    /// started are against that.
    private func refuse(_ file: JSONValue?, writing: Bool, _ what: String) throws(VMError) {
        guard confinement.isRestricted, let path = file?.string, path.hasPrefix("/") else { return }
        let rules = confinement.files + (writing ? [] : Supervisor.readFiles)
        let isAllowed = rules.contains { rule in
            (rule.path == path || path.hasPrefix(rule.path + "/"))
                && (rule.kind == .write || !writing && rule.kind == .read)
        }
        if isAllowed { return }
        throw VMError(
            .unsupported,
            "'\(path)' can't be opened as \(what) while the machine runs: its QEMU is kept to the files that it was "
                + "started with, and takes no open file for this",
            remedy: "put the device into the definition with \(option: "config") and start the machine again")
    }

    // MARK: Handing over

    /// Opens a file and notes the steps that give it to QEMU.
    ///
    /// - Returns: the name under which QEMU finds it; nil when it may open the file by itself.
    private mutating func hand(over path: String, _ flags: Int32) throws(VMError) -> String? {
        let known = confinement.files.first { $0.path == path }
        if let known, known.kind == .write || known.kind == .read && flags == O_RDONLY { return nil }
        let real = confinement.user == nil ? path : try LinkOwners.resolve(path) ?? path
        let set = if let nextSet { nextSet } else { try Self.free(in: machine) }
        files.put(try open(real, flags))
        nextSet = set + 1
        let arguments: JSONObject = ["fdset-id": JSONValue(set), "opaque": .string(Self.mark + path)]
        let undo = QMPCall("remove-fd", ["fdset-id": JSONValue(set)])
        steps.append(.init(QMPCall("add-fd", arguments), undo: undo))
        return "/dev/fdset/\(set)"
    }

    /// Opens a file for QEMU. What root opens for another user is the very file that its path was looked at for.
    private func open(_ path: String, _ flags: Int32) throws(VMError) -> Int32 {
        let flags = flags | O_NONBLOCK | O_NOCTTY
        let file =
            confinement.user == nil
            ? try FileDescriptor.open(path, flags: flags, mode: 0o600) : try FilePlace.open(path, flags: flags)
        var status = stat()
        guard fstat(file.raw, &status) == 0, [S_IFREG, S_IFBLK, S_IFCHR].contains(status.st_mode & S_IFMT) else {
            throw VMError(.io, "cannot use '\(path)': it is neither a file nor a device")
        }
        return file.release()
    }

    // MARK: The sets that QEMU has

    private static func sets(_ machine: LiveMachine) throws(VMError) -> [(id: Int, path: String?)] {
        (try machine.run("query-fdsets").array ?? []).compactMap { entry in
            guard let id = entry["fdset-id"]?.int else { return nil }
            let opaque = entry["fds"]?.array?.compactMap { $0["opaque"]?.string }.first { $0.hasPrefix(mark) }
            return (id, opaque.map { String($0.dropFirst(mark.count)) })
        }
    }

    private static func free(in machine: LiveMachine) throws(VMError) -> Int {
        let greatest = try sets(machine).map(\.id).max() ?? 0
        return greatest < Int.max ? max(greatest + 1, firstSet) : firstSet
    }

    /// The path of a file by the name that QEMU has for it.
    static func path(of file: String, _ machine: LiveMachine) throws(VMError) -> String {
        guard file.hasPrefix("/dev/fdset/"), let id = Int(file.dropFirst("/dev/fdset/".count)) else { return file }
        return try sets(machine).first { $0.id == id }?.path ?? file
    }

    /// Has QEMU close the files of images that no block node uses any more.
    static func sweep(_ machine: LiveMachine) throws(VMError) {
        let confinement = machine.plan.confinement
        guard confinement.isRestricted || confinement.user != nil else { return }
        let held = try sets(machine).filter { $0.path != nil }
        if held.isEmpty { return }
        let nodes = try machine.run("query-named-block-nodes", ["flat": true]).array ?? []
        let used = nodes.compactMap { $0["file"]?.string }
        for set in held where !(set.path ?? "").hasPrefix("/dev/bus/") {
            let name = "/dev/fdset/\(set.id)"
            let isUsed = used.contains { file in
                file == name || file.contains("\"\(name)\"")
            }
            if !isUsed { try machine.run("remove-fd", ["fdset-id": JSONValue(set.id)]) }
        }
    }
}
