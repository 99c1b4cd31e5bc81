internal import VMDomain

/// `<clock>`: what a number of seconds means, and what it is counted from.
enum ClockDefaults {
    static func apply(to domain: inout Domain) {
        var clock = domain.clock ?? Clock()
        switch clock.offset {
        case .utc, .localtime:
            // A clock that is off by a number of seconds and that keeps what the guest changes: a variable one.
            if case .seconds = clock.adjustment {
                clock.basis = clock.offset == .utc ? .utc : .localtime
                clock.offset = .variable
            }
        case .variable:
            if case .seconds = clock.adjustment {} else { clock.adjustment = .seconds(0) }
            clock.basis.fill(.utc)
        case .timezone, .absolute: break
        }
        domain.clock = clock
    }
}
