import Foundation
import Testing

@testable import VMCore

@Suite("What the kernel's text files say")
struct ProcTests {
    /// Of a thread of QEMU, with a name that makes counting fields hard.
    private static let stat = """
        4711 (CPU 1/KVM) x) S 4700 4710 4709 34816 4710 1077936192 1201 5 7 9 1234 567 11 13 20 0 5 0 98765 1693720576 \
        2048 18446744073709551615 94 95 140 0 0 0 0 4096 17474 0 0 0 -1 3 0 0 2 0 0 95 96 97 98 99 100 101 0

        """

    @Test("stat: the fields behind a name with blanks and parentheses")
    func stat() throws {
        let found = try #require(ProcessStat(Array(Self.stat.utf8)))
        #expect(found.state == UInt8(ascii: "S"))
        #expect(found.userTicks == 1234 && found.systemTicks == 567)
        #expect(found.userTime == 12_340_000_000 && found.systemTime == 5_670_000_000)
        #expect(found.startTime == 98765)
        #expect(found.processor == 3)
        #expect(!found.isRunnable && !found.isStopped && !found.isDead)
    }

    @Test("stat: what the state's letter means", arguments: ["R", "S", "D", "T", "t", "Z", "X"])
    func states(_ letter: String) throws {
        let text = Self.stat.replacingOccurrences(of: ") S ", with: ") \(letter) ")
        let found = try #require(ProcessStat(Array(text.utf8)))
        #expect(found.isRunnable == (letter == "R"))
        #expect(found.isStopped == ["T", "t"].contains(letter))
        #expect(found.isDead == ["Z", "X"].contains(letter))
    }

    @Test(
        "stat: what is none has no fields",
        arguments: [
            "", "4711 (qemu", "4711 (qemu)", "4711 (qemu) S 1 2 3", "4711 (qemu) " + String(repeating: "x ", count: 50),
            "4711 (q) S 1 1 1 1 1 1 1 1 1 1 99999999999999999999 1 1 1 1 1 1 1 1 1 1",
        ])
    func noStat(_ text: String) { #expect(ProcessStat(Array(text.utf8)) == nil) }

    @Test("schedstat and statm: the numbers in their places")
    func smallFiles() {
        #expect(SchedulerTimes(Array("1234567890 4321 77\n".utf8))?.running == 1_234_567_890)
        #expect(SchedulerTimes(Array("1234567890 4321 77\n".utf8))?.waiting == 4321)
        #expect(SchedulerTimes(Array("0\n".utf8)) == nil)
        #expect(MemoryPages(Array("413506 9321 5204 1 0 60102 0\n".utf8))?.total == 413_506)
        #expect(MemoryPages(Array("413506 9321 5204 1 0 60102 0\n".utf8))?.resident == 9321)
        #expect(MemoryPages([]) == nil)
    }

    @Test("net/dev: received in the first eight columns, sent in the last; a name that touches its first number")
    func devices() throws {
        let text = """
            Inter-|   Receive                                                |  Transmit
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
                lo:   11      12   13   14    0     0          0         0      15      16   17   18    0     0       0          0
            vnet0:4294967296 2    3    4    5     6          7         8  18446744073709551615     10   21   22   13    14      15         16
            short: 1 2 3
            """
        let devices = NetworkDevices(text.utf8)
        let tap = try #require(devices["vnet0"])
        #expect(tap.received == .init(bytes: 4_294_967_296, packets: 2, errors: 3, drops: 4))
        #expect(tap.sent == .init(bytes: .max, packets: 10, errors: 21, drops: 22))
        #expect(devices["lo"]?.received.bytes == 11 && devices["lo"]?.sent.drops == 18)
        #expect(devices["short"] == nil && devices["vnet1"] == nil)
    }

    @Test("net/arp: address, MAC address and device of each line")
    func neighbours() {
        let text = """
            IP address       HW type     Flags       HW address            Mask     Device
            192.168.122.7    0x1         0x2         52:54:00:aa:bb:cc     *        virbr0
            10.0.0.1         0x1         0x0         00:00:00:00:00:00     *        eth0
            broken
            """
        #expect(
            NeighbourTable.parse(text.utf8) == [
                .init(address: "192.168.122.7", mac: "52:54:00:aa:bb:cc", device: "virbr0"),
                .init(address: "10.0.0.1", mac: "00:00:00:00:00:00", device: "eth0"),
            ])
        #expect(NeighbourTable.parse([]).isEmpty)
    }

