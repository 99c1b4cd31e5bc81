internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Typed parameters that say how much of the host a domain may have, and what is counted of it.
extension ServiceTable {
    mutating func serveTuning() {
        serveMemoryTuning()
        serveScheduler()
        serveDeviceTuning()
        serveCounters()
        serveThreadTuning()
    }

    private mutating func serveMemoryTuning() {
        serve(Remote.domainGetMemoryParameters) { (arguments, client) throws(VMError) in
            try await Self.tuning(arguments, .memory, "qemuDomainGetMemoryParameters", client)
        }
        carryOut(Remote.domainSetMemoryParameters) { (arguments, client) throws(VMError) in
            try await Self.tune(arguments, .memory, "qemuDomainSetMemoryParameters", client)
        }
        serve(Remote.domainGetBlkioParameters) { (arguments, client) throws(VMError) in
            try await Self.tuning(arguments, .blockIO, "qemuDomainGetBlkioParameters", client)
        }
        carryOut(Remote.domainSetBlkioParameters) { (arguments, client) throws(VMError) in
            try await Self.tune(arguments, .blockIO, "qemuDomainSetBlkioParameters", client)
        }
        serve(Remote.domainGetNumaParameters) { (arguments, client) throws(VMError) in
            try await Self.tuning(arguments, .numa, "qemuDomainGetNumaParameters", client)
        }
        carryOut(Remote.domainSetNumaParameters) { (arguments, client) throws(VMError) in
            try await Self.tune(arguments, .numa, "qemuDomainSetNumaParameters", client)
        }
    }

    private mutating func serveScheduler() {
        serve(Remote.domainGetSchedulerType) { (domain, client) throws(VMError) in
            let scheduler = try await client.perform(domain, "scheduler") { (manager, key) throws(VMError) in
                try manager.scheduler(key)
            }
            var answer = SchedulerType()
            answer.type = scheduler.type
            answer.count = Int32(clamping: scheduler.parameterCount)
            return answer
        }
        serve(Remote.domainGetSchedulerParameters) { (arguments, client) throws(VMError) in
            let query = ParameterQuery(arguments.domain, count: arguments.count)
            return try await Self.list(query, .scheduler, "qemuDomainGetSchedulerParameters", client)
        }
        serve(Remote.domainGetSchedulerParametersFlags) { (arguments, client) throws(VMError) in
            try await Self.list(arguments, .scheduler, "qemuDomainGetSchedulerParametersFlags", client)
        }
        carryOut(Remote.domainSetSchedulerParameters) { (arguments, client) throws(VMError) in
            try await client.machine(arguments.domain).tune(.scheduler, arguments.parameters)
        }
        carryOut(Remote.domainSetSchedulerParametersFlags) { (arguments, client) throws(VMError) in
            try await Self.tune(arguments, .scheduler, "qemuDomainSetSchedulerParametersFlags", client)
        }
    }

    private mutating func serveDeviceTuning() {
        serve(Remote.domainGetBlockIOTune) { (arguments, client) throws(VMError) in
            let query = ParameterQuery(arguments.domain, count: arguments.count, flags: arguments.flags)
            // Without a disk the number of parameters is what the client wants.
            guard let disk = arguments.disk else { return Listing(count: TuningGroup.blockLimits(disk: "").count) }
            return try await Self.tuning(query, .blockLimits(disk: disk), "qemuDomainGetBlockIoTune", client)
        }
        carryOut(Remote.domainSetBlockIOTune) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainSetBlockIoTune")
            try await client.machine(arguments.domain).tune(
                .blockLimits(disk: arguments.disk), arguments.parameters, scope: scope)
        }
        serve(Remote.domainGetInterfaceParameters) { (arguments, client) throws(VMError) in
            let query = ParameterQuery(arguments.domain, count: arguments.count, flags: arguments.flags)
            return try await Self.tuning(
                query, .bandwidth(interface: arguments.device), "qemuDomainGetInterfaceParameters", client)
        }
        carryOut(Remote.domainSetInterfaceParameters) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainSetInterfaceParameters")
            try await client.machine(arguments.domain).tune(
                .bandwidth(interface: arguments.device), arguments.parameters, scope: scope)
        }
    }

    private mutating func serveCounters() {
        serve(Remote.domainGetPerfEvents) { (arguments, client) throws(VMError) in
            let query = ParameterQuery(
                arguments.subject, count: Int32(clamping: TuningGroup.perfEvents.count), flags: arguments.flags)
            return try await Self.list(query, .perfEvents, "qemuDomainGetPerfEvents", client)
        }
        carryOut(Remote.domainSetPerfEvents) { (arguments, client) throws(VMError) in
            try await Self.tune(arguments, .perfEvents, "qemuDomainSetPerfEvents", client)
        }
    }

    private mutating func serveThreadTuning() {
        carryOut(Remote.domainSetIOThreadParams) { (arguments, client) throws(VMError) in
            let scope = try ChangeScope(flags: arguments.flags, "qemuDomainSetIOThreadParams")
            guard arguments.thread > 0 else { throw VMError(.invalidArgument, "invalid value of 0 for IOThread id") }
            let settings = try IOThreadSettings(arguments.parameters)
            _ = try await client.machine(arguments.domain).apply(
                .setIOThread(arguments.thread, settings), scope: scope)
        }
    }

    // MARK: What all have in common

    /// All parameters when there is room for them, only their number when none was offered.
    private static func tuning<Limit: ListLimit>(
        _ query: ParameterQuery<DomainReference>, _ group: TuningGroup, _ function: String, _ client: Client
    ) async throws(VMError) -> Listing<TypedParameter, Limit> {
        let flags = query.flags
        try checkFlags(flags, 3 | TypedParameter.stringsFlag, function)
        try checkExclusive(flags, 1, 2, ("VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG"))
        try client.manager.checkTuning(group)
        if query.count == 0 {
            _ = try await client.machine(query.subject).status()
            return Listing(count: group.count)
        }
        let scope = ChangeScope(live: flags & 1 != 0, config: flags & 2 != 0)
        let parameters = try await client.perform(query.subject, "tuning") { (manager, key) throws(VMError) in
            try manager.tuning(key, group, scope: scope)
        }
        return Listing(parameters.allowed(by: flags), room: query.count)
    }

    /// The same as a list without its number.
    private static func list<Limit: ListLimit>(
        _ query: ParameterQuery<DomainReference>, _ group: TuningGroup, _ function: String, _ client: Client
    ) async throws(VMError) -> List<TypedParameter, Limit> {
        let listing: Listing<TypedParameter, Limit> = try await tuning(query, group, function, client)
        return List(listing.elements)
    }

    private static func tune<Limit: ListLimit>(
        _ arguments: Parameters<DomainReference, Limit>, _ group: TuningGroup, _ function: String, _ client: Client
    ) async throws(VMError) {
        let scope = try ChangeScope(flags: arguments.flags, function)
        try await client.machine(arguments.subject).tune(group, arguments.parameters, scope: scope)
    }
}
