import Foundation
import Testing
import VMCore

@testable import VMStorage

struct PoolStoreTests {
    @Test
    func `A pool is defined, built, started, stopped, deleted and undefined`() throws {
        let bench = try PoolBench()
        let pool = try bench.store.define(bench.document("e1")).record
        #expect(!pool.isActive && pool.isPersistent)
        #expect(code { _ = try bench.store.start(pool.uuid, build: false) } == 38)
        _ = try bench.store.build(pool.uuid, overwrites: false)
        #expect(FileFacts(bench.path("e1"))?.mode == 0o711)
        // It can be built again, which leaves its rights alone.
        chmod(bench.path("e1"), 0o750)
        _ = try bench.store.build(pool.uuid, overwrites: false)
        #expect(FileFacts(bench.path("e1"))?.mode == 0o750)
        #expect(try bench.store.start(pool.uuid, build: false).isActive)
        #expect(code { _ = try bench.store.start(pool.uuid, build: false) } == 55)
        #expect(code { _ = try bench.store.delete(pool.uuid) } == 55)
        #expect(code { _ = try bench.store.undefine(pool.uuid) } == 55)
        // Another process sees it active, too.
        #expect(try PoolStore(UserPaths(root: bench.home)).find("e1").isActive)
        #expect(try !bench.store.stop(pool.uuid).isPersistent == false)
        #expect(code { _ = try bench.store.stop(pool.uuid) } == 55)
        try bench.write("e1/file", [1])
        #expect(code { _ = try bench.store.delete(pool.uuid) } == 38)
        #expect(Files.exists(bench.path("e1/file")))
        unlink(bench.path("e1/file"))
        _ = try bench.store.delete(pool.uuid)
        #expect(!Files.exists(bench.path("e1")))
        _ = try bench.store.undefine(pool.uuid)
        #expect(code { _ = try bench.store.find("e1") } == 49)
        #expect(try bench.store.all().isEmpty)
    }

    @Test
    func `Names, UUIDs and storage belong to one pool`() throws {
        let bench = try PoolBench()
        let one = try bench.store.define(bench.document("e1")).record
        func define(_ name: String, _ uuid: VMCore.UUID?, path: String) -> Int32 {
            code {
                let id = uuid.map { "<uuid>\($0)</uuid>" } ?? ""
                let text = "<pool type='dir'><name>\(name)</name>\(id)<target><path>\(path)</path></target></pool>"
                _ = try bench.store.define(StoragePool.checked(Array(text.utf8)))
            }
        }
        #expect(define("e1", .random(), path: "/other") == 9)
        #expect(define("e2", one.uuid, path: "/other") == 9)
        #expect(define("e2", nil, path: bench.path("e1") + "//") == 9)
        #expect(define("e1", nil, path: bench.path("new")) == 0)
        #expect(try bench.store.find("e1").uuid == one.uuid)
        #expect(define("e2", nil, path: "/other") == 0)
    }

    @Test
    func `A transient pool is gone when it is stopped, and stays when it is defined meanwhile`() throws {
        let bench = try PoolBench()
        let pool = try bench.store.create(bench.document("t"), build: true)
        #expect(pool.isActive && pool.isTransient)
        #expect(code { _ = try bench.store.setAutostart(pool.uuid, true) } == 1)
        #expect(code { _ = try bench.store.create(bench.document("t"), build: false) } == 9)
        _ = try bench.store.stop(pool.uuid)
        #expect(code { _ = try bench.store.find("t") } == 49)

        let again = try bench.store.create(bench.document("t"), build: false)
        let stored = try bench.store.define(bench.document("t")).record
        #expect(stored.uuid == again.uuid && stored.isActive && stored.isPersistent)
        _ = try bench.store.setAutostart(stored.uuid, true)
        _ = try bench.store.stop(stored.uuid)
        #expect(try bench.store.find("t").isAutostarted)
    }

    @Test
    func `A start of another boot counts for nothing`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let path = bench.store.active.path(of: pool.uuid)
        let text = String(decoding: try OwnFiles.read(path), as: UTF8.self)
        try text.replacingOccurrences(of: HostBoot.id, with: "0123").write(
            toFile: path, atomically: true, encoding: .utf8)
        chmod(path, 0o600)
        #expect(try !bench.store.find("images").isActive)
        _ = try bench.store.start(pool.uuid, build: false)
        #expect(try bench.store.find("images").isActive)
    }

    @Test
    func `A pool whose volumes are worked on isn't stopped, nor is a volume taken twice`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let hold = try bench.store.hold(pool.uuid, pool.name)
        #expect(code { _ = try bench.store.stop(pool.uuid) } == 1)
        let first = try bench.store.take("/a", of: pool.uuid, isShared: true)
        let second = try bench.store.take("/a", of: pool.uuid, isShared: true)
        switch first {
        case .none: Issue.record("the lock is free")
        case .some: break
        }
        switch second {
        case .none: Issue.record("the lock is shared")
        case .some: break
        }
        switch try bench.store.take("/a", of: pool.uuid, isShared: false) {
        case .none: break
        case .some: Issue.record("others hold the lock")
        }
        _ = consume first
        _ = consume second
        switch try bench.store.take("/a", of: pool.uuid, isShared: false) {
        case .none: Issue.record("nobody holds the lock any more")
        case .some: break
        }
        _ = consume hold
        _ = try bench.store.stop(pool.uuid)
        #expect(code { _ = try bench.store.hold(pool.uuid, pool.name) } == 55)
    }

    @Test
    func `Types that aren't served are kept, and say so when they are built or started`() throws {
        let bench = try PoolBench()
        func define(_ text: String) throws -> PoolRecord {
            try bench.store.define(StoragePool.checked(Array(text.utf8))).record
        }
        let group = try define(
            "<pool type='logical'><name>vg</name><source><device path='/dev/x'/></source><target><path>/dev/vg</path></target></pool>"
        )
        #expect(code { _ = try bench.store.build(group.uuid, overwrites: false) } == 3)
        #expect(code { _ = try bench.store.start(group.uuid, build: false) } == 3)
        let share = try define(
            "<pool type='netfs'><name>nas</name><source><host name='h'/><dir path='/e'/></source><target><path>\(bench.home)</path></target></pool>"
        )
        #expect(code { _ = try bench.store.build(share.uuid, overwrites: false) } == 67)
        #expect(code { _ = try bench.store.start(share.uuid, build: false) } == 67)
        // Where something is mounted it is served.
        let mounted = try define(
            "<pool type='fs'><name>proc</name><source><device path='/dev/y'/></source><target><path>/proc</path></target></pool>"
        )
        #expect(try bench.store.start(mounted.uuid, build: false).isActive)
    }

    @Test
    func `A broken definition spoils nothing but itself`() throws {
        let bench = try PoolBench()
        _ = try bench.pool()
        try bench.write(
            "config/storage/bad.xml",
            Array("<pool type='dir'><name>bad</name><uuid>\(VMCore.UUID.random())</uuid></pool>".utf8))
        chmod(bench.path("config/storage/bad.xml"), 0o600)
        let all = try bench.store.all()
        #expect(all.map(\.name) == ["bad", "images"])
        #expect(all[0].problem?.contains("target path") == true)
    }
}
