import Testing
import VMCore
import VMDomain
import VMJSON

@testable import VMManager
@testable import VMSupervisor

/// The pure machine of states, without any QEMU.
@Suite struct LifeCycleTests {
    private func machine(_ policies: String = "") throws -> LifeCycle {
        let domain = try Domain(xml: "<domain type='qemu'><name>x</name>\(policies)</domain>")
        var cycle = LifeCycle(policy: LifeCyclePolicy(domain))
        #expect(cycle.handle(.started(paused: false)) == [.publish])
        return cycle
    }

    private func event(_ name: String, _ data: JSONValue = [:]) -> LifeCycle.Input { .event(name: name, data: data) }

    private let powerOff: JSONValue = ["guest": true, "reason": "guest-shutdown"]

    @Test("a stop by somebody is paused (user), one after an I/O error says which disk")
    func stops() throws {
        var cycle = try machine()
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.state == .paused)
        #expect(cycle.reason == .user)
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.reason == .unpaused)
        #expect(cycle.handle(.diskFailed(full("vda"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.reason == .ioError)
        #expect(cycle.detail == "vda: no space left")
    }

    private func full(_ target: String?, node: String = "n") -> DiskFailure {
        DiskFailure(target: target, error: DiskFailure.noSpace, isNoSpace: true, since: 7, node: node)
    }

    @Test("a disk that fails is named as soon as its name is known, and others that fail are told too")
    func diskNames() throws {
        var cycle = try machine()
        #expect(cycle.handle(.diskFailed(full(nil, node: "libvirt-1-format"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.detail == "libvirt-1-format: no space left")
        #expect(cycle.handle(.diskFailed(full("vda", node: "libvirt-1-format"))) == [.publish])
        #expect(cycle.handle(.diskFailed(full("vda", node: "libvirt-1-format"))).isEmpty)
        #expect(cycle.handle(.diskFailed(full("vdb", node: "m"))) == [.publish])
        #expect(cycle.detail == "vda: no space left; vdb: no space left")
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.diskFailures.isEmpty)
        #expect(cycle.detail == nil)
    }

    @Test("who suspends a machine that a disk has paused has it paused (user); so has one who is quicker than the disk")
    func suspendedByUser() throws {
        var cycle = try machine()
        #expect(cycle.handle(.diskFailed(full("vda"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.handle(.suspendRequested) == [.publish])
        #expect(cycle.reason == .user)
        #expect(cycle.handle(.resynchronized(status: "io-error")).isEmpty)
        #expect(cycle.handle(event("RESUME")) == [.publish])
        // The error comes between the request and the stop.
        #expect(cycle.handle(.suspendRequested).isEmpty)
        #expect(cycle.handle(.diskFailed(full("vda"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.reason == .user)
    }

    @Test("a suspension in the moment of the manager's own resumption is obeyed")
    func suspendedMeanwhile() throws {
        var cycle = try machine()
        #expect(cycle.handle(.diskFailed(full("vda"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.handle(.resuming("vda has space again")).isEmpty)
        #expect(cycle.handle(.suspendRequested) == [.publish])
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.detail == "vda has space again")
        #expect(cycle.handle(.diskFailed(full("vda"))).isEmpty)
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.reason == .user)
    }

    @Test("an error that comes while the machine is suspended isn't the reason of the next stop")
    func staleError() throws {
        var cycle = try machine()
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.handle(.diskFailed(full("vda"))).isEmpty)
        #expect(cycle.handle(event("RESUME")) == [.publish])
        #expect(cycle.handle(event("STOP")) == [.publish])
        #expect(cycle.reason == .user)
    }

    @Test("events in the order of a power-off: nothing is published before the end is")
    func powerOffOrder() throws {
        var cycle = try machine()
        #expect(cycle.handle(event("POWERDOWN")).isEmpty)
        #expect(cycle.handle(event("SHUTDOWN", powerOff)) == [.end])
        #expect(cycle.handle(event("STOP")).isEmpty)
        #expect(cycle.handle(event("SHUTDOWN", ["guest": false, "reason": "host-signal"])).isEmpty)
        #expect(cycle.state == .running)
        #expect(cycle.handle(.exited(.exited(0))) == [.publish])
        #expect(cycle.reason == .shutdown)
        #expect(cycle.handle(.exited(.exited(0))).isEmpty)
    }

    @Test("a reboot that was asked for is one reset, the next power-off is one again")
    func reboot() throws {
        var cycle = try machine()
        #expect(cycle.handle(.rebootRequested).isEmpty)
        #expect(cycle.handle(event("SHUTDOWN", powerOff)) == [.resetAndContinue])
        #expect(cycle.handle(event("STOP")).isEmpty)
        #expect(cycle.handle(event("RESET")).isEmpty)
        #expect(cycle.handle(event("RESUME")).isEmpty)
        #expect(cycle.handle(event("SHUTDOWN", powerOff)) == [.end])
    }

    @Test(
        "a QEMU that ended: the reason follows from what was known",
        arguments: [
            (ProcessExit.signalled(9), StateReason.crashed, "QEMU was killed by SIGKILL" as String?),
            (.exited(1), .crashed, "QEMU ended with exit status 1"),
            (.exited(0), .shutdown, nil),
            (.unknown, .crashed, "QEMU ended while nobody watched it"),
        ])
    func exits(exit: ProcessExit, reason: StateReason, detail: String?) throws {
        var cycle = try machine()
        #expect(cycle.handle(.exited(exit)) == [.publish])
        #expect(cycle.state == .shutOff)
        #expect(cycle.reason == reason)
        #expect(cycle.detail == detail)
        var destroyed = try machine()
        #expect(destroyed.handle(.destroyRequested).isEmpty)
        #expect(destroyed.handle(.exited(exit)) == [.publish])
        #expect(destroyed.reason == .destroyed)
    }

    @Test("a machine with on_reboot destroy: a guest's reset ends it, ours doesn't come as a shutdown")
    func resets() throws {
        var cycle = try machine("<on_reboot>destroy</on_reboot>")
        #expect(cycle.handle(event("SHUTDOWN", ["guest": true, "reason": "guest-reset"])) == [.end])
    }

    @Test("what QEMU says after a take-over is the truth, the old reason stays where it fits")
    func resynchronized() throws {
        func taken(_ state: DomainState, _ reason: StateReason, _ status: String) -> LifeCycle {
            let before = PublishedState(name: "x", uuid: .random(), state: state, reason: reason)
            var cycle = LifeCycle(policy: LifeCyclePolicy(), continuing: before)
            _ = cycle.handle(.resynchronized(status: status))
            return cycle
        }
        #expect(taken(.running, .booted, "running").reason == .booted)
        #expect(taken(.paused, .ioError, "io-error").reason == .ioError)
        #expect(taken(.paused, .ioError, "paused").reason == .user)
        #expect(taken(.running, .booted, "paused").state == .paused)
        #expect(taken(.paused, .user, "running").reason == .unpaused)
        #expect(taken(.running, .booted, "io-error").reason == .ioError)
    }

    @Test("operations that make no sense are refused in libvirt's words")
    func refusals() {
        func refusal(_ operation: Operation, _ state: DomainState) -> String? {
            do throws(VMError) {
                try operation.check(state, name: "x")
                return nil
            } catch {
                return error.message
            }
        }
        #expect(refusal(.start, .running) == "Domain is already active")
        #expect(refusal(.destroy, .shutOff) == "Requested operation is not valid: domain is not running")
        #expect(refusal(.resume, .running) == "Requested operation is not valid: domain is already running")
        #expect(refusal(.suspend, .paused) == nil)
        #expect(refusal(.destroy, .crashed) == nil)
    }
}
