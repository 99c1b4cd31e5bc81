import SupervisorProtocol
import Testing
import VMCore

@testable import VMManager

@Suite("Jobs in libvirt's terms")
struct JobFiguresTests {
    private func job(_ kind: MachineJob.Kind, _ phase: MachineJob.Phase) -> MachineJob {
        var job = MachineJob(id: "1", kind: kind, path: "/f", wasRunning: true)
        job.phase = phase
        job.started = 1_000_000_000
        job.ended = 3_500_000_000
        job.bytesTotal = 100
        job.bytesProcessed = 30
        job.bytesRemaining = 60
        return job
    }

    @Test("Types and operations have libvirt's numbers, and virsh's words")
    func numbers() {
        let phases: [MachineJob.Phase] = [.running, .completed, .failed, .cancelled]
        #expect(phases.map { job(.save, $0).libvirtType } == [2, 3, 4, 5])
        #expect(
            phases.map { job(.save, $0).typeName } == ["Unbounded", "Completed", "Failed", "Cancelled"])
        #expect(job(.save, .running).libvirtOperation == 2 && job(.save, .running).operationName == "Save")
        #expect(job(.dump, .running).libvirtOperation == 8 && job(.dump, .running).operationName == "Dump")
    }

    @Test("A save has data and memory, a dump memory alone; an ended job says whether it succeeded")
    func parameters() {
        #expect(
            job(.save, .completed).parameters == [
                .init("operation", .int(2)), .init("time_elapsed", .ullong(2500)), .init("data_total", .ullong(100)),
                .init("data_processed", .ullong(30)), .init("data_remaining", .ullong(60)),
                .init("memory_total", .ullong(100)), .init("memory_processed", .ullong(30)),
                .init("memory_remaining", .ullong(60)), .init("success", .boolean(true)),
            ])
        #expect(
            job(.dump, .running).parameters.map(\.name) == [
                "operation", "time_elapsed", "memory_total", "memory_processed", "memory_remaining",
            ])
        var failed = job(.save, .failed)
        failed.bytesTotal = 0
        failed.error = VMError(.io, "the disk is full")
        #expect(
            Array(failed.parameters.dropFirst(2)) == [
                .init("success", .boolean(false)), .init("errmsg", .string("the disk is full")),
            ])
    }

    @Test("Whether QEMU takes commands: libvirt's numbers, and for how long in milliseconds")
    func control() {
        let kinds: [ControlState.Kind] = [.ok, .job, .occupied, .error]
        #expect(kinds.map(\.rawValue) == [0, 1, 2, 3])
        #expect(kinds.map { ControlState(kind: $0).word } == ["ok", "background job", "occupied", "error"])
        #expect(ControlState(kind: .ok).milliseconds == 0)
        #expect(ControlState(kind: .job, since: WallClock.now - 5_000_000_000).milliseconds >= 5000)
        #expect(ControlState(kind: .job, since: WallClock.now + 5_000_000_000).milliseconds == 0)
    }
}
