import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol

/// What is published is read as it was written.
@Suite("Published states and policies") struct PublishedTests {
    @Test("the number of the last event, and whether a supervisor has just taken over")
    func state() throws {
        var state = PublishedState(name: "a", uuid: .random(), state: .paused, reason: .ioError)
        (state.lastEvent, state.isTakingOver, state.id) = (4711, true, 3)
        let read = try #require(PublishedState(json: JSONParser.parse(state.json.description)))
        #expect(read == state && read.lastEvent == 4711)
        var ended = state.json
        ended["lastEvent"] = nil
        #expect(PublishedState(json: .object(ended))?.lastEvent == 0)
    }

    @Test("each policy by its own word")
    func policies() throws {
        var policy = LifeCyclePolicy()
        (policy.onPoweroff, policy.onReboot, policy.onCrash) = (.preserve, .destroy, .dumpThenRestart)
        #expect(LifeCyclePolicy(json: policy.json) == policy)
        let odd = LifeCyclePolicy(json: ["poweroff": "of tomorrow", "reboot": 5])
        #expect(odd.onPoweroff == .destroy && odd.onReboot == .restart && odd.onCrash == .destroy)
    }
}
