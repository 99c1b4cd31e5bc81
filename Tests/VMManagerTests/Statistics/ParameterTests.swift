import MonitorJSON
import Testing
import VMCore
import VMJSON

@testable import VMManager

@Suite("Figures by libvirt's names and types")
struct ParameterTests {
    private func makeStatistics() throws -> DomainStatistics {
        var statistics = DomainStatistics(
            name: "demo", uuid: UUID.random(), state: .paused, reason: .ioError)
        statistics.id = 7
        statistics.cpu = .init(user: 3, system: 4)
        statistics.memory = .init(current: 1024, maximum: 2048, resident: 512)
        statistics.memory?.guest = [.init(name: "swap_in", value: 11), .init(name: "usable", value: 12)]
        statistics.memory?.lastUpdate = 99
        statistics.maximumVCPUs = 4
        statistics.vcpus = [
            .init(index: 0, thread: .init(id: 1, time: 21, delay: 22, processor: 0, isRunnable: true)),
            .init(index: 2, thread: nil),
        ]
        statistics.interfaces = [
            .init(target: nil, mac: nil),
            .init(
                target: "vnet3", mac: nil, received: .init(bytes: 31, packets: 32, errors: 33, drops: 34),
                sent: .init(bytes: 41, packets: 42, errors: 43, drops: 44)),
        ]
        statistics.disks = [
            .init(
                target: "vda", path: "/a.qcow2", index: 2,
                counters: try counters(highest: 59), capacity: 60, physical: 61),
            .init(target: "hdc", path: nil, index: nil, counters: try counters(highest: 1)),
        ]
        statistics.iothreads = [.init(id: 5, pollMax: 32768, pollGrow: 2, pollShrink: 3)]
        return statistics
    }

    private func counters(highest: Int64?) throws -> QueryBlockStats.Counters {
        let value: JSONValue = [
            [
                "device": "d",
                "stats": [
                    "rd_bytes": 51, "rd_operations": 52, "rd_total_time_ns": 53, "wr_bytes": 54, "wr_operations": 55,
                    "wr_total_time_ns": 56, "flush_operations": 57, "flush_total_time_ns": 58,
                    "wr_highest_offset": .integer(highest ?? 0),
                ],
            ]
        ]
        return try #require(QueryBlockStats.decode(value).first)
    }

