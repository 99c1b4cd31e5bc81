import Glibc
import Testing
import VMCore

@testable import VMManager

/// Of this very process, for what the kernel's texts say is tested with VMCore.
@Suite("What the kernel says of a QEMU")
struct ProcessFiguresTests {
    private let figures = ProcessFigures(pid: getpid())

    @Test("Processor time is in nanoseconds")
    func cpu() throws {
        let before = try #require(ProcessStat.of(getpid()))
        let cpu = try #require(figures.cpu)
        let after = try #require(ProcessStat.of(getpid()))
        #expect(before.userTime <= cpu.user && cpu.user <= after.userTime)
        #expect(before.systemTime <= cpu.system && cpu.system <= after.systemTime)
        #expect(cpu.total == cpu.user + cpu.system)
        #expect(ProcessFigures(pid: 0).cpu == nil && ProcessFigures(pid: 0).resident == nil)
    }

    @Test("Resident memory is in KiB")
    func resident() throws {
        let pages = try #require(MemoryPages.of(getpid())).resident
        let kibibytes = pages * UInt64(sysconf(Int32(_SC_PAGESIZE))) / 1024
        // Other tests take memory and give it back meanwhile.
        let found = try #require(figures.resident)
        #expect(found > kibibytes / 4 && found < kibibytes * 4)
    }

    @Test("A thread's time is how long it ran, its delay how long it waited, where the kernel keeps them")
    func thread() throws {
        let pid = getpid()
        let before = SchedulerTimes.of(thread: pid, in: pid)
        let thread = try #require(figures.thread(Int(pid)))
        let after = SchedulerTimes.of(thread: pid, in: pid)
        if let before, let after {
            #expect(before.running <= thread.time && thread.time <= after.running)
            #expect(before.waiting <= thread.delay && thread.delay <= after.waiting)
        }
        #expect(thread.processor >= 0 && thread.processor < Int(sysconf(Int32(_SC_NPROCESSORS_CONF))))
        #expect(figures.thread(0) == nil)
    }
}
