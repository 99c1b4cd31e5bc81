/// libvirt's numbers of states and reasons: `virDomainState` and the enumerations of its reasons.
extension DomainState {
    /// `virDomainState`; 0, "no state", for a state that this version doesn't know.
    public var libvirtNumber: Int32 {
        switch self {
        case .running: 1
        case .paused: 3
        case .inShutdown: 4
        case .shutOff: 5
        case .crashed: 6
        case .suspendedByGuest: 7
        default: 0
        }
    }
}

extension StateReason {
    /// The number of the reason in the enumeration of that state; 0 for what libvirt has no number for there.
    public func libvirtNumber(in state: DomainState) -> Int32 {
        switch (state, self) {
        case (.running, .booted): 1
        case (.running, .migrated): 2
        case (.running, .restored): 3
        case (.running, .unpaused): 5
        case (.running, .eventWakeup): 8
        case (.paused, .user): 1
        case (.paused, .migrating): 2
        case (.paused, .saving): 3
        case (.paused, .dumping): 4
        case (.paused, .ioError): 5
        case (.paused, .watchdog): 6
        case (.paused, .creatingSnapshot): 7
        case (.paused, .shuttingDown): 8
        case (.paused, .startingUp): 11
        case (.shutOff, .shutdown): 1
        case (.shutOff, .destroyed): 2
        case (.shutOff, .crashed): 3
        case (.shutOff, .migrated): 4
        case (.shutOff, .saved): 5
        case (.shutOff, .failed): 6
        case (.crashed, .panicked): 1
        default: 0
        }
    }
}
