internal import VMManager

/// libvirt's numbers of states and reasons (`virDomainState` and its reasons), which its statistics are given in.
extension DomainState {
    var number: Int {
        switch self {
        case .running: 1
        case .paused: 3
        case .inShutdown: 4
        case .shutOff: 5
        case .crashed: 6
        case .suspendedByGuest: 7
        }
    }
}

extension StateReason {
    /// 0 for what libvirt has no number for in that state.
    func number(in state: DomainState) -> Int {
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
