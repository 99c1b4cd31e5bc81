internal import Glibc
public import QEMULauncher
public import VMCore
public import VMDomain

/// The machines of one user on this host: what a program embeds, and what `vmctl` is a front end of.
///
/// A value without state of its own: everything lives in the files of ``paths`` and in the machines' supervisors, so
/// any number of managers, in any number of processes, work side by side. The calls here that aren't `async` block their
/// thread and return by their deadline; the asynchronous ones of one machine are in ``VirtualMachine``.
///
/// A domain is named by its name, its UUID or the id of its run, looked up in that order.
public struct VMManager: Sendable {
    /// Makes a launch plan from a definition.
    public typealias PlanMaker = @Sendable (Domain) throws(VMError) -> LaunchPlan

    public let paths: UserPaths
    public let store: DefinitionStore
    /// The program that becomes a supervisor when it is run as one.
    public let supervisorExecutable: String?
    /// Told what the asynchronous calls do, in this order.
    public var observers: [any ManagerObserver]
    let planner: PlanMaker?
    /// Whether an emulator that a document names is run to ask what it can do, wherever it lies. Otherwise only one that
    /// is root's and lies in folders of root's, as distributions install it.
    public var trustsEmulators = true
    /// The folder of a control group of version 2 in which those of machines are made; nil looks for the place that this
    /// user has been given.
    public var controlGroupParent: String?
    /// The folder that stands for the `/` of the host's devices; empty for the host itself.
    package var systemRoot = ""
    /// The ports that the start which this value runs has chosen; nil when nothing is started.
    var ports: PortReservations?
    /// The vsock of the machine that this value starts.
    var vsock: VSockDevice?
    /// Whether this value plans a start, whose consoles are kept in files.
    var keepsConsoles = false
    /// Whether QEMU gets its secrets in open files, as it does when it is started.
    var handsSecrets = false
    /// How the operation that this value runs waits.
    var waiting = Waiting.thread

    /// - Parameters:
    ///   - paths: where everything is kept.
    ///   - supervisorExecutable: the program for supervisors; nil looks for `vmctl`: this program itself, one beside it,
    ///     then one in `PATH`. A relative path counts from the working folder of now.
    ///   - planner: how a definition becomes a launch plan; for tests and for programs with plans of their own;
    ///     nil asks the domain's emulator what it can do, and plans for that.
    ///   - observers: are told what the asynchronous calls do.
    public init(
        paths: UserPaths, supervisorExecutable: String? = nil, planner: PlanMaker? = nil,
        observers: [any ManagerObserver] = []
    ) {
        self.paths = paths
        self.supervisorExecutable = supervisorExecutable.map(Self.absolute)
        self.planner = planner
        self.observers = observers
        store = DefinitionStore(folder: paths.domains, kind: .domain)
    }

    /// The machines of this user, or of the system for root, where `vmctl` keeps them.
    ///
    /// - Throws: `io` when the user has no home folder or no runtime folder.
    public init(
        supervisorExecutable: String? = nil, planner: PlanMaker? = nil, observers: [any ManagerObserver] = []
    ) throws(VMError) {
        self.init(
            paths: try .current(), supervisorExecutable: supervisorExecutable, planner: planner, observers: observers)
    }

    /// Supervisors run in another folder.
    private static func absolute(_ path: String) -> String {
        guard path.utf8.first != UInt8(ascii: "/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }
}

/// One line of a list.
public struct DomainSummary: Sendable, Hashable {
    public var name: String
    public var uuid: UUID?
    public var id: Int?
    public var state: DomainState
    public var reason: StateReason
    /// Whether there is a stored definition.
    public var isPersistent: Bool
    /// Why the stored definition can't be used, or the state of a running machine can't be read, as a sentence.
    public var problem: String?
    /// Whether the stored definition of a running domain differs from what runs.
    public var isPending = false
    /// Since when QEMU owes an answer, in nanoseconds since 1970.
    public var notAnsweringSince: Int64?
    /// The disks whose errors have paused the machine.
    public var diskFailures: [DiskFailure] = []
}
