internal import VMCore
internal import VMManager

extension ChangeScope {
    /// `virDomainModificationImpact`: 1 the running machine, 2 the stored definition, neither what there is.
    ///
    /// - Parameter known: flags that the procedure has besides.
    init(flags: UInt32, besides known: UInt32 = 0, _ function: String) throws(VMError) {
        try checkFlags(flags, 3 | known, function)
        self.init(live: flags & 1 != 0, config: flags & 2 != 0)
    }
}

/// Whether the stored definition is asked for; both at once can't be answered.
func asksForStored(_ flags: UInt32, besides known: UInt32 = 0, _ function: String) throws(VMError) -> Bool {
    try checkFlags(flags, 3 | known, function)
    try checkExclusive(flags, 1, 2, ("VIR_DOMAIN_AFFECT_LIVE", "VIR_DOMAIN_AFFECT_CONFIG"))
    return flags & 2 != 0
}
