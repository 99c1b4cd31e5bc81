import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMXML

@testable import SupervisorProtocol

/// What a supervisor writes into the journal, and tells of it in the published state.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct RecordedEventTests {
    private func events(_ manager: VMManager, _ key: String) throws -> [HostEvent] {
        let follower = try EventFollower(manager, machine: key, since: 0)
        var all: [HostEvent] = []
        while let event = follower.next(deadline: .now) { all.append(event) }
        return all
    }

    @Test("the state tells the number of the last event, also the next supervisor's")
    func lastEvent() throws {
        let bench = try Bench()
        try bench.define("numbered")
        let state = try bench.manager.start("numbered")
        _ = try bench.manager.suspend("numbered")
        func agrees() throws -> Bool {
            try bench.manager.status("numbered").lastEvent == events(bench.manager, "numbered").last?.number
        }
        try eventually("the state has the last number") { try agrees() }
        #expect(try bench.manager.status("numbered").lastEvent > 0)
        let read = PublishedState(json: .object(try bench.manager.status("numbered").json))
        #expect(try read?.lastEvent == bench.manager.status("numbered").lastEvent)
        kill(try #require(state.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { state.supervisor?.isAlive == false }
        _ = try bench.manager.mend("numbered")
        try eventually("the new one's state has it, too") { try agrees() }
    }

    @Test("a save tells its beginning and its end, and what is started from it that it was restored")
    func jobs() throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("told")
        try bench.manager.save("told", to: path)
        let phases = try events(bench.manager, "told").compactMap { event -> String? in
            if case .job(let change) = event.kind { change.phase } else { nil }
        }
        #expect(phases == ["running", "completed"])
        _ = try bench.manager.restore(path, paused: true)
        let starts = try events(bench.manager, "told").compactMap { event -> HostEvent.StateChange? in
            if case .lifecycle(let change) = event.kind { change } else { nil }
        }
        #expect(starts.last { $0.start != nil }?.start == .restored)
    }

    @Test("a save that the user stops was cancelled, and the machine runs on")
    func cancelled() throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("stopped")
        var failure: VMError?
        // It may be quicker than the wish to stop it.
        for _ in 0..<10 where failure == nil {
            do throws(VMError) {
                try bench.manager.save("stopped", to: path) { _ in true }
                try bench.manager.start("stopped")
            } catch {
                failure = error
            }
        }
        #expect(failure?.code == .cancelled)
        let job = try #require(try bench.manager.job("stopped"))
        #expect(job.phase == .cancelled)
        #expect(job.owner?.contains("process \(getpid())") == true)
        let ends = try events(bench.manager, "stopped").compactMap { event -> String? in
            if case .job(let change) = event.kind { change.phase } else { nil }
        }
        #expect(ends.last == "cancelled")
        #expect(!Files.exists(path + ".part"))
        try eventually("it runs on") { try bench.manager.status("stopped").state == .running }
    }

    @Test("the policies of a plan are read as they were written")
    func policies() throws {
        let xml = """
            <domain type='qemu'><name>p</name><on_poweroff>restart</on_poweroff><on_reboot>preserve</on_reboot>
            <on_crash>coredump-destroy</on_crash></domain>
            """
        let policy = LifeCyclePolicy(try Domain.read(Array(xml.utf8)).checked())
        #expect(policy.onPoweroff == .restart && policy.onReboot == .preserve && policy.onCrash == .dumpThenDestroy)
        #expect(LifeCyclePolicy(json: policy.json) == policy)
        let standard = LifeCyclePolicy(json: nil)
        #expect(standard.onPoweroff == .destroy && standard.onReboot == .restart && standard.onCrash == .destroy)
    }
}
