import Foundation
import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMStorage

/// Volumes that are really made, copied and changed.
@Suite(.needs(.qemuImg))
struct VolumeWorkTests {
    private func format(_ name: String) -> String { "<target><format type='\(name)'/></target>" }

    @Test(arguments: ["qcow2", "qcow", "qed", "vmdk", "vdi", "vpc", "raw"])
    func `An image of each format is made and told as such`(_ word: String) throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let volume = try pool.make("disk", "<capacity unit='MiB'>10</capacity>" + format(word))
        let document = pool.document(volume)
        #expect(document.target.format?.type?.rawValue == word)
        #expect((document.capacity?.bytes ?? 0) >= 10 << 20)
        #expect(volume.facts.mode == 0o600)
        let told = try bench.run("/usr/bin/qemu-img", "info", "--output=json", volume.path)
        #expect(told.contains("\"format\": \"\(word)\""))
        #expect(pool.names == ["disk"])
        #expect(code { _ = try pool.make("disk", "<capacity>1</capacity>") } == 90)
    }

    @Test
    func `qcow2 is made with what is asked for`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let plain = try pool.make("old", "<capacity>1000</capacity>" + format("qcow2"))
        #expect(pool.document(plain).target.compat == nil)
        #expect(pool.probe(plain).capacity == 1024)
        let target = """
            <target><format type='qcow2'/><compat>1.1</compat><clusterSize unit='KiB'>128</clusterSize>
            <features><lazy_refcounts/><extended_l2/></features><permissions><mode>0640</mode></permissions></target>
            """
        let new = try pool.make("new", "<capacity unit='MiB'>10</capacity>" + target)
        let document = pool.document(new)
        #expect(document.target.compat == "1.1")
        #expect(document.target.clusterSize == .bytes(131_072))
        #expect(document.target.features?.lazyRefcounts == true && document.target.features?.extendedL2 == true)
        #expect(new.facts.mode == 0o640)
        let wrong = "<target><format type='qcow2'/><compat>0.10</compat><features><lazy_refcounts/></features></target>"
        #expect(code { _ = try pool.make("x", "<capacity>1</capacity>" + wrong) } == 67)
        #expect(code { _ = try pool.make("x", "<capacity>1</capacity>" + format("bochs")) } == 67)
        let secret = "<target><format type='qcow2'/><encryption format='luks'/></target>"
        #expect(code { _ = try pool.make("x", "<capacity>1</capacity>" + secret) } == 67)
        #expect(pool.names == ["new", "old"])
    }

    @Test
    func `An image is built on another one whose format is declared`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let base = try pool.make("base", "<capacity unit='MiB'>10</capacity>" + format("qcow2"))
        func on(_ path: String, _ more: String = "") -> String {
            format("qcow2") + "<backingStore><path>\(path)</path>\(more)</backingStore>"
        }
        #expect(code { _ = try pool.make("x", on("/nosuch")) } == 38)
        #expect(code { _ = try pool.make("x", on(base.path)) } == 8)
        let top = try pool.make("top", on(base.path, "<format type='qcow2'/>"))
        let document = pool.document(top)
        #expect(document.backingStore?.path == base.path)
        #expect(document.backingStore?.format?.type == .qcow2)
        #expect(document.capacity == .mebibytes(10))
        #expect(try pool.volumes(on: base.facts.identity, cache: bench.cache) == ["top"])
        #expect(try pool.volumes(on: top.facts.identity, cache: bench.cache).isEmpty)
    }

    @Test
    func `Raw space is reserved or left open`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let full = try pool.make("full", "<capacity unit='MiB'>2</capacity>")
        #expect(full.facts.allocation >= 2 << 20)
        let sparse = try pool.make("sparse", "<capacity unit='MiB'>2</capacity><allocation>0</allocation>")
        #expect(sparse.facts.size == 2 << 20 && sparse.facts.allocation < 1 << 16)
        let folder = try pool.make("folder", "<capacity>0</capacity>" + format("dir"))
        #expect(folder.kind == .dir)
        try pool.delete(folder)
        #expect(code { _ = try pool.make("x", "<capacity unit='EiB'>4</capacity>") } != 0)
        #expect(pool.names == ["full", "sparse"])
        #expect(try Folders.list(pool.path).count == 2)
    }

    @Test
    func `A copy has what the original has, in whatever format`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        try bench.write("images/raw", [UInt8](repeating: 9, count: 3 << 20))
        let raw = try pool.volume(named: "raw")
        func copy(_ name: String, _ source: VolumeEntry, _ inside: String = "") throws -> VolumeEntry {
            let text = "<volume><name>\(name)</name>\(inside)</volume>"
            return try pool.create(
                StorageVolume.checked(Array(text.utf8), needsCapacity: false), from: source, in: pool)
        }
        let second = try copy("second", raw, "<capacity unit='MiB'>4</capacity>")
        #expect(second.facts.size == 4 << 20)
        let image = try copy("image", raw, format("qcow2"))
        #expect(pool.probe(image).format == .qcow2)
        let twin = try copy("twin", image, format("qcow2"))
        try bench.run("/usr/bin/qemu-img", "compare", "-q", twin.path, raw.path)
        let back = try copy("back", image)
        #expect(try Files.read(back.path) == [UInt8](repeating: 9, count: 3 << 20))
        #expect(code { _ = try copy("back", image) } == 1)
        #expect(try Folders.list(pool.path).count == 5)
    }

    @Test
    func `Holes stay holes in a copy`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let path = bench.path("images/holes")
        let file = try FileDescriptor.open(path, flags: O_RDWR | O_CREAT, mode: 0o600)
        try file.truncate(to: 64 << 20, path)
        try file.write([1, 2, 3], at: 33 << 20, path)
        let text = "<volume><name>copy</name><capacity unit='MiB'>64</capacity><allocation>0</allocation></volume>"
        let copy = try pool.create(
            StorageVolume.checked(Array(text.utf8)), from: try pool.volume(named: "holes"), in: pool)
        #expect(copy.facts.size == 64 << 20 && copy.facts.allocation < 4 << 20)
        #expect(try FileDescriptor.open(copy.path, flags: O_RDONLY).read(at: 33 << 20, count: 3, "copy") == [1, 2, 3])
    }

    @Test
    func `Sizes are changed by libvirt's rules`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        for word in ["raw", "qcow2"] {
            let volume = try pool.make(
                word, "<capacity unit='MiB'>2</capacity><allocation>0</allocation>" + format(word))
            func resize(_ size: UInt64, _ flags: FolderPool.ResizeFlags) throws {
                let now = try pool.volume(named: word)
                let new = try pool.newCapacity(now, size, flags).new
                try pool.resize(now, to: new, flags)
            }
            var capacity: UInt64 { pool.probe((try? pool.volume(named: word)) ?? volume).capacity }
            try resize(4 << 20, [])
            #expect(capacity == 4 << 20)
            try resize(1 << 20, .delta)
            #expect(capacity == 5 << 20)
            #expect(code { try resize(1 << 20, []) } == 8)
            try resize(1 << 20, [.delta, .shrink])
            #expect(capacity == 4 << 20)
            try resize(2 << 20, .shrink)
            #expect(capacity == 2 << 20)
            #expect(code { try resize(8 << 20, .allocate) } == (word == "raw" ? 0 : 84))
        }
    }

    @Test
    func `Wiping leaves zeros`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        try bench.write("images/raw", [UInt8](repeating: 9, count: 1_500_000))
        try pool.wipe(try pool.volume(named: "raw"), .zero)
        #expect(try Files.read(bench.path("images/raw")) == [UInt8](repeating: 0, count: 1_500_000))
        let image = try pool.make("image", "<capacity unit='MiB'>10</capacity>" + format("qcow2"))
        let size = image.facts.size
        try pool.wipe(image, .zero)
        let wiped = try pool.volume(named: "image")
        #expect(wiped.facts.size == size && pool.probe(wiped).format == .raw)
        #expect(code { try pool.wipe(wiped, .trim) } == 74)
    }

    @Test
    func `Contents come in and go out in pieces, with their holes`() throws {
        let bench = try PoolBench()
        let pool = try bench.pool()
        let volume = try pool.make("v", "<capacity unit='MiB'>8</capacity>")
        func begin(_ writing: Bool, _ offset: UInt64 = 0, _ length: UInt64 = 0) throws -> VolumeTransfer {
            let hold = try bench.store.hold(pool.uuid, pool.name)
            guard let taken = try bench.store.take(volume.path, of: pool.uuid, isShared: !writing) else {
                throw VMError.volumeInUse("v")
            }
            return try VolumeTransfer(
                pool, try pool.volume(named: "v"), offset: offset, length: length, writing: writing, hold: hold,
                taken: taken)
        }
        do {
            let upload = try begin(true)
            #expect(code { _ = try begin(false) } == 55)
            try upload.write([1, 2, 3])
            try upload.skip(6 << 20)
            try upload.write([4])
            try upload.skip(1 << 20)
            try upload.finish()
        }
        let now = try pool.volume(named: "v")
        #expect(now.facts.size == 8 << 20 && now.facts.allocation < 4 << 20)
        do {
            let upload = try begin(true, 10, 2)
            try upload.write([7, 7])
            #expect(code { try upload.write([7]) } == 38)
        }
        let download = try begin(false, 0, 0)
        var bytes = 0
        var holes: UInt64 = 0
        loop: while true {
            switch try download.next(limit: 4096, sparsely: true) {
            case .data(let piece): bytes += piece.count
            case .hole(let length): holes += length
            case .end: break loop
            }
        }
        #expect(UInt64(bytes) + holes == 8 << 20)
        #expect(holes > 4 << 20)
        let part = try begin(false, 1, 2)
        guard case .data(let piece) = try part.next(limit: 4096, sparsely: false) else {
            throw CocoaError(.fileNoSuchFile)
        }
        #expect(piece == [2, 3])
        #expect(code { _ = try begin(false, 9 << 20, 1) } == 38)
        #expect(code { _ = try begin(false, .max, .max) } == 8)
    }
}