    @Test("domstats: every name, in order, with its value and its type")
    func all() throws {
        let statistics = try makeStatistics()
        let expected: [TypedParameter] = [
            .init("state.state", .int(3)), .init("state.reason", .int(5)), .init("cpu.time", .ullong(7)),
            .init("cpu.user", .ullong(3)), .init("cpu.system", .ullong(4)), .init("balloon.current", .ullong(1024)),
            .init("balloon.maximum", .ullong(2048)), .init("balloon.swap_in", .ullong(11)),
            .init("balloon.usable", .ullong(12)), .init("balloon.last-update", .ullong(99)),
            .init("balloon.rss", .ullong(512)), .init("vcpu.current", .uint(2)), .init("vcpu.maximum", .uint(4)),
            .init("vcpu.0.state", .int(1)), .init("vcpu.0.time", .ullong(21)), .init("vcpu.0.delay", .ullong(22)),
            .init("vcpu.2.state", .int(1)), .init("net.count", .uint(2)), .init("net.1.name", .string("vnet3")),
            .init("net.1.rx.bytes", .ullong(31)), .init("net.1.rx.pkts", .ullong(32)),
            .init("net.1.rx.errs", .ullong(33)), .init("net.1.rx.drop", .ullong(34)),
            .init("net.1.tx.bytes", .ullong(41)), .init("net.1.tx.pkts", .ullong(42)),
            .init("net.1.tx.errs", .ullong(43)), .init("net.1.tx.drop", .ullong(44)), .init("block.count", .uint(2)),
            .init("block.0.name", .string("vda")), .init("block.0.path", .string("/a.qcow2")),
            .init("block.0.backingIndex", .uint(2)), .init("block.0.rd.reqs", .ullong(52)),
            .init("block.0.rd.bytes", .ullong(51)), .init("block.0.rd.times", .ullong(53)),
            .init("block.0.wr.reqs", .ullong(55)), .init("block.0.wr.bytes", .ullong(54)),
            .init("block.0.wr.times", .ullong(56)), .init("block.0.fl.reqs", .ullong(57)),
            .init("block.0.fl.times", .ullong(58)), .init("block.0.allocation", .ullong(59)),
            .init("block.0.capacity", .ullong(60)), .init("block.0.physical", .ullong(61)),
            .init("block.1.name", .string("hdc")), .init("block.1.rd.reqs", .ullong(52)),
            .init("block.1.rd.bytes", .ullong(51)), .init("block.1.rd.times", .ullong(53)),
            .init("block.1.wr.reqs", .ullong(55)), .init("block.1.wr.bytes", .ullong(54)),
            .init("block.1.wr.times", .ullong(56)), .init("block.1.fl.reqs", .ullong(57)),
            .init("block.1.fl.times", .ullong(58)), .init("iothread.count", .uint(1)),
            .init("iothread.5.poll-max-ns", .ullong(32768)), .init("iothread.5.poll-grow", .uint(2)),
            .init("iothread.5.poll-shrink", .uint(3)),
        ]
        let found = statistics.parameters()
        #expect(found.map(\.name) == expected.map(\.name))
        for (one, other) in zip(found, expected) { #expect(one == other) }
    }

    @Test("Only the groups that are asked for, and of a machine that doesn't run its state alone")
    func groups() throws {
        let statistics = try makeStatistics()
        #expect(
            statistics.parameters(.block).map(\.name).filter { !$0.hasPrefix("block.") } == [
                "cpu.time", "cpu.user", "cpu.system", "balloon.current", "balloon.maximum", "balloon.swap_in",
                "balloon.usable", "balloon.last-update", "balloon.rss",
            ])
        var off = DomainStatistics(name: "off", uuid: UUID.random(), state: .shutOff, reason: .destroyed)
        #expect(off.parameters() == [.init("state.state", .int(5)), .init("state.reason", .int(2))])
        off.problem = VMError(.timeout, "no answer")
        #expect(off.parameters(.cpuTotal) == [.init("stale.age", .llong(-1))])
    }

    @Test("The types have libvirt's numbers, their texts and JSON")
    func types() {
        let values: [TypedParameter.Value] = [
            .int(-1), .uint(2), .llong(-3), .ullong(.max), .double(0.5), .boolean(true), .string("x"),
        ]
        #expect(values.map(\.libvirtType) == [1, 2, 3, 4, 5, 6, 7])
        #expect(values.map(\.text) == ["-1", "2", "-3", "18446744073709551615", "0.5", "yes", "x"])
        #expect(values.map(\.json.description) == ["-1", "2", "-3", "18446744073709551615", "0.5", "true", "\"x\""])
        let list = [TypedParameter("a", .uint(1)), TypedParameter("b", .string("c"))]
        #expect(list["b"] == .string("c") && list["c"] == nil)
        #expect(list.json == ["a": 1, "b": "c"])
    }

    @Test("dommemstat: virsh's order and libvirt's tags")
    func memory() throws {
        let statistics = try makeStatistics()
        let figures = statistics.memory?.figures ?? []
        #expect(figures.map(\.name) == ["actual", "swap_in", "usable", "last_update", "rss"])
        #expect(figures.map(\.value) == [1024, 11, 12, 99, 512])
        #expect(figures.map(\.libvirtTag) == [6, 0, 8, 9, 7])
        #expect(MemoryFigure("nothing", 0).libvirtTag == nil)
    }