    @Test("net/tcp: only sockets that listen on the port, by their inodes")
    func listeners() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:170C 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 123456 1 0000 100 0 0 10 0
               1: 0100007F:170C 0100007F:A2B4 01 00000000:00000000 00:00000000 00000000  1000        0 654321 1 0000 20 4 30 10 -1
               2: 00000000000000000000000000000000:170C 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 99 1
               3: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5 1 0000 100 0 0 10 0
            """
        #expect(TCPTable.listeners(on: 5900, in: text.utf8) == [123456, 99])
        #expect(TCPTable.listeners(on: 22, in: text.utf8) == [5])
        #expect(TCPTable.listeners(on: 0x170, in: text.utf8).isEmpty)
    }

    @Test("net/udp: sockets that have a port, by their inodes")
    func datagrams() {
        let text = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
             10: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 77 2 0000 0
             11: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 78 2 0000 0
            """
        #expect(UDPTable.holders(of: 53, in: text.utf8) == [77])
        #expect(UDPTable.holders(of: 54, in: text.utf8).isEmpty)
    }

    @Test("net/unix: a listener's path, and none that only ends like it or only is connected")
    func unixSockets() {
        let text = """
            Num       RefCount Protocol Flags    Type St Inode Path
            0000000000000000: 00000002 00000000 00010000 0001 01 20480 /run/a/monitor.sock
            0000000000000000: 00000003 00000000 00000000 0001 03 20481 /run/b/monitor.sock
            0000000000000000: 00000002 00000000 00010000 0001 01 20482 /x/run/c/monitor.sock
            0000000000000000: 00000003 00000000 00000000 0001 03 20483
            """
        #expect(UnixSocketTable.isListening("/run/a/monitor.sock", in: text.utf8))
        #expect(!UnixSocketTable.isListening("/run/b/monitor.sock", in: text.utf8))
        #expect(!UnixSocketTable.isListening("/run/c/monitor.sock", in: text.utf8))
    }

    @Test("Key and value lines: blanks count as one, the first of a key counts, sizes are in KiB")
    func fields() {
        let text = """
            processor\t: 0
            model name\t: Some   CPU @ 2.40GHz
            cpu MHz\t\t: 2394.374
            processor\t: 1
            cpu MHz\t\t: 1000.000
            MemTotal:       16318480 kB
            HugePages_Total:       3
            Empty:
            no colon
            """
        let fields = ProcFields(text.utf8)
        #expect(fields["cpu MHz"] == "2394.374" && fields["processor"] == "0")
        #expect(fields["model name"] == "Some CPU @ 2.40GHz")
        #expect(fields.kibibytes("MemTotal") == 16_318_480)
        #expect(fields.kibibytes("HugePages_Total") == 3)
        #expect(fields["Empty"] == "" && fields.kibibytes("Empty") == nil && fields["no colon"] == nil)
    }

    @Test(
        "Numbers: up to 64 bits, and nothing but digits",
        arguments: [
            ("0", 0), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("", nil), ("-1", nil),
            ("1 ", nil),
        ]
            as [(String, UInt64?)])
    func numbers(_ text: String, _ number: UInt64?) { #expect(ProcText.number(text.utf8) == number) }

    @Test("This process as the kernel shows it")
    func own() throws {
        let pid = getpid()
        let stat = try #require(ProcessStat.of(pid))
        #expect(stat.startTime == ProcessIdentity.current.startTime && !stat.isDead)
        #expect((MemoryPages.of(pid)?.resident ?? 0) > 100)
        #expect(ProcessTable.all.contains(pid) && ProcessTable.threads(of: pid).contains(pid))
        #expect(ProcessTable.name(ofThread: pid, in: pid) == ProcessTable.name(of: pid))
        #expect(KernelSettings.bootID.utf8.count == 36)
        #expect(ProcFields.memory().kibibytes("MemTotal") ?? 0 > 1000)
        #expect(NetworkDevices.current()["lo"] != nil)
    }

    @Test("Who listens on a port is found by the socket that it has open")
    func holder() throws {
        let listener = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = UInt16(clamping: Socket.port(of: listener.raw))
        let inodes = TCPTable.listeners(on: port)
        #expect(inodes.count == 1)
        #expect(ProcessTable.holder(ofSockets: inodes) == getpid())
        #expect(ProcessTable.holder(ofSockets: []) == nil)
    }

    @Test("A unix socket's other end is the process that listens there")
    func peer() throws {
        let path = NSTemporaryDirectory() + "peer-\(UInt32.random(in: 0...(.max)))"
        let listener = try Socket.listen(at: .unix(path: path))
        defer { unlink(path) }
        #expect(Socket.isListening(path))
        let client = try Socket.connect(to: .unix(path: path), deadline: .after(.seconds(5)))
        #expect(try Socket.peer(of: client.raw).processID == getpid())
        _ = consume listener
    }
}
