internal import LibvirtWire
internal import VMCore
internal import VMManager

/// What is set of migrations before they begin.
extension ServiceTable {
    mutating func serveMigrationLimits() {
        serve(Remote.domainMigrateGetMaxSpeed) { (arguments, client) throws(VMError) in
            // 1 is the speed once the guest runs on the other side.
            try checkFlags(arguments.flags, 1, "qemuDomainMigrateGetMaxSpeed")
            let limits = try await client.machine(arguments.subject).migrationLimits()
            return (arguments.flags & 1 != 0 ? limits.postcopyBandwidth ?? 0 : limits.bandwidth ?? 0) >> 20
        }
        carryOut(Remote.domainMigrateSetMaxSpeed) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "qemuDomainMigrateSetMaxSpeed")
            let most = UInt64(Int64.max) >> 20
            guard arguments.bandwidth <= most else {
                throw VMError(.invalidArgument, "bandwidth must be less than \(most + 1)")
            }
            var limits = MigrationLimits()
            let bytes = arguments.bandwidth << 20
            if arguments.flags & 1 != 0 { limits.postcopyBandwidth = bytes } else { limits.bandwidth = bytes }
            try await client.machine(arguments.domain).setMigrationLimits(limits)
        }
        serve(Remote.domainMigrateGetMaxDowntime) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainMigrateGetMaxDowntime")
            return try await client.machine(arguments.subject).migrationLimits().downtime ?? 0
        }
        carryOut(Remote.domainMigrateSetMaxDowntime) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainMigrateSetMaxDowntime")
            var limits = MigrationLimits()
            limits.downtime = arguments.downtime
            try await client.machine(arguments.domain).setMigrationLimits(limits)
        }
        carryOut(Remote.domainMigrateStartPostCopy) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainMigrateStartPostCopy")
            guard try await client.machine(arguments.subject).status().state.isActive else {
                throw VMError(.wrongState, "domain is not running")
            }
            throw VMError(.wrongState, "post-copy can only be started while outgoing migration is in progress")
        }
        serve(Remote.domainMigrateGetCompressionCache) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainMigrateGetCompressionCache")
            return try await client.machine(arguments.subject).migrationLimits().cacheSize ?? 0
        }
        carryOut(Remote.domainMigrateSetCompressionCache) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainMigrateSetCompressionCache")
            var limits = MigrationLimits()
            limits.cacheSize = arguments.cacheSize
            try await client.machine(arguments.domain).setMigrationLimits(limits)
        }
    }
}
