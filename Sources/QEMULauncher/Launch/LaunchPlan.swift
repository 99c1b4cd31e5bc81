public import VMCore
public import VMDomain

/// Everything needed to run one QEMU: what the planner hands to the supervisor.
public struct LaunchPlan: Sendable {
    /// The emulator's path.
    public var executable: String
    /// The arguments after `argv[0]`, complete except for the monitor: that is in the configuration file, which
    /// ``commandLine(configuration:)`` adds. Holds ``supervisionArguments``.
    public var arguments: [String]
    /// The environment QEMU gets, whole.
    public var environment: [(name: String, value: String)]
    /// Open files QEMU gets besides its standard ones and the monitor's socket, under fixed numbers from
    /// 10 on.
    public var descriptors: [SpawnRequest.Descriptor]
    /// The programs that are started before QEMU and work beside it.
    public var helpers: [HelperPlan]
    /// The domain as planned: with addresses and aliases filled in.
    public var domain: Domain

    /// The disks whose source isn't there, and which may be absent.
    public var absentDisks: [AbsentDisk] = []

    /// The secrets that QEMU reads from open files, by the numbers of those.
    public var secrets: [Secret] = []

    /// A secret that QEMU reads from an open file.
    public struct Secret: Sendable, Hashable {
        public var descriptor: Int32
        public var source: SecretSource

        public init(descriptor: Int32, source: SecretSource) {
            self.descriptor = descriptor
            self.source = source
        }
    }

    /// A disk whose source isn't there when the machine starts.
    public struct AbsentDisk: Sendable, Hashable {
        public var target: String
        public var source: String?
        /// The machine is without the disk; otherwise its drive is empty.
        public var isLeftOut: Bool

        public init(target: String, source: String?, isLeftOut: Bool) {
            self.target = target
            self.source = source
            self.isLeftOut = isLeftOut
        }
    }

    /// The descriptor on which QEMU finds its monitor's listening socket.
    public static let monitorDescriptor: Int32 = 3

    public init(
        executable: String, arguments: [String], environment: [(name: String, value: String)] = [],
        descriptors: [SpawnRequest.Descriptor] = [], helpers: [HelperPlan] = [], domain: Domain
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.helpers = helpers
        self.domain = domain
    }

    /// The arguments with `-readconfig FILE` behind them.
    public func commandLine(configuration: String) -> [String] { arguments + ["-readconfig", configuration] }

    /// What every machine under a supervisor is started with: CPUs stopped until the supervisor is ready, and a QEMU that
    /// stays when the guest powers off or crashes, so that the supervisor can carry out the domain's policies.
    public static let supervisionArguments = ["-S", "-no-shutdown"]
}
