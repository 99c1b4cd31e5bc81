public import VMCore
public import VMDomain

/// Everything needed to run one QEMU: what the planner hands to the supervisor.
public struct LaunchPlan: Sendable {
    /// The emulator's path.
    public var executable: String
    /// The arguments after `argv[0]`, complete except for the monitor: that is in the configuration file, which
    /// ``commandLine(configuration:)`` puts in its place. Holds `-S`, `-no-shutdown` and whatever else lets the
    /// supervisor carry out the domain's policies.
    public var arguments: [String]
    /// The environment QEMU gets, whole.
    public var environment: [(name: String, value: String)]
    /// Open files QEMU gets besides its standard ones and the monitor's socket, under fixed numbers above
    /// ``monitorDescriptor``.
    public var descriptors: [SpawnRequest.Descriptor]
    /// Where the monitor's `-readconfig FILE` goes in ``arguments``.
    public var configurationIndex: Int
    /// The domain as planned: with addresses and aliases filled in.
    public var domain: Domain

    /// The descriptor on which QEMU finds its monitor's listening socket.
    public static let monitorDescriptor: Int32 = 3

    public init(
        executable: String, arguments: [String], environment: [(name: String, value: String)] = [],
        descriptors: [SpawnRequest.Descriptor] = [], configurationIndex: Int? = nil, domain: Domain
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.descriptors = descriptors
        self.configurationIndex = min(max(configurationIndex ?? arguments.count, 0), arguments.count)
        self.domain = domain
    }

    /// The arguments with `-readconfig FILE` in its place.
    public func commandLine(configuration: String) -> [String] {
        var words = arguments
        words.insert(contentsOf: ["-readconfig", configuration], at: configurationIndex)
        return words
    }
}
