internal import Glibc
internal import MonitorJSON
public import VMCore
internal import VMDomain
internal import VMJSON

/// What is done to a guest from outside.
extension VMManager {
    /// Runs a QMP command on a running machine.
    private func execute(
        _ key: String, _ command: String, _ arguments: JSONObject = [:], _ timeout: Duration
    ) throws(VMError) {
        let machine = try find(key)
        guard try resolve(.live, machine).live else { return }
        let deadline = Deadline.after(timeout)
        let session = try connect(machine, deadline: deadline)
        try session.execute(command, arguments, deadline: deadline)
    }

    /// Wakes a guest that has suspended itself.
    public func wakeUp(_ key: String, timeout: Duration = patience) throws(VMError) {
        let state = try status(key)
        guard state.state == .suspendedByGuest else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is not pmsuspended",
                remedy: "it is \(state.state.rawValue); 'vmctl resume' lets a paused one run")
        }
        try execute(key, "system_wakeup", [:], timeout)
    }

    /// Has QEMU tell once when a disk's image grows past so many bytes; 0 forgets that again.
    public func setWriteThreshold(
        _ key: String, disk name: String, bytes: UInt64, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        guard try resolve(.live, machine).live else { return }
        let session = try LiveSession(self, machine, deadline: .after(timeout))
        let disk = session.domain.devices.disks[try VMManager.disk(name, in: session.domain)]
        guard let node = try session.drive(disk.alias?.name ?? "").node, !node.isEmpty else {
            throw VMError(.notFound, "there is no medium in disk '\(name)'")
        }
        // What grows is the file below the format.
        let below = try session.blockNodes().first { $0 == node.replacing("-format", with: "-storage") }
        try session.run(
            "block-set-write-threshold",
            ["node-name": .string(below ?? node), "write-threshold": JSONValue(bytes)])
    }

    /// A non-maskable interrupt.
    public func injectNMI(_ key: String, timeout: Duration = patience) throws(VMError) {
        try execute(key, "inject-nmi", [:], timeout)
    }

    /// Presses keys, all at once.
    /// - Parameters:
    ///   - keys: QEMU's names of keys, or their numbers in its own code, in decimal.
    ///   - hold: for how long they are held.
    public func sendKeys(
        _ key: String, _ keys: [GuestKey], hold: Duration? = nil, timeout: Duration = patience
    ) throws(VMError) {
        guard !keys.isEmpty, keys.count <= 16 else {
            throw VMError(.invalidArgument, "1 to 16 keys can be pressed at once, not \(keys.count)")
        }
        var arguments: JSONObject = ["keys": .array(keys.map(\.json))]
        if let hold { arguments["hold-time"] = .integer(hold.inNanoseconds / 1_000_000) }
        try execute(key, "send-key", arguments, timeout)
    }

    /// Writes a picture of the machine's screen into a file, as PNG.
    /// - Parameter screen: the number of the display among those of the first video card that has any.
    public func screenshot(
        _ key: String, to path: String, screen: Int = 0, timeout: Duration = patience
    ) throws(VMError) {
        let machine = try find(key)
        guard try resolve(.live, machine).live else { return }
        guard let live = try liveDomain(machine) else { throw VMManager.notRunning }
        guard let card = live.devices.videos.first else {
            throw VMError(.unsupported, "Requested operation is not valid: no graphics device to take a screenshot of")
        }
        let deadline = Deadline.after(timeout)
        let session = try connect(machine, deadline: deadline)
        let temporary = path + ".part"
        unlink(temporary)
        var arguments: JSONObject = ["filename": .string(temporary), "format": "png"]
        if screen > 0 {
            arguments["device"] = card.alias?.name.map { .string($0) }
            arguments["head"] = JSONValue(screen)
        }
        do throws(VMError) {
            try session.execute("screendump", arguments, deadline: deadline)
            if Glibc.rename(temporary, path) != 0 { throw .system("cannot write '\(path)'", errno: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }
}

/// A key as QEMU takes it.
public enum GuestKey: Sendable, Hashable {
    /// By name: `ctrl`, `alt`, `delete`.
    case named(String)
    /// By QEMU's number.
    case number(Int)

    var json: JSONValue {
        switch self {
        case .named(let name): ["type": "qcode", "data": .string(name)]
        case .number(let number): ["type": "number", "data": JSONValue(number)]
        }
    }
}
