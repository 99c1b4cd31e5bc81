internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Runs the user's programs on a machine's events: `hooks/NAME` in the configuration folder.
///
/// NAME is the state that a machine has come into (`running`, `shut-off`), the name of an event of QEMU
/// (`BLOCK_IO_ERROR`), or the kind of an event (`state`, `qmp`, `job`, `helper`, `supervisor`). A hook gets the domain's
/// name and NAME as its arguments and the event as a JSON object on its standard input; what it prints goes into the
/// machine's log. Nobody waits for it: after half a minute it is killed.
final class HookRunner {
    /// How long a hook may take.
    static let patience = Duration.seconds(30)
    /// How many run at once; a flood of events starts no more.
    static let most = 16

    private let folder: String
    private let name: String
    private let uuid: UUID
    private let reactor: Reactor
    private let log: MachineLog
    private var running: [Int32: (handle: Held, timer: Reactor.Timer)] = [:]
    private var dropped = 0

    /// A pidfd in a dictionary.
    private final class Held {
        let handle: FileDescriptor
        init(_ handle: consuming FileDescriptor) { self.handle = handle }
    }

    init(folder: String, name: String, uuid: UUID, reactor: Reactor, log: MachineLog) {
        self.folder = folder
        self.name = name
        self.uuid = uuid
        self.reactor = reactor
        self.log = log
    }

    /// Runs what there is for an event of the journal.
    func happened(_ kind: String, _ entry: JSONObject) {
        guard !folder.isEmpty, access(folder, X_OK) == 0 else { return }
        var hooks = [kind]
        if kind == "state", let state = entry["state"]?.string {
            hooks.append(String(state.map { $0 == " " ? "-" : $0 }))
        }
        if kind == "qmp", let event = entry["name"]?.string { hooks.append(event) }
        // Names from QEMU are no paths.
        for hook in hooks where !hook.contains("/") && !hook.hasPrefix(".") { run(hook, entry) }
    }

    private func run(_ hook: String, _ entry: JSONObject) {
        let path = folder + "/" + hook
        guard access(path, X_OK) == 0 else { return }
        guard running.count < Self.most else {
            dropped += 1
            if dropped == 1 { log.note("the hook '\(hook)' is not run: \(Self.most) hooks run already") }
            return
        }
        dropped = 0
        do throws(VMError) { try start(path, hook, entry) } catch {
            log.note("cannot run the hook '\(path)': \(error)")
        }
    }

    /// The descriptor under which a hook has its own program open.
    private static let programDescriptor: Int32 = 3

    /// The program's file, which only the user and root may have written. What is looked at is what is run: the open
    /// file, not whatever has its name by then.
    private func program(_ path: String) throws(VMError) -> FileDescriptor {
        let file = try OwnFiles.open(path, flags: O_RDONLY)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw .system("cannot look at it", errno: errno) }
        if status.st_mode & 0o020 != 0, status.st_gid != getegid(), status.st_gid != 0 {
            throw VMError(.io, "other users may write to it", remedy: "chmod go-w '\(path)'")
        }
        return file
    }

    private func start(_ path: String, _ hook: String, _ entry: JSONObject) throws(VMError) {
        let program = try program(path)
        var event = entry
        event["domain"] = .string(name)
        event["uuid"] = .string("\(uuid)")
        let input = try FileDescriptor.memory(Array((JSONValue.object(event).description + "\n").utf8), name: "event")
        var environment: [(name: String, value: String)] = ["PATH", "HOME", "LANG", "XDG_RUNTIME_DIR", "VMCTL_HOME"]
            .compactMap { name in getenv(name).map { (name, String(cString: $0)) } }
        environment += [("VMCTL_DOMAIN", name), ("VMCTL_UUID", "\(uuid)")]
        let request = SpawnRequest(
            executable: "/proc/self/fd/\(Self.programDescriptor)", arguments: [name, hook], name: path,
            environment: environment,
            descriptors: [
                .init(program.raw, as: Self.programDescriptor),
                .init(input.raw, as: 0), .init(log.descriptor.raw, as: 1), .init(log.descriptor.raw, as: 2),
            ], workingDirectory: "/")
        let process = try SpawnedProcess.spawn(request)
        let pid = process.identity.pid
        let held = Held(process.takeHandle())
        let raw = held.handle.raw
        let timer = reactor.schedule(at: .after(Self.patience)) { [unowned self] in
            log.note("the hook '\(hook)' takes too long and is killed")
            kill(-pid, SIGKILL)
        }
        running[pid] = (held, timer)
        try reactor.watch(raw) { [unowned self] _ in
            reactor.forget(raw)
            ended(pid, hook)
        }
    }

    private func ended(_ pid: Int32, _ hook: String) {
        guard let (held, timer) = running.removeValue(forKey: pid) else { return }
        reactor.cancel(timer)
        switch ProcessExit.ofEnded(held.handle) {
        case .exited(0), nil, .unknown: break
        case .exited(let status): log.note("the hook '\(hook)' ended with status \(status)")
        case .signalled(let number): log.note("the hook '\(hook)' was ended by signal \(number)")
        }
    }
}
