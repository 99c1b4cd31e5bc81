internal import Glibc
internal import MonitorJSON
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON

/// A running machine that is being changed by this process, and by no other one: its live definition and its supervisor.
struct LiveSession: ~Copyable {
    let manager: VMManager
    let machine: Machine
    private(set) var monitor: BlockingMonitor
    let deadline: Deadline
    /// The live definition as its file has it.
    private(set) var domain: Domain
    private var base: String
    private let lock: FileLock

    init(_ manager: VMManager, _ machine: Machine, deadline: Deadline) throws(VMError) {
        let monitor = try manager.connect(machine, deadline: deadline)
        guard let lock = try FileLock.take(machine.runtime.path + "/change.lock", until: deadline) else {
            throw VMError(.busy, "another command is changing the machine")
        }
        _ = try Self.definition(machine, manager)
        let (domain, base) = try Self.read(machine)
        self.manager = manager
        self.machine = machine
        self.deadline = deadline
        self.monitor = monitor
        self.domain = domain
        self.base = base
        self.lock = lock
    }

    /// What the QEMU that runs can do, whatever has been installed in its place since.
    func capabilities() throws(VMError) -> Capabilities {
        // The kernel keeps the program of a process, and the cache knows it by its inode.
        if let qemu = (try? machine.runtime.readState())?.qemu, qemu.isAlive,
            let running = try? manager.capabilitiesCache.capabilities(of: "/proc/\(qemu.pid)/exe")
        {
            return running
        }
        return try manager.capabilities(for: domain)
    }

    private static func read(_ machine: Machine) throws(VMError) -> (Domain, String) {
        let bytes = try Files.read(machine.runtime.domain)
        return (try parse(bytes, machine), StoredDefinition.sum(bytes[...]))
    }

    private static func parse(_ bytes: [UInt8], _ machine: Machine) throws(VMError) -> Domain {
        try Domain.read(bytes, file: machine.runtime.domain, options: .lenient).checked()
    }

    /// The live definition; its supervisor writes a damaged file anew.
    static func definition(_ machine: Machine, _ manager: VMManager) throws(VMError) -> Domain {
        do throws(VMError) {
            return try parse(try Files.read(machine.runtime.domain), machine)
        } catch {
            guard (try? manager.askSupervisor(machine, "definition", [:], timeout: .seconds(1))) != nil else {
                throw error
            }
            return try parse(try Files.read(machine.runtime.domain), machine)
        }
    }

    /// Runs a QMP command.
    @discardableResult
    func run(_ command: String, _ arguments: JSONObject = [:]) throws(VMError) -> JSONValue {
        try monitor.execute(command, arguments, deadline: deadline)
    }

    /// Has the supervisor make a change, all or nothing.
    mutating func make(_ change: HotplugChange, descriptors: [Int32] = []) throws(VMError) {
        var arguments = ChangeRecord(change).json
        arguments["base"] = .string(base)
        do throws(VMError) {
            try ask("change", arguments, descriptors: descriptors)
        } catch {
            guard error.code == .connection else { throw error }
            try learnOutcome(change, error)
        }
        (domain, base) = try Self.read(machine)
    }

    /// The supervisor is gone in the middle of a change: the one that takes over completes it or takes it back.
    private mutating func learnOutcome(_ change: HotplugChange, _ error: VMError) throws(VMError) {
        monitor = try manager.connect(machine, deadline: deadline)
        while Files.exists(machine.runtime.change), !deadline.hasPassed { Poll.sleep(.milliseconds(5)) }
        let isDone = (try? Files.read(machine.runtime.domain))?.elementsEqual(change.domain.xml.utf8) ?? false
        if !isDone {
            throw VMError(
                .connection, "the machine's supervisor ended in the middle of the change, which was taken back",
                remedy: "try again", cause: error)
        }
    }

    /// Changes a setting: one command, what takes it back, and the live definition with it.
    mutating func set(
        _ call: QMPCall, undo: QMPCall?, _ edit: (inout Domain) throws(VMError) -> Void
    ) throws(VMError) {
        var next = domain
        try edit(&next)
        try make(HotplugChange(steps: [.init(call, undo: undo)], domain: next))
    }

    /// Changes what the live definition says of the machine, which notices nothing.
    mutating func rewrite(_ edit: (inout Domain) throws(VMError) -> Void) throws(VMError) {
        var next = domain
        try edit(&next)
        try make(HotplugChange(steps: [], domain: next))
    }

    /// Has a device leave.
    mutating func detach(_ name: String, leftovers: [QMPCall]) throws(VMError) {
        let order: JSONObject = [
            "device": .string(name), "leftovers": .array(leftovers.map { .object($0.json) }),
        ]
        do throws(VMError) {
            try ask("detach", order)
        } catch {
            guard error.code == .connection else { throw error }
            // Asking twice does no harm.
            monitor = try manager.connect(machine, deadline: deadline)
            try ask("detach", order)
        }
        (domain, base) = try Self.read(machine)
    }

    /// A command of the supervisor's own.
    @discardableResult
    func ask(_ verb: String, _ arguments: JSONObject, descriptors: [Int32] = []) throws(VMError) -> JSONObject {
        var arguments = arguments
        arguments["timeout"] = JSONValue(Int(clamping: deadline.remaining.inNanoseconds / 1_000_000))
        let answer = try monitor.execute(
            "x-vmctl-" + verb, arguments, descriptors: descriptors, deadline: deadline.advanced(by: .seconds(2)))
        if let failure = answer["failure"]?.object { throw VMError(json: failure) }
        guard let value = answer["ok"]?.object else {
            throw VMError(.protocolViolation, "the supervisor's answer can't be read")
        }
        return value
    }

    // MARK: Block nodes

    /// The names of all block nodes.
    func blockNodes() throws(VMError) -> [String] {
        (try run("query-named-block-nodes", ["flat": true]).array ?? []).compactMap { $0["node-name"]?.string }
    }

    /// What QEMU has for a disk: the name it knows the drive by, and the node on top.
    func drive(_ alias: String) throws(VMError) -> (qdev: String, node: String?) {
        let found = (try run("query-block").array ?? []).first { entry in
            let device = entry["qdev"]?.string ?? ""
            return device == alias || device.hasSuffix("/" + alias) || device.contains("/\(alias)/")
        }
        guard let found, let qdev = found["qdev"]?.string else {
            throw VMError(.notFound, "QEMU has no drive '\(alias)'")
        }
        return (qdev, found["inserted"]?["node-name"]?.string)
    }

    /// What takes the nodes below a drive away, the topmost first: those that were made by name.
    func nodeRemovals(_ alias: String) throws(VMError) -> [QMPCall] {
        guard let top = try drive(alias).node, !top.isEmpty else { return [] }
        let graph = try run("x-debug-query-block-graph")
        var names: [Int: String] = [:]
        for node in graph["nodes"]?.array ?? [] where node["type"]?.string == "block-driver" {
            if let id = node["id"]?.int, let name = node["name"]?.string { names[id] = name }
        }
        guard let first = names.first(where: { $0.value == top })?.key else { return [] }
        var order: [Int] = []
        var next = [first]
        while !next.isEmpty {
            let node = next.removeFirst()
            guard !order.contains(node) else { continue }
            order.append(node)
            for edge in graph["edges"]?.array ?? [] where edge["parent"]?.int == node {
                if let child = edge["child"]?.int { next.append(child) }
            }
        }
        return order.compactMap { names[$0] }.filter { !$0.hasPrefix("#") }
            .map { QMPCall("blockdev-del", ["node-name": .string($0)]) }
    }
}
