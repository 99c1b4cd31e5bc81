import Foundation
import Testing
import VMCore
import VMJSON

@testable import VMManager

/// Texts of `/proc` as a kernel wrote them, with each figure another number.
@Suite("What the kernel says of a QEMU")
struct ProcessFiguresTests {
    private final class Proc {
        let root = NSTemporaryDirectory() + "vmctl-proc-\(UInt32.random(in: 0 ... .max))"
        var figures: ProcessFigures { ProcessFigures(pid: 7, root: root) }
        deinit { try? FileManager.default.removeItem(atPath: root) }

        func write(_ text: String, to path: String) throws {
            let file = URL(fileURLWithPath: "\(root)/7/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
    }

    /// The fields from the third on, numbered as proc(5) does; 39 is the processor.
    private func stat(_ name: String, state: String = "S", user: Int, system: Int) -> String {
        let fields = (4...52).map { $0 == 14 ? "\(user)" : $0 == 15 ? "\(system)" : "\($0)" }.joined(separator: " ")
        return "7 (\(name)) \(state) \(fields)\n"
    }

    @Test(
        "Processor time: ticks of a hundredth second, in the program and in the kernel",
        arguments: ["qemu", "a) R 1 (b", ""])
    func cpu(name: String) throws {
        let proc = Proc()
        #expect(proc.figures.cpu == nil)
        try proc.write(stat(name, user: 123, system: 45), to: "stat")
        #expect(proc.figures.cpu == .init(user: 1_230_000_000, system: 450_000_000))
        #expect(proc.figures.cpu?.total == 1_680_000_000)
        try proc.write("7 (qemu) S 1 2", to: "stat")
        #expect(proc.figures.cpu == nil)
    }

    @Test("Resident memory is the second figure of statm, pages in KiB")
    func resident() throws {
        let proc = Proc()
        #expect(proc.figures.resident == nil)
        try proc.write("1000 250 90 91 0 92 0\n", to: "statm")
        #expect(proc.figures.resident == 250 * UInt64(sysconf(Int32(_SC_PAGESIZE))) / 1024)
    }

    @Test("A thread's time and wait are the kernel's to the nanosecond where it keeps them, ticks otherwise")
    func threads() throws {
        let proc = Proc()
        #expect(proc.figures.thread(9) == nil)
        try proc.write(stat("CPU 0/KVM", state: "R", user: 2, system: 1), to: "task/9/stat")
        #expect(
            proc.figures.thread(9)
                == .init(id: 9, time: 30_000_000, delay: 0, processor: 39, isRunnable: true))
        try proc.write("31234567 765 42\n", to: "task/9/schedstat")
        try proc.write(stat("CPU 0/KVM", state: "S", user: 2, system: 1), to: "task/9/stat")
        #expect(
            proc.figures.thread(9)
                == .init(id: 9, time: 31_234_567, delay: 765, processor: 39, isRunnable: false))
    }

    @Test("Threads of virtual processors are known by their names")
    func names() throws {
        let proc = Proc()
        for (id, name) in [
            (7, "qemu-system-x86"), (8, "CPU 0/TCG"), (9, "CPU 12/KVM"), (10, "IO iothread1"), (11, "CPU x"),
        ] {
            try proc.write(name + "\n", to: "task/\(id)/comm")
        }
        #expect(proc.figures.processorThreads == [0: 8, 12: 9])
    }

    @Test("What a guest received is what its tap has sent, and the other way round")
    func network() {
        let figures = NetworkFigures(
            Array(
                """
                Inter-|   Receive                                                |  Transmit
                 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                    lo:     900     901    0    0    0     0          0         0      902     903    0    0    0     0       0          0
                 vnet0:       1       2    3    4   90    91         92        93        5       6    7    8   94    95      96         97
                vnet10:18446744073709551615 12 0 0 0 0 0 0 13 14 0 0 0 0 0 0

                """.utf8))
        let guest = figures.guest(of: "vnet0")
        #expect(guest?.sent == .init(bytes: 1, packets: 2, errors: 3, drops: 4))
        #expect(guest?.received == .init(bytes: 5, packets: 6, errors: 7, drops: 8))
        #expect(figures.guest(of: "vnet10")?.sent.bytes == .max)
        #expect(figures.guest(of: "vnet1") == nil && figures.guest(of: "face ") == nil)
        #expect(NetworkFigures([]).guest(of: "vnet0") == nil)
    }
}
