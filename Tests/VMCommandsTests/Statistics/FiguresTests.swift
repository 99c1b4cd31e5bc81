import Testing
import VMCore
import VMJSON

@testable import MonitorJSON
@testable import VMCommands
@testable import VMManager

/// Figures of a machine that never was, each another number, so that none can stand for another.
enum SampleFigures {
    static func make(_ factor: UInt64 = 1) -> DomainStatistics {
        var figures = DomainStatistics(name: "vm", uuid: UUID(high: 1, low: 2), state: .paused, reason: .ioError)
        figures.id = 4
        figures.cpu = .init(user: 1_000_000_000 * factor, system: 500_000_000 * factor)
        figures.memory = .init(current: 11, maximum: 12, resident: 13)
        figures.memory?.guest = [.init(name: "usable", value: 14)]
        figures.memory?.lastUpdate = 15
        figures.vcpus = [
            .init(index: 0, thread: .init(id: 1, time: 21, delay: 22, processor: 0, isRunnable: true)),
            .init(index: 2, thread: nil),
        ]
        figures.maximumVCPUs = 3
        figures.interfaces = [
            .init(
                target: "vnet0", mac: nil, received: .init(bytes: 1000 * factor, packets: 32, errors: 33, drops: 34),
                sent: .init(bytes: 3000 * factor, packets: 36, errors: 37, drops: 38)),
            .init(target: nil, mac: "52:54:00:00:00:01", received: nil, sent: nil),
        ]
        let counters = QueryBlockStats.Counters(
            readBytes: Int64(10_000 * factor), readOperations: 42, readTime: 43,
            writtenBytes: Int64(20_000 * factor), writeOperations: 45, writeTime: 46, flushOperations: 47,
            flushTime: 48,
            highestOffset: 49)
        figures.disks = [
            .init(
                target: "vda", path: "/a.qcow2", index: 1, counters: counters, capacity: 51, physical: 52,
                ioStatus: "nospace"),
            .init(target: "sda", path: nil, index: nil, counters: nil, capacity: nil, physical: nil, ioStatus: nil),
        ]
        figures.iothreads = [.init(id: 1, pollMax: 61, pollGrow: 62, pollShrink: 63, thread: nil)]
        return figures
    }
}

@Suite("Figures for people")
struct FiguresTests {
    @Test(
        "vcpuinfo's time is in seconds; virsh leaves out what rounds to nothing",
        arguments: [
            (UInt64(0), String?.none), (49_999_999, nil), (50_000_000, "0.1s"), (1_500_000_000, "1.5s"),
            (3_600_000_000_000, "3600.0s"),
        ])
    func processorTime(nanoseconds: UInt64, text: String?) {
        #expect(Verb.processorTime(nanoseconds) == text)
    }

    @Test(
        "Sizes for people have three digits behind the point",
        arguments: [
            (UInt64(0), "0.000 B"), (1023, "1023.000 B"), (1024, "1.000 KiB"), (1025, "1.001 KiB"),
            (201_331, "196.612 KiB"), (1_048_575, "1023.999 KiB"), (1 << 20, "1.000 MiB"), (1 << 30, "1.000 GiB"),
            (1 << 40, "1.000 TiB"), (1 << 50, "1.000 PiB"), (1 << 60, "1.000 EiB"), (.max, "16.000 EiB"),
        ])
    func sizes(bytes: UInt64, text: String) {
        #expect(ByteCount.text(bytes) == text)
    }

    @Test(
        "Sizes in 'top' have three or four characters",
        arguments: [
            (0.0, "0B"), (9, "9B"), (1023, "1023B"), (1024, "1.0K"), (1536, "1.5K"), (10240, "10K"),
            (1_048_576, "1.0M"),
            (1_610_612_736, "1.5G"), (-5, "0B"),
        ])
    func shortSizes(bytes: Double, text: String) {
        #expect(ByteCount.short(bytes) == text)
    }
}

@Suite("Rows of top")
struct TopRowTests {
    private func row(_ now: DomainStatistics, before: DomainStatistics?, seconds: Double) -> TopRow {
        TopRow(usage: UsageRates(now, before: before, seconds: seconds))
    }

    @Test("Rates between two looks: 100 % is one processor, traffic goes its own way")
    func rates() {
        // Ten times as much after five seconds: 13.5 s of processor time, 9000 and 27,000 bytes of traffic.
        let row = row(SampleFigures.make(10), before: SampleFigures.make(), seconds: 5)
        #expect(row.usage.load == 270)
        #expect(row.usage.read == 18000 && row.usage.written == 36000)
        #expect(row.usage.received == 1800 && row.usage.sent == 5400)
        #expect(
            row.cells == ["4", "vm", "paused", "270.0", "2", "13K", "18K", "35K", "1.8K", "5.3K", ""])
        #expect(row.json["cpu_percent"]?.double == 270 && row.json["memory_kib"] == 13)
        #expect(row.json["received_bytes_per_second"]?.double == 1800)
        #expect(row.json["sent_bytes_per_second"]?.double == 5400)
        #expect(row.json["read_bytes_per_second"]?.double == 18000)
        #expect(row.json["written_bytes_per_second"]?.double == 36000)
    }

    @Test("There is no rate at the first look, of a machine that was started again, or of one that counts backwards")
    func noRates() {
        var again = SampleFigures.make()
        again.id = 5
        for row in [
            row(SampleFigures.make(), before: nil, seconds: 1),
            row(again, before: SampleFigures.make(), seconds: 1),
            row(SampleFigures.make(), before: SampleFigures.make(2), seconds: 1),
            row(SampleFigures.make(), before: SampleFigures.make(), seconds: 0),
        ] {
            #expect(row.usage.load == nil && row.usage.read == nil && row.usage.received == nil)
            #expect(row.cells[3] == "-" && row.cells[6] == "-" && row.cells[8] == "-")
        }
    }

    @Test("Where QEMU doesn't answer the kernel's figures go on, and the others' age is shown")
    func stale() {
        var now = SampleFigures.make(10)
        now.problem = VMError(.timeout, "QEMU is stopped")
        let row = row(now, before: SampleFigures.make(), seconds: 5)
        #expect(row.usage.load == 270 && row.usage.read == nil && row.usage.received == nil)
        #expect(row.cells.last == "?")
    }
}
