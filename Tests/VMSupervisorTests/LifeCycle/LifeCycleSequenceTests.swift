import Testing
import VMCore
import VMDomain
import VMJSON

@testable import SupervisorProtocol
@testable import VMSupervisor

/// What follows when one thing happens after another.
@Suite("Sequences of what happens to a machine")
struct LifeCycleSequenceTests {
    private func machine(
        poweroff: LifeCyclePolicy.Decision = .destroy, reboot: LifeCyclePolicy.Decision = .restart,
        crash: LifeCyclePolicy.Decision = .destroy
    ) -> LifeCycle {
        var policy = LifeCyclePolicy()
        (policy.onPoweroff, policy.onReboot, policy.onCrash) = (poweroff, reboot, crash)
        var cycle = LifeCycle(policy: policy)
        #expect(cycle.handle(.started(paused: false)) == [.publish])
        return cycle
    }

    private func event(_ name: String, _ data: JSONValue = [:]) -> LifeCycle.Input { .event(name: name, data: data) }
    private func shutdown(_ reason: String, guest: Bool = true) -> LifeCycle.Input {
        event("SHUTDOWN", ["guest": .bool(guest), "reason": .string(reason)])
    }
    private func failure(_ node: String = "n", full: Bool = true) -> DiskFailure {
        DiskFailure(target: node, error: full ? DiskFailure.noSpace : "EIO", isNoSpace: full, since: 7, node: node)
    }

    // MARK: Panics

    @Test("A guest that panics again after a restart is restarted again, each time")
    func panicAndRestart() {
        var cycle = machine(crash: .restart)
        for _ in 0..<3 {
            #expect(cycle.handle(event("GUEST_PANICKED", ["action": "pause"])) == [.publish, .resetAndContinue])
            #expect(cycle.state == .crashed && cycle.reason == .panicked)
            #expect(cycle.handle(event("STOP")).isEmpty)
            #expect(cycle.handle(event("RESET")).isEmpty)
            #expect(cycle.handle(event("RESUME")) == [.publish])
            #expect(cycle.state == .running && cycle.reason == .unpaused)
        }
    }

    @Test("The same with a dump before")
    func panicAndDump() {
        var cycle = machine(crash: .dumpThenRestart)
        for _ in 0..<3 {
            #expect(cycle.handle(event("GUEST_PANICKED")) == [.publish, .dump(thenRestart: true)])
            #expect(cycle.handle(event("RESUME")) == [.publish])
        }
        // What ends it then isn't the panic of before.
        #expect(cycle.handle(shutdown("guest-shutdown")) == [.end])
        #expect(cycle.handle(.exited(.exited(0))) == [.publish])
        #expect(cycle.reason == .shutdown)
    }

    @Test("A machine that is to be preserved can be resumed, and panic again")
    func panicAndPreserve() {
        var cycle = machine(crash: .preserve)
        for _ in 0..<3 {
            #expect(cycle.handle(event("GUEST_PANICKED")) == [.publish])
            #expect(cycle.state == .crashed)
            #expect(cycle.handle(event("RESUME")) == [.publish])
        }
        #expect(cycle.handle(event("GUEST_PANICKED")) == [.publish])
        #expect(cycle.handle(.destroyRequested).isEmpty)
        #expect(cycle.handle(.exited(.signalled(15))) == [.publish])
        #expect(cycle.reason == .destroyed)
    }

    @Test("One panic is told once, whether QEMU says it as a panic, as a shutdown or both", arguments: [true, false])
    func panicTwice(dumps: Bool) {
        var cycle = machine(crash: dumps ? .dumpThenDestroy : .destroy)
        let actions: [LifeCycle.Action] = [.publish, dumps ? .dump(thenRestart: false) : .end]
        #expect(cycle.handle(event("GUEST_PANICKED")) == actions)
        #expect(cycle.handle(event("STOP")).isEmpty)
        #expect(cycle.handle(shutdown("guest-panic")).isEmpty)
        #expect(cycle.handle(event("GUEST_PANICKED")).isEmpty)
        #expect(cycle.handle(.exited(.signalled(15))) == [.publish])
        #expect(cycle.state == .shutOff && cycle.reason == .crashed && cycle.detail == "guest panicked")
        var other = machine(crash: dumps ? .dumpThenDestroy : .destroy)
        #expect(other.handle(shutdown("guest-panic")) == actions)
    }

