internal import CVMSystem
internal import Glibc

/// A program to start: everything about it, as data.
///
/// The child gets exactly the descriptors listed; every other one is closed. Signals are at their defaults, none blocked.
public struct SpawnRequest: Sendable {
    /// A descriptor of this process and the number it gets in the child.
    public struct Descriptor: Sendable {
        public var source: Int32
        public var target: Int32

        public init(_ source: Int32, as target: Int32) {
            self.source = source
            self.target = target
        }
    }

    /// The program's path; no search in `PATH`.
    public var executable: String
    /// The arguments after `argv[0]`, which is ``executable`` unless ``name`` says otherwise.
    public var arguments: [String]
    /// What stands as `argv[0]`.
    public var name: String?
    /// The whole environment; nil passes this process' own on.
    public var environment: [(name: String, value: String)]?
    /// Descriptors to hand over. Numbers 0 to 2 that are not listed are connected to `/dev/null`.
    public var descriptors: [Descriptor]
    public var workingDirectory: String?
    public var umask: UInt32
    /// Whether the child begins a session of its own, so that a terminal's signals don't reach it.
    public var newSession: Bool
    /// Whether the process is to be nobody's child that we would have to reap. There is no pidfd then.
    public var detached: Bool
    /// Whether the kernel kills the child when the thread that starts it ends, however that happens. For a helper whose
    /// starter waits for it on the same thread; not for a ``detached`` process.
    public var diesWithParent: Bool
    /// Whom the child becomes, without any capability; nil leaves it this process' user. For root alone.
    public var user: HostUser?
    /// A Landlock ruleset that the child, and all that it starts, is put under.
    public var ruleset: Int32?
    /// Open files by which the child enters control groups; see ``ControlGroup/entrances()``.
    public var controlGroups: [Int32] = []
    /// How many bytes the child may keep from being swapped out, as far as this process may allow it; nil leaves that as it is.
    public var lockedMemory: UInt64?

    public init(
        executable: String, arguments: [String] = [], name: String? = nil,
        environment: [(name: String, value: String)]? = nil, descriptors: [Descriptor] = [],
        workingDirectory: String? = nil, umask: UInt32 = 0o077, newSession: Bool = true, detached: Bool = false,
        diesWithParent: Bool = false
    ) {
        self.executable = executable
        self.arguments = arguments
        self.name = name
        self.environment = environment
        self.descriptors = descriptors
        self.workingDirectory = workingDirectory
        self.umask = umask
        self.newSession = newSession
        self.detached = detached
        self.diesWithParent = diesWithParent
    }
}

/// A child process that was started, to be watched and signalled without any race over its number.
public struct SpawnedProcess: ~Copyable, Sendable {
    public let identity: ProcessIdentity
    /// The pidfd; -1 when the process was started detached.
    public let handle: FileDescriptor

    /// Gives the pidfd up.
    public consuming func takeHandle() -> FileDescriptor { handle }

    /// Starts the program. Returns once it runs, that is after `execve` succeeded.
    public static func spawn(_ request: SpawnRequest) throws(VMError) -> SpawnedProcess {
        var result = vms_spawn_result()
        let null = try FileDescriptor.open("/dev/null", flags: O_RDWR)
        var list = request.descriptors
        for standard in Int32(0)...2 where !list.contains(where: { $0.target == standard }) {
            list.append(.init(null.raw, as: standard))
        }
        let words = [request.name ?? request.executable] + request.arguments
        let groups = request.user?.groups ?? []
        let status = withCStrings(words) { argv in
            withEnvironment(request.environment) { envp in
                groups.withUnsafeBufferPointer { run(request, list, $0, argv, envp, &result) }
            }
        }
        guard status == 0 else { throw request.failure(step: result.step, errno: result.error) }
        let start = ProcessIdentity.startTime(of: result.pid) ?? 0
        return SpawnedProcess(
            identity: ProcessIdentity(pid: result.pid, startTime: start), handle: FileDescriptor(owning: result.pidfd))
    }

    private static func run(
        _ request: SpawnRequest, _ list: [SpawnRequest.Descriptor], _ groups: UnsafeBufferPointer<gid_t>,
        _ argv: UnsafePointer<UnsafeMutablePointer<CChar>?>, _ envp: UnsafePointer<UnsafeMutablePointer<CChar>?>,
        _ result: inout vms_spawn_result
    ) -> Int32 {
        let sources = list.map(\.source)
        let targets = list.map(\.target)
        return request.executable.withCString { path in
            withOptionalCString(request.workingDirectory) { directory in
                sources.withUnsafeBufferPointer { sources in
                    targets.withUnsafeBufferPointer { targets in
                        request.controlGroups.withUnsafeBufferPointer { entered in
                            // SAFETY: all pointers live until vms_spawn returns, and it returns after the child's exec.
                            var raw = vms_spawn_request(
                                path: path, argv: argv, envp: envp, directory: directory, sources: sources.baseAddress,
                                targets: targets.baseAddress, count: list.count, mask: request.umask,
                                session: request.newSession, detached: request.detached,
                                dies_with_parent: request.diesWithParent, changes_user: request.user != nil,
                                user: request.user?.id ?? 0, group: request.user?.group ?? 0,
                                groups: groups.baseAddress,
                                group_count: groups.count, groups_entered: entered.baseAddress,
                                groups_entered_count: entered.count,
                                locked_memory: request.lockedMemory ?? 0, ruleset: request.ruleset ?? -1)
                            return vms_spawn(&raw, &result)
                        }
                    }
                }
            }
        }
    }
}

extension SpawnRequest {
    fileprivate func failure(step: Int32, errno code: Int32) -> VMError {
        let text = errnoText(code)
        switch vms_spawn_step(UInt32(bitPattern: step)) {
        case VMS_SPAWN_EXEC where code == ENOENT:
            return VMError(
                .launchFailed, "cannot run '\(executable)': \(text)",
                remedy: "install the program or correct the path")
        case VMS_SPAWN_EXEC:
            return VMError(.launchFailed, "cannot run '\(executable)': \(text)")
        case VMS_SPAWN_USER:
            return VMError(.launchFailed, "cannot run '\(executable)' as user '\(user?.name ?? "")': \(text)")
        case VMS_SPAWN_CONFINEMENT:
            return VMError(.launchFailed, "cannot confine '\(executable)': \(text)")
        case VMS_SPAWN_CONTROL_GROUP:
            return VMError(.launchFailed, "cannot start '\(executable)' in its control group: \(text)")
        case VMS_SPAWN_DIRECTORY:
            return VMError(.launchFailed, "cannot run '\(executable)' in '\(workingDirectory ?? ".")': \(text)")
        default:
            return VMError(.launchFailed, "cannot start a process for '\(executable)': \(text)")
        }
    }
}

/// Calls `body` with a null-terminated array of C strings. A string is cut at its first NUL, as the kernel would.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { buffer in
        // SAFETY: the buffer holds at least the terminating nil, so it has a base address.
        guard let base = buffer.baseAddress else { return withCStrings([], body) }
        return body(base)
    }
}

private func withEnvironment<Result>(
    _ environment: [(name: String, value: String)]?, _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    if let environment { return withCStrings(environment.map { "\($0.name)=\($0.value)" }, body) }
    // SAFETY: the environment is a null-terminated array; nothing of ours changes the environment after start.
    return body(vms_environment())
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}
