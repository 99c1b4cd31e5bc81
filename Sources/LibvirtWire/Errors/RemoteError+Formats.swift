public import VMCore

extension RemoteError {
    /// What libvirt begins the message of errors of this kind with: people and scripts know errors by it.
    public static func format(of number: LibvirtError.Number) -> String {
        switch number {
        case .internalError: "internal error: %s"
        case .noSupport: "this function is not supported by the connection driver: %s"
        case .invalidArgument: "invalid argument: %s"
        case .operationFailed: "operation failed: %s"
        case .xmlError: "XML error: %s"
        case .operationDenied: "operation forbidden: %s"
        case .noDomain: "Domain not found: %s"
        case .noNetwork: "Network not found: %s"
        case .authenticationFailed: "authentication failed: %s"
        case .noStoragePool: "Storage pool not found: %s"
        case .noStorageVolume: "Storage volume not found: %s"
        case .noNodeDevice: "Node device not found: %s"
        case .operationInvalid: "Requested operation is not valid: %s"
        case .noInterface: "Interface not found: %s"
        case .noNetworkFilter: "Network filter not found: %s"
        case .noSecret: "Secret not found: %s"
        case .configurationUnsupported: "unsupported configuration: %s"
        case .operationTimeout: "Timed out during operation: %s"
        case .noDomainSnapshot: "Domain snapshot not found: %s"
        case .argumentUnsupported: "argument unsupported: %s"
        case .operationAborted: "operation aborted: %s"
        case .noDomainMetadata, .noNetworkMetadata: "metadata not found: %s"
        case .operationUnsupported: "Operation not supported: %s"
        case .agentUnresponsive: "Guest agent is not responding: %s"
        case .resourceBusy: "resource busy: %s"
        case .accessDenied: "access denied: %s"
        case .cpuIncompatible: "the CPU is incompatible with host CPU: %s"
        case .deviceMissing: "device not found: %s"
        case .noNetworkFilterBinding: "Network filter binding not found: %s"
        case .noDomainCheckpoint: "Domain checkpoint not found: %s"
        case .noDomainBackup: "Domain backup job id not found: %s"
        case .noNetworkPort: "network port not found: %s"
        default: "%s"
        }
    }
}