    @Test("A new supervisor that finds a panicked guest does as the policy says, once")
    func panicFound() {
        let before = PublishedState(name: "x", uuid: .random(), state: .running, reason: .booted)
        var policy = LifeCyclePolicy()
        policy.onCrash = .restart
        var cycle = LifeCycle(policy: policy, continuing: before)
        #expect(cycle.handle(.resynchronized(status: "guest-panicked")) == [.publish, .resetAndContinue])
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.handle(event("GUEST_PANICKED")) == [.publish, .resetAndContinue])
    }

    // MARK: Power

    @Test(
        "Power-off: what the policy says",
        arguments: [
            (LifeCyclePolicy.Decision.destroy, [LifeCycle.Action.end], DomainState.running),
            (.restart, [.resetAndContinue], .running), (.preserve, [.publish], .inShutdown),
        ])
    func powerOff(decision: LifeCyclePolicy.Decision, actions: [LifeCycle.Action], state: DomainState) {
        var cycle = machine(poweroff: decision)
        #expect(cycle.handle(event("POWERDOWN")).isEmpty)
        #expect(cycle.handle(shutdown("guest-shutdown")) == actions)
        // The stop that follows tells nothing new, whatever the decision was.
        #expect(cycle.handle(event("STOP")).isEmpty)
        #expect(cycle.state == state)
        // The next stop is somebody's.
        if decision == .restart {
            #expect(cycle.handle(event("STOP")) == [.publish])
            #expect(cycle.state == .paused && cycle.reason == .user)
        }
    }

    @Test("A preserved machine that is resumed runs, and its next power-off is one again")
    func preservedAgain() {
        var cycle = machine(poweroff: .preserve)
        for _ in 0..<2 {
            #expect(cycle.handle(shutdown("guest-shutdown")) == [.publish])
            #expect(cycle.handle(event("STOP")).isEmpty)
            #expect(cycle.state == .inShutdown)
            #expect(cycle.handle(event("RESUME")) == [.publish])
            #expect(cycle.state == .running)
        }
    }

    @Test("A new supervisor that finds a machine shut down preserves it, restarts it or ends it")
    func shutDownFound() {
        for (decision, actions) in [
            (LifeCyclePolicy.Decision.preserve, [LifeCycle.Action.publish]), (.destroy, [.end]),
            (.restart, [.resetAndContinue]),
        ] {
            var policy = LifeCyclePolicy()
            policy.onPoweroff = decision
            let before = PublishedState(name: "x", uuid: .random(), state: .running, reason: .booted)
            var cycle = LifeCycle(policy: policy, continuing: before)
            #expect(cycle.handle(.resynchronized(status: "shutdown")) == actions)
            if decision == .preserve { #expect(cycle.state == .inShutdown) }
        }
    }

    @Test(
        "A QEMU that was told to end has shut down, however it exits",
        arguments: ["host-qmp-quit", "host-signal", "host-error", "host-ui"],
        [ProcessExit.exited(0), .exited(1), .signalled(15), .unknown])
    func quit(reason: String, exit: ProcessExit) {
        var cycle = machine(poweroff: .restart)
        #expect(cycle.handle(shutdown(reason, guest: false)).isEmpty)
        #expect(cycle.handle(.exited(exit)) == [.publish])
        #expect(cycle.state == .shutOff && cycle.reason == .shutdown)
    }

    @Test(
        "A guest's reboot: as the policy says, and a reset by the host where reboots are ends",
        arguments: [
            (LifeCyclePolicy.Decision.destroy, [LifeCycle.Action.end]), (.preserve, [.publish]),
        ])
    func reboots(decision: LifeCyclePolicy.Decision, actions: [LifeCycle.Action]) {
        for reason in ["guest-reset", "host-qmp-system-reset"] {
            var cycle = machine(poweroff: .restart, reboot: decision)
            #expect(cycle.handle(shutdown(reason)) == actions)
            #expect(cycle.handle(event("STOP")).isEmpty)
        }
    }

    @Test("A reboot that was asked for is over with the first power-off")
    func rebootOnce() {
        var cycle = machine(poweroff: .preserve)
        #expect(cycle.handle(.rebootRequested).isEmpty)
        #expect(cycle.handle(shutdown("guest-shutdown")) == [.resetAndContinue])
        #expect(cycle.handle(event("STOP")).isEmpty)
        #expect(cycle.handle(event("RESUME")).isEmpty)
        #expect(cycle.handle(shutdown("guest-shutdown")) == [.publish])
        #expect(cycle.state == .inShutdown)
    }

    @Test("The end has one reason: saved before destroyed before panicked before shut down")
    func reasons() {
        let inputs: [(LifeCycle.Input, StateReason)] = [
            (.saved, .saved), (.destroyRequested, .destroyed), (event("GUEST_PANICKED"), .crashed),
            (shutdown("host-signal", guest: false), .shutdown),
        ]
        for (first, reason) in inputs.enumerated() {
            for second in inputs[first...] {
                for order in [[reason.0, second.0], [second.0, reason.0]] {
                    var cycle = machine()
                    for input in order { _ = cycle.handle(input) }
                    #expect(cycle.handle(.exited(.signalled(9))) == [.publish])
                    #expect(cycle.reason == reason.1, "\(order)")
                    #expect(cycle.handle(.exited(.exited(0))).isEmpty)
                }
            }
        }
    }

    // MARK: Starting

    @Test("Before the start is over nothing stops the machine, and an end is a failure of the start")
    func early() {
        var cycle = LifeCycle(policy: LifeCyclePolicy())
        #expect(cycle.state == .paused && cycle.reason == .startingUp)
        #expect(cycle.handle(event("STOP")).isEmpty)
        #expect(cycle.handle(event("RESUME")).isEmpty)
        #expect(cycle.handle(.exited(.exited(1))) == [.publish])
        #expect(cycle.state == .shutOff && cycle.reason == .failed)
        #expect(cycle.detail == "QEMU ended with exit status 1")
        var given = LifeCycle(policy: LifeCyclePolicy())
        #expect(given.handle(.startFailed("why")) == [.publish])
        #expect(given.reason == .failed && given.detail == "why")
        #expect(given.handle(.exited(.signalled(9))).isEmpty)
    }

    @Test("Started or restored, running or paused")
    func starts() {
        for (input, state, reason) in [
            (LifeCycle.Input.started(paused: false), DomainState.running, StateReason.booted),
            (.started(paused: true), .paused, .user), (.restored(paused: false), .running, .restored),
            (.restored(paused: true), .paused, .user),
        ] {
            var cycle = LifeCycle(policy: LifeCyclePolicy())
            #expect(cycle.handle(input) == [.publish])
            #expect(cycle.state == state && cycle.reason == reason)
        }
    }

    // MARK: Stops

    @Test("A stop has the cause that was told before it, for that one stop")
    func causes() {
        for (before, reason) in [
            (event("WATCHDOG", ["action": "pause"]), StateReason.watchdog), (.stopping(.saving), .saving),
            (.stopping(.dumping), .dumping), (event("WATCHDOG", ["action": "reset"]), .user),
            (event("WATCHDOG", ["action": "none"]), .user),
        ] {
            var cycle = machine()
            #expect(cycle.handle(before).isEmpty)
            #expect(cycle.handle(event("STOP")) == [.publish])
            #expect(cycle.state == .paused && cycle.reason == reason)
            #expect(cycle.handle(event("RESUME")) == [.publish])
            #expect(cycle.handle(event("STOP")) == [.publish])
            #expect(cycle.reason == .user)
        }
    }

    @Test("A cause whose stop never came is forgotten when the machine is resumed")
    func staleCause() {
        var cycle = machine()
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.handle(.stopping(.saving)).isEmpty)
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.reason == .user)
    }

    @Test("A suspension is over when somebody resumes: a disk's error after that is the disk's")
    func heldNoMore() {
        var cycle = machine()
        #expect(cycle.handle(.suspendRequested).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.reason == .user)
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.handle(.diskFailed(failure())).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.reason == .ioError && cycle.detail == "n: no space left")
    }

    @Test("Disk errors count until the machine runs again: the next pause tells its own alone")
    func failures() {
        var cycle = machine()
        #expect(cycle.handle(.diskFailed(failure("a"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.diskFailures.isEmpty && cycle.detail == nil)
        #expect(cycle.handle(.diskFailed(failure("b", full: false))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.detail == "b: EIO")
        #expect(cycle.diskFailures.map(\.node) == ["b"])
    }

    @Test("Resumed by the manager the machine says why, and only that time")
    func resumeCause() {
        var cycle = machine()
        #expect(cycle.handle(.diskFailed(failure("a"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.handle(.resuming("a has space again")).isEmpty)
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.detail == "a has space again")
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.handle(.resuming("why")).isEmpty)
        #expect(cycle.handle(.resuming(nil)).isEmpty)
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.detail == nil)
    }

    @Test("A guest that sleeps wakes up running; a wake-up without sleep is none")
    func sleep() {
        var cycle = machine()
        #expect(cycle.handle(event("WAKEUP")).isEmpty)
        for name in ["SUSPEND", "SUSPEND_DISK"] {
            #expect(cycle.handle(event(name)) == [.publish])
            #expect(cycle.state == .suspendedByGuest)
            #expect(cycle.handle(event("WAKEUP")) == [.publish])
            #expect(cycle.state == .running && cycle.reason == .eventWakeup)
        }
        #expect(cycle.handle(event("SUSPEND")) == [.publish])
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.state == .paused)
    }

    @Test(
        "Events that mean nothing to the state change nothing",
        arguments: ["RESET", "POWERDOWN", "SOMETHING_NEW", "BLOCK_IO_ERROR"])
    func others(name: String) {
        var cycle = machine()
        #expect(cycle.handle(event(name)).isEmpty)
        #expect(cycle.state == .running && cycle.reason == .booted)
    }
}

