import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol

@Suite("Jobs")
struct MachineJobTests {
    @Test("How much is done: from nothing to all, whatever QEMU says meanwhile")
    func fraction() {
        var job = MachineJob(id: "1", kind: .save, path: "/a", wasRunning: true)
        #expect(job.fraction == 0)
        for (total, remaining, fraction) in [
            (UInt64(100), UInt64(100), 0.0), (100, 75, 0.25), (100, 0, 1), (100, 200, 0), (4, 1, 0.75),
        ] {
            job.bytesTotal = total
            job.bytesRemaining = remaining
            #expect(job.fraction == fraction)
        }
        job.bytesRemaining = 100
        job.phase = .completed
        #expect(job.fraction == 1)
    }

    @Test("Its time is in milliseconds, to its end")
    func elapsed() {
        var job = MachineJob(id: "1", kind: .dump, path: "/a", wasRunning: false)
        job.started = 5_000_000_000
        job.ended = 6_234_999_999
        #expect(job.elapsed == 1234)
        job.ended = 4_000_000_000
        #expect(job.elapsed == 0)
    }

    @Test("What was written is read as it was")
    func roundTrip() throws {
        var job = MachineJob(id: "x7", kind: .dump, path: "/a \"b\"", wasRunning: true)
        job.phase = .failed
        job.ended = 9
        (job.bytesTotal, job.bytesRemaining, job.bytesProcessed, job.offset) = (.max, 2, 3, 4)
        job.after = "crash"
        (job.step, job.owner, job.reason, job.disk, job.speed) = ("writing", "vmctl (process 7)", "panic", "vda", 5)
        job.error = VMError(.io, "the disk is full", remedy: "make room")
        let read = try #require(MachineJob(json: JSONParser.parse(job.json.description)))
        #expect(read.json == job.json)
        #expect(read.phase == .failed && read.bytesTotal == .max && read.offset == 4 && read.after == "crash")
        #expect(read.step == "writing" && read.owner == "vmctl (process 7)" && read.reason == "panic")
        #expect(read.disk == "vda" && read.speed == 5)
        #expect(read.wasRunning && read.started == job.started)
        #expect(read.error?.message == "the disk is full" && read.error?.code == .io)
        #expect(read.error?.remedy == "make room")
        #expect(MachineJob(json: ["id": "1"]) == nil)
    }
}
