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

@Suite("Figures by libvirt's names")
struct FiguresTests {
    @Test("domstats: every figure under its own name, in libvirt's order")
    func names() {
        #expect(
            StatisticsFields(SampleFigures.make(), .all).text == """
                  state.state=3
                  state.reason=5
                  cpu.time=1500000000
                  cpu.user=1000000000
                  cpu.system=500000000
                  balloon.current=11
                  balloon.maximum=12
                  balloon.usable=14
                  balloon.last-update=15
                  balloon.rss=13
                  vcpu.current=2
                  vcpu.maximum=3
                  vcpu.0.state=1
                  vcpu.0.time=21
                  vcpu.0.delay=22
                  vcpu.2.state=1
                  net.count=2
                  net.0.name=vnet0
                  net.0.rx.bytes=1000
                  net.0.rx.pkts=32
                  net.0.rx.errs=33
                  net.0.rx.drop=34
                  net.0.tx.bytes=3000
                  net.0.tx.pkts=36
                  net.0.tx.errs=37
                  net.0.tx.drop=38
                  block.count=2
                  block.0.name=vda
                  block.0.path=/a.qcow2
                  block.0.backingIndex=1
                  block.0.rd.reqs=42
                  block.0.rd.bytes=10000
                  block.0.rd.times=43
                  block.0.wr.reqs=45
                  block.0.wr.bytes=20000
                  block.0.wr.times=46
                  block.0.fl.reqs=47
                  block.0.fl.times=48
                  block.0.allocation=49
                  block.0.capacity=51
                  block.0.physical=52
                  block.1.name=sda
                  iothread.count=1
                  iothread.1.poll-max-ns=61
                  iothread.1.poll-grow=62
                  iothread.1.poll-shrink=63

                """)
    }

    @Test("Figures that QEMU never gave are older than any, and said to be missing")
    func stale() {
        var figures = SampleFigures.make()
        figures.problem = VMError(.timeout, "QEMU is stopped")
        func age() -> JSONValue? { StatisticsFields(figures, .state).all.first { $0.name == "stale.age" }?.value }
        #expect(age() == -1)
        #expect(figures.staleness == "'vm' gives no figures: QEMU is stopped")
        figures.measured = WallClock.now &- 90_000_000_000
        #expect((age()?.int64 ?? 0) >= 90_000)
        #expect(figures.staleness?.hasPrefix("the figures of 'vm' are 9") == true)
        figures.problem = nil
        #expect(age() == nil && figures.staleness == nil)
    }

    @Test("dominfo counts a process's time in its program and in the kernel, whatever its name is")
    func processorSeconds() {
        let fields = (3...52).map { $0 == 14 ? "1234" : $0 == 15 ? "66" : "9\($0)" }.joined(separator: " ")
        #expect(ProcessIdentity.processorSeconds(stat: Array("7 (a) b) \(fields)\n".utf8)) == 13)
        #expect(ProcessIdentity.processorSeconds(stat: Array("7 (qemu) S 1".utf8)) == nil)
        #expect(ProcessIdentity.processorSeconds(stat: []) == nil)
    }

    @Test(
        "vcpuinfo's time is in seconds; virsh leaves out what rounds to nothing",
        arguments: [
            (UInt64(0), String?.none), (49_999_999, nil), (50_000_000, "0.1s"), (1_500_000_000, "1.5s"),
            (3_600_000_000_000, "3600.0s"),
        ])
    func processorTime(nanoseconds: UInt64, text: String?) {
        #expect(Verb.processorTime(nanoseconds) == text)
    }

    @Test("A machine that doesn't run has its state alone")
    func notRunning() {
        let figures = DomainStatistics(name: "vm", uuid: UUID(high: 1, low: 2), state: .shutOff, reason: .saved)
        #expect(StatisticsFields(figures, .all).text == "  state.state=5\n  state.reason=5\n")
    }

    @Test("domblkstat: the sum of the disks, each figure under its own name")
    func blocks() throws {
        var sum = BlockCounters()
        let counters = try #require(SampleFigures.make().disks[0].counters)
        sum.add(counters)
        sum.add(counters)
        let all = sum.all.map { "\($0.name) \($0.value) \($0.label)" }
        #expect(
            all == [
                "rd_req 84 number of read operations", "rd_bytes 20000 number of bytes read",
                "wr_req 90 number of write operations", "wr_bytes 40000 number of bytes written",
                "flush_operations 94 number of flush operations", "rd_total_times 86 total duration of reads (ns)",
                "wr_total_times 92 total duration of writes (ns)",
                "flush_total_times 96 total duration of flushes (ns)",
            ])
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
    @Test("Rates between two looks: 100 % is one processor, traffic goes its own way")
    func rates() {
        // Ten times as much after five seconds: 13.5 s of processor time, 9000 and 27,000 bytes of traffic.
        let row = TopRow(SampleFigures.make(10), before: SampleFigures.make(), seconds: 5)
        #expect(row.load == 270)
        #expect(row.read == 18000 && row.written == 36000)
        #expect(row.received == 1800 && row.sent == 5400)
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
            TopRow(SampleFigures.make(), before: nil, seconds: 1),
            TopRow(again, before: SampleFigures.make(), seconds: 1),
            TopRow(SampleFigures.make(), before: SampleFigures.make(2), seconds: 1),
            TopRow(SampleFigures.make(), before: SampleFigures.make(), seconds: 0),
        ] {
            #expect(row.load == nil && row.read == nil && row.received == nil)
            #expect(row.cells[3] == "-" && row.cells[6] == "-" && row.cells[8] == "-")
        }
    }

    @Test("Where QEMU doesn't answer the kernel's figures go on, and the others' age is shown")
    func stale() {
        var now = SampleFigures.make(10)
        now.problem = VMError(.timeout, "QEMU is stopped")
        let row = TopRow(now, before: SampleFigures.make(), seconds: 5)
        #expect(row.load == 270 && row.read == nil && row.received == nil)
        #expect(row.cells.last == "?")
    }
}
