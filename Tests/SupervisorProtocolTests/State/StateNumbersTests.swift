import Testing
import SupervisorProtocol

/// libvirt's `virDomainState` and the reasons of each state, from libvirt-domain.h.
@Suite("Numbers of states and reasons")
struct StateNumbersTests {
    @Test("Every state has its number")
    func states() {
        let numbers: [DomainState: Int32] = [
            .running: 1, .paused: 3, .inShutdown: 4, .shutOff: 5, .crashed: 6, .suspendedByGuest: 7,
        ]
        #expect(DomainState(rawValue: "dreaming").libvirtNumber == 0)
        for (state, number) in numbers { #expect(state.libvirtNumber == number, "\(state)") }
    }

    @Test(
        "Every reason has the number of its state",
        arguments: [
            (DomainState.running, StateReason.unknown, 0), (.running, .booted, 1), (.running, .migrated, 2),
            (.running, .restored, 3), (.running, .unpaused, 5), (.running, .eventWakeup, 8), (.paused, .unknown, 0),
            (.paused, .user, 1), (.paused, .migrating, 2), (.paused, .saving, 3), (.paused, .dumping, 4),
            (.paused, .ioError, 5), (.paused, .watchdog, 6), (.paused, .shuttingDown, 8), (.paused, .startingUp, 11),
            (.shutOff, .unknown, 0), (.shutOff, .shutdown, 1), (.shutOff, .destroyed, 2), (.shutOff, .crashed, 3),
            (.shutOff, .migrated, 4), (.shutOff, .saved, 5), (.shutOff, .failed, 6), (.crashed, .panicked, 1),
            (.running, .user, 0), (.shutOff, .ioError, 0),
            (.running, StateReason(rawValue: "bored"), 0),
        ] as [(DomainState, StateReason, Int32)])
    func reasons(state: DomainState, reason: StateReason, number: Int32) {
        #expect(reason.libvirtNumber(in: state) == number)
    }
}