    @Test("domblkstat: sums over disks, by the names of virDomainBlockStatsFlags")
    func block() throws {
        let statistics = try makeStatistics()
        var sum = BlockCounters()
        for disk in statistics.disks { if let counters = disk.counters { sum.add(counters) } }
        #expect(
            sum.parameters == [
                .init("wr_bytes", .llong(108)), .init("wr_operations", .llong(110)), .init("rd_bytes", .llong(102)),
                .init("rd_operations", .llong(104)), .init("rd_total_times", .llong(106)),
                .init("wr_total_times", .llong(112)), .init("flush_operations", .llong(114)),
                .init("flush_total_times", .llong(116)),
            ])
    }

    @Test("domifstat and cpu-stats: names, order and types")
    func small() {
        let card = InterfaceCounters(
            device: "vnet3", received: .init(bytes: 1, packets: 2, errors: 3, drops: 4),
            sent: .init(bytes: 5, packets: 6, errors: 7, drops: 8))
        #expect(
            card.parameters.map(\.name) == [
                "rx_bytes", "rx_packets", "rx_errs", "rx_drop", "tx_bytes", "tx_packets", "tx_errs", "tx_drop",
            ])
        #expect(card.parameters.map(\.value) == (1...8).map { .llong($0) })
        #expect(
            DomainStatistics.CPUTime(user: 3, system: 4).parameters == [
                .init("cpu_time", .ullong(7)), .init("user_time", .ullong(3)), .init("system_time", .ullong(4)),
            ])
    }

    @Test(
        "The errors of disks have libvirt's codes",
        arguments: [(nil, nil), ("ok", nil), ("nospace", .noSpace), ("failed", .unspecified)]
            as [(String?, DiskError.Code?)])
    func errors(_ status: String?, _ code: DiskError.Code?) throws {
        let statistics = try makeStatistics()
        var disk = statistics.disks[0]
        disk.ioStatus = status
        #expect(disk.error?.code == code)
        #expect(DiskError.Code.unspecified.rawValue == 1 && DiskError.Code.noSpace.rawValue == 2)
    }

    @Test("A tap's received is what the guest has sent, and the other way round")
    func tap() throws {
        let text = "vnet0: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0"
        let guest = try #require(NetworkDevices(text.utf8).guest(of: "vnet0"))
        #expect(guest.received == .init(bytes: 5, packets: 6, errors: 7, drops: 8))
        #expect(guest.sent == .init(bytes: 1, packets: 2, errors: 3, drops: 4))
    }

    @Test("Rates: half a processor is 50 %, bytes are per second, and a machine that was started again has none")
    func rates() throws {
        let statistics = try makeStatistics()
        var before = statistics
        before.cpu = .init(user: 1_000_000_000, system: 0)
        var now = statistics
        now.cpu = .init(user: 1_500_000_000, system: 500_000_000)
        now.interfaces[1].received?.bytes = 31 + 200
        now.interfaces[1].sent?.bytes = 41 + 20
        let usage = UsageRates(now, before: before, seconds: 2)
        #expect(usage.load == 50)
        #expect(usage.received == 100 && usage.sent == 10 && usage.read == 0 && usage.written == 0)
        #expect(usage.vcpus == 2 && usage.resident == 512 && usage.age == nil && usage.id == 7)
        #expect(UsageRates(now, before: nil, seconds: 2).load == nil)
        #expect(UsageRates(now, before: before, seconds: 0).load == nil)
        var other = before
        other.id = 6
        #expect(UsageRates(now, before: other, seconds: 2).load == nil)
        now.problem = VMError(.timeout, "no answer")
        let stale = UsageRates(now, before: before, seconds: 2)
        #expect(stale.load == 50 && stale.read == nil && stale.sent == nil && stale.age == -1)
    }

    @Test("Counts of processors: of the definition that is meant")
    func processors() throws {
        var counts = ProcessorCounts(config: .init(maximum: 4, current: 2), live: .init(maximum: 8, current: 6))
        #expect(try counts.count(live: nil, maximum: true) == 8)
        #expect(try counts.count(live: nil, maximum: false) == 6)
        #expect(try counts.count(live: false, maximum: true) == 4)
        #expect(try counts.count(live: false, maximum: false) == 2)
        counts.live = nil
        #expect(try counts.count(live: nil, maximum: false) == 2)
        #expect(throws: VMError.self) { try counts.count(live: true, maximum: false) }
        counts.config = nil
        #expect(throws: VMError.self) { try counts.count(live: false, maximum: false) }
    }
}
