import Glibc
import Synchronization
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager
import VMTestSupport

/// A supervisor is started before its plan is ready: what becomes of it when the plan doesn't come, and of the start when
/// the supervisor is gone by then.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct WaitingSupervisorTests {
    /// The supervisors of a domain, found by what their command lines say.
    private static func supervisors(_ uuid: VMCore.UUID) -> [Int32] {
        let mark = Array("\(uuid)".utf8)
        return ProcessTable.all.filter { pid in
            let words = ProcessTable.commandLine(of: pid)
            return words.contains { $0.elementsEqual(mark) } && words.contains { $0.elementsEqual("start".utf8) }
        }
    }

    private static func one(_ uuid: VMCore.UUID) -> Int32? {
        let deadline = Deadline.after(.seconds(10))
        while !deadline.hasPassed {
            if let pid = supervisors(uuid).first { return pid }
            Poll.sleep(.milliseconds(2))
        }
        return nil
    }

    @Test("a plan that can't be made leaves no supervisor behind")
    func noPlan() throws {
        let seen = Mutex<Int32?>(nil)
        let bench = try Bench { domain throws(VMError) in
            seen.withLock { $0 = domain.uuid.flatMap(Self.one) }
            throw VMError(.unsupported, "no such machine can be planned")
        }
        let definition = try bench.define("unplanned")
        let error = #expect(throws: VMError.self) { try bench.manager.start("unplanned") }
        #expect(error?.description.contains("no such machine can be planned") == true)
        // It was there while the plan was being made.
        #expect(seen.withLock { $0 } != nil)
        try eventually("the supervisor has ended") { Self.supervisors(definition.uuid).isEmpty }
        #expect(try bench.manager.status("unplanned").state == .shutOff)
    }

    @Test("a supervisor that is killed before its plan comes fails the start, and the next one works")
    func killed() throws {
        let kills = Mutex(1)
        let bench = try Bench { domain throws(VMError) in
            let isToBeKilled = kills.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            if isToBeKilled, let pid = domain.uuid.flatMap(Self.one) {
                kill(pid, SIGKILL)
                Poll.sleep(.milliseconds(50))
            }
            return Bench.emptyMachine(domain)
        }
        try bench.define("orphaned")
        let error = #expect(throws: VMError.self) { try bench.manager.start("orphaned") }
        #expect(error?.cause?.code == .launchFailed || error?.code == .launchFailed, "\(String(describing: error))")
        #expect(try bench.manager.status("orphaned").state == .shutOff)
        #expect(try bench.manager.start("orphaned").state == .running)
    }

    @Test("a machine that takes long to be made keeps nobody from making another")
    func makers() throws {
        let isBegun = Mutex(false)
        let mayGoOn = Mutex(false)
        let bench = try Bench { domain throws(VMError) in
            if domain.name == "slow" {
                isBegun.withLock { $0 = true }
                while !mayGoOn.withLock({ $0 }) { Poll.sleep(.milliseconds(2)) }
            }
            return Bench.emptyMachine(domain)
        }
        let manager = bench.manager
        @Sendable func make(_ name: String) throws -> PublishedState {
            try manager.create(Array("<domain type='qemu'><name>\(name)</name></domain>".utf8))
        }
        let slow = Background { try? make("slow").state }
        defer { mayGoOn.withLock { $0 = true } }
        try eventually("it is being made") { isBegun.withLock { $0 } }
        try #require(isBegun.withLock { $0 })
        #expect(try make("quick").state == .running)
        #expect(throws: VMError.self) { try make("slow") }
        mayGoOn.withLock { $0 = true }
        #expect(slow.wait() == .running)
        for name in ["slow", "quick"] { try manager.destroy(name) }
    }
}