@Suite("Policies")
struct LifeCyclePolicyTests {
    @Test("Each is read from its own element and written under its own name")
    func forms() throws {
        let domain = try Domain(
            xml: """
                <domain type='qemu'><name>x</name><on_poweroff>preserve</on_poweroff><on_reboot>destroy</on_reboot>
                <on_crash>coredump-restart</on_crash></domain>
                """)
        let policy = LifeCyclePolicy(domain)
        #expect(policy.onPoweroff == .preserve && policy.onReboot == .destroy && policy.onCrash == .dumpThenRestart)
        #expect(policy.json == ["poweroff": "preserve", "reboot": "destroy", "crash": "dump-restart"])
        #expect(LifeCyclePolicy(json: policy.json) == policy)
        #expect(LifeCyclePolicy(json: nil) == LifeCyclePolicy())
        #expect(LifeCyclePolicy(json: ["reboot": "something new"]).onReboot == .restart)
        let standard = LifeCyclePolicy(try Domain(xml: "<domain type='qemu'><name>x</name></domain>"))
        #expect(standard.onPoweroff == .destroy && standard.onReboot == .restart && standard.onCrash == .destroy)
    }
}

@Suite("What can be asked in which state")
struct OperationTests {
    @Test("Every operation in every state")
    func table() {
        let words = "Requested operation is not valid: domain is "
        func expected(_ operation: Operation, _ state: DomainState) -> String? {
            switch (operation, state) {
            case (.start, .shutOff): nil
            case (.start, _): "Domain is already active"
            case (_, .shutOff): words + "not running"
            case (.resume, .running): words + "already running"
            case (.resume, .suspendedByGuest): words + "pmsuspended"
            case (.suspend, .crashed): words + "crashed"
            case (.suspend, .inShutdown): words + "in shutdown"
            case (.shutdown, .paused), (.reboot, .paused): words + "paused and can't answer its power button"
            default: nil
            }
        }
        let states: [DomainState] = [.running, .paused, .inShutdown, .shutOff, .crashed, .suspendedByGuest]
        for operation in Operation.allCases {
            for state in states {
                var found: String?
                do throws(VMError) { try operation.check(state, name: "x") } catch {
                    found = error.message
                    #expect(error.code == .wrongState)
                }
                #expect(found == expected(operation, state), "\(operation) in \(state)")
            }
        }
    }
}
