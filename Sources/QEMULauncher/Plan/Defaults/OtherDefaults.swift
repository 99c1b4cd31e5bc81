internal import VMCore
internal import VMDomain

/// Small devices whose model or attributes the document may leave open.
enum OtherDefaults {
    static let apply: Planner.Pass = { domain, context throws(VMError) in
        for index in domain.devices.watchdogs.indices {
            domain.devices.watchdogs[index].action.fill(.reset)
        }
        for index in domain.devices.filesystems.indices where domain.devices.filesystems[index].type == .mount {
            domain.devices.filesystems[index].accessmode.fill(.passthrough)
        }
        for index in domain.devices.panics.indices where domain.devices.panics[index].model == nil {
            domain.devices.panics[index].model = panicModel(context)
        }
    }

    private static func panicModel(_ context: PlanContext) -> Panic.Model {
        if context.traits.family == .pseries { return .pseries }
        if context.traits.isS390 { return .s390 }
        return context.traits.isX86 ? .isa : .pvpanic
    }
}
