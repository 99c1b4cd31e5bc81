import Foundation
import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMStorage

/// Folders that somebody has filled to do harm.
struct HostileFolderTests {
    @Test
    func `FIFOs, sockets, links that lead nowhere and odd names are no volumes, and hold nobody up`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        mkfifo(bench.path("images/fifo"), 0o600)
        symlink("loop2", bench.path("images/loop1"))
        symlink("loop1", bench.path("images/loop2"))
        symlink("nowhere", bench.path("images/dangling"))
        symlink("fifo", bench.path("images/tofifo"))
        try bench.write("images/line\nend", [1])
        try bench.write("images/.hidden", [1])
        try bench.write("images/empty", [])
        mkdir(bench.path("images/folder"), 0o700)
        symlink("/etc/passwd", bench.path("images/link"))
        let socket = try Socket.listen(at: .unix(path: bench.path("images/socket")))
        #expect(pool.names == [".hidden", "empty", "folder", "link"])
        let (volumes, _) = try pool.probed(cache: bench.cache)
        #expect(volumes.count == 4)
        #expect(try pool.volume(named: "folder").kind == .dir)
        for name in ["fifo", "loop1", "..", "", "a/b", "line\nend", "socket"] {
            #expect(code { _ = try pool.volume(named: name) } == 50, "\(name)")
        }
        _ = consume socket
    }

    @Test
    func `A link is removed itself, and nothing is written through it`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        try bench.write("outside", Array(repeating: 7, count: 100))
        symlink(bench.path("outside"), bench.path("images/link"))
        let link = try pool.volume(named: "link")
        #expect(code { try pool.wipe(link, .zero) } == 55)
        #expect(code { try pool.resize(link, to: 10, .shrink) } == 55)
        try pool.delete(link)
        #expect(!Files.exists(bench.path("images/link")))
        #expect(try Files.read(bench.path("outside")) == Array(repeating: 7, count: 100))
    }

    /// The beginning of a qcow2 image, with a backing file and whatever else.
    private static func qcow2(size: UInt64, backing: String, version: UInt32 = 3, clusterBits: UInt32 = 16) -> [UInt8] {
        func big(_ value: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: value.bigEndian) { Array($0) }
        }
        var bytes: [UInt8] = [0x51, 0x46, 0x49, 0xfb] + big(version)
        bytes += big(UInt64(backing.isEmpty ? 0 : 512)) + big(UInt32(backing.utf8.count)) + big(clusterBits)
        bytes += big(size) + [UInt8](repeating: 0, count: 64)
        bytes += big(UInt32(4)) + big(UInt32(104))
        bytes += [UInt8](repeating: 0, count: max(0, 512 - bytes.count)) + Array(backing.utf8)
        return bytes + [UInt8](repeating: 0, count: 4096)
    }

    @Test
    func `Headers that lie are believed in nothing but what they say of themselves`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        try bench.write("images/shadow", Self.qcow2(size: 1 << 30, backing: "/etc/shadow"))
        try bench.write("images/fifo", Self.qcow2(size: 1 << 20, backing: bench.path("outside-fifo")))
        mkfifo(bench.path("outside-fifo"), 0o600)
        try bench.write("images/self", Self.qcow2(size: 1 << 20, backing: "self"))
        try bench.write("images/huge", Self.qcow2(size: .max, backing: ""))
        try bench.write("images/clusters", Self.qcow2(size: 1, backing: "", clusterBits: 63))
        try bench.write("images/version", Self.qcow2(size: 1, backing: "", version: 77))
        try bench.write("images/json", Self.qcow2(size: 1, backing: "json:{\"driver\":\"nbd\",\"host\":\"x\"}"))
        try bench.write("images/short", [0x51, 0x46, 0x49, 0xfb])
        try bench.write(
            "images/text.vmdk", Array("# Disk DescriptorFile\nversion=1\nRW 99 FLAT \"/etc/shadow\" 0\n".utf8))
        let documents = try pool.volumes().map { pool.document($0) }
        #expect(documents.count == 9)
        let shadow = try #require(documents.first { $0.name == "shadow" })
        // Its path is told, and nothing that would have to be looked up.
        #expect(shadow.backingStore?.path == "/etc/shadow")
        #expect(shadow.backingStore?.format == nil && shadow.backingStore?.permissions == nil)
        #expect(shadow.capacity == .bytes(1 << 30))
        let own = try #require(documents.first { $0.name == "self" })
        #expect(own.backingStore?.format?.type == .qcow2)
        #expect(documents.first { $0.name == "json" }?.backingStore?.path?.hasPrefix("json:") == true)
        // And an image isn't copied together with what it has no business with.
        #expect(
            code {
                _ = try pool.create(
                    StorageVolume.checked(Array("<volume><name>copy</name></volume>".utf8), needsCapacity: false),
                    from: try pool.volume(named: "shadow"), in: pool)
            } == 38)
    }

    @Test
    func `Volumes that haven't changed aren't looked at again`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        for number in 0..<200 { try bench.write("images/\(number)", Self.qcow2(size: 1 << 20, backing: "a b%-c")) }
        // What has just been written may change again within the clock's step.
        let old = [timespec(tv_sec: 1_600_000_000, tv_nsec: 5), timespec(tv_sec: 1_600_000_000, tv_nsec: 5)]
        for number in 0..<200 { utimensat(AT_FDCWD, bench.path("images/\(number)"), old, 0) }
        #expect(try pool.probed(cache: bench.cache).probes == 200)
        Poll.sleep(.milliseconds(1100))
        let first = try pool.probed(cache: bench.cache)
        #expect(first.probes == 200)
        let second = try pool.probed(cache: bench.cache)
        #expect(second.probes == 0)
        #expect(first.volumes.map(\.1) == second.volumes.map(\.1))
        #expect(second.volumes.first?.1.backing?.name == "a b%-c")
        try bench.write("images/7", Self.qcow2(size: 1 << 21, backing: ""))
        #expect(try pool.probed(cache: bench.cache).probes == 1)
        try Data("vmctl probes 1\nrubbish 1 2\n\u{0}".utf8).write(
            to: URL(fileURLWithPath: bench.cache + "/storage/\(pool.uuid).probes"))
        #expect(try pool.probed(cache: bench.cache).volumes.count == 200)
    }

    @Test
    func `Twenty thousand files are listed without opening one`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        for number in 0..<20_000 { close(Glibc.open(bench.path("images/\(number)"), O_CREAT | O_WRONLY, 0o000)) }
        #expect(try pool.volumes().count == 20_000)
    }

    @Test
    func `What killed processes left is removed, and what is being made is not`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let me = ProcessIdentity.current
        let alive = ".vmctl-new-\(HostBoot.place)-\(me.pid)-\(me.startTime)-x"
        let dead = ".vmctl-new-\(HostBoot.place)-\(me.pid)-\(me.startTime + 1)-x"
        let elsewhere = ".vmctl-new-00000000-1-1-x"
        for name in [alive, dead, elsewhere] {
            mkdir(bench.path("images/" + name), 0o700)
            try bench.write("images/\(name)/disk", [1])
        }
        symlink(bench.home, bench.path("images/.vmctl-new-\(HostBoot.place)-1-1-link"))
        #expect(pool.names.isEmpty)
        pool.removeLeftovers()
        #expect(Files.exists(bench.path("images/\(alive)/disk")))
        #expect(!Files.exists(bench.path("images/" + dead)))
        #expect(Files.exists(bench.path("images/\(elsewhere)/disk")))
        #expect(Files.exists(bench.home + "/config"))
    }
}
