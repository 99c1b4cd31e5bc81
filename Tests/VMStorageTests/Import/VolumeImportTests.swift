import Foundation
import TestNeeds
import Testing
import VMCore

@testable import VMStorage

/// Images that come from elsewhere.
@Suite(.needs(.qemuImg), .enabled(if: access("/usr/bin/curl", X_OK) == 0, "needs curl"))
struct VolumeImportTests {
    private let bench: PoolBench
    private let pool: FolderPool

    init() throws {
        bench = try PoolBench()
        pool = try bench.pool()
    }

    private func image(_ name: String, _ options: String...) throws -> String {
        let path = bench.path(name)
        try bench.run("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2"] + options + [path, "4M"])
        return path
    }

    @discardableResult
    private func take(
        _ source: String, _ name: String? = nil, _ change: (inout VolumeImport) throws -> Void = { _ in },
        _ work: Work = Work()
    ) throws -> VolumeEntry {
        var wish = try VolumeImport(ImportSource(source))
        wish.name = name
        try change(&wish)
        return try pool.take(wish, work)
    }

    /// The error that an image is refused with, after which nothing of it is left.
    private func refusal(
        _ source: String, _ name: String? = nil, _ change: (inout VolumeImport) throws -> Void = { _ in },
        _ work: Work = Work()
    ) throws -> VMError {
        let before = try Folders.list(pool.path)
        let error = #expect(throws: VMError.self) { _ = try take(source, name, change, work) }
        #expect(try Folders.list(pool.path) == before)
        return try #require(error)
    }

    @Test
    func `An image of this host becomes a volume of its name, and keeps its holes`() throws {
        let path = try image("web.qcow2")
        for source in [path, "file://\(path)", "file://localhost\(path)"] {
            let volume = try take(source)
            #expect(volume.name == "web.qcow2" && volume.facts.mode == 0o600)
            #expect(try Files.read(volume.path) == Files.read(path))
            #expect(pool.probe(volume).format == .qcow2)
            #expect(code { _ = try take(source) } == 90)
            try pool.delete(volume)
        }
        let sparse = bench.path("disk.img")
        let file = try FileDescriptor.open(sparse, flags: O_RDWR | O_CREAT, mode: 0o600)
        try file.truncate(to: 64 << 20, sparse)
        try file.write([1, 2, 3], at: 33 << 20, sparse)
        try file.write([UInt8](repeating: 0, count: 1 << 20), at: 1 << 20, sparse)
        let volume = try take(sparse, "copy")
        #expect(volume.facts.size == 64 << 20 && volume.facts.allocation < 4 << 20)
        try bench.run("/usr/bin/cmp", volume.path, sparse)
    }

    @Test
    func `An image comes over HTTP, through redirections, and its address stands on no command line`() throws {
        let bytes = try Files.read(image("web.qcow2"))
        let server = try PageServer([
            "/web.qcow2": .init(body: bytes), "/old": .init(status: "302 Found", headers: ["Location: /web.qcow2"]),
            "/file": .init(status: "302 Found", headers: ["Location: file:///etc/passwd"]),
            "/a%20b.qcow2?x=1": .init(body: bytes),
        ])
        #expect(try take(server.address("/web.qcow2", user: "me:secret@")).name == "web.qcow2")
        #expect(try Files.read(pool.path(of: "web.qcow2")) == bytes)
        #expect(try take(server.address("/old"), "other").name == "other")
        #expect(try take(server.address("/a%20b.qcow2?x=1")).name == "a b.qcow2")
        #expect(server.requests == ["/web.qcow2", "/old", "/web.qcow2", "/a%20b.qcow2?x=1"])
        #expect(try refusal(server.address("/file"), "x").message.contains("file"))
        let missing = try refusal(server.address("/none", user: "me:secret@"), "x")
        #expect(missing.message.contains("404") && !missing.message.contains("secret"))
    }

    @Test
    func `What breaks off, hangs, or isn't wanted any more leaves nothing`() throws {
        let bytes = try Files.read(image("web.qcow2"))
        let half = Array(bytes.prefix(bytes.count / 2))
        let server = try PageServer([
            "/part": .init(body: half, length: bytes.count),
            "/hang": .init(body: half, length: bytes.count, hangs: true),
            "/short.qcow2": .init(body: half),
        ])
        #expect(try refusal(server.address("/part"), "x").code == .io)
        let late = try refusal(server.address("/hang"), "x", { _ in }, Work(deadline: .after(.milliseconds(700))))
        #expect(late.code == .timeout)
        let stopped = StopFlag()
        stopped.stop()
        #expect(try refusal(server.address("/hang"), "x", { _ in }, Work(flag: stopped)).code == .cancelled)
        // What says to be whole and isn't is seen by its tables.
        #expect(try refusal(server.address("/short.qcow2")).code == .invalidArgument)
    }

    @Test
    func `A checksum is held against the bytes that came`() throws {
        let path = bench.path("a.img")
        try bench.write("a.img", Array("hello\n".utf8))
        let sum = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
        #expect(
            try take(path, "good") { $0.checksum = try ContentChecksum("sha256:\(sum.uppercased())") }.name == "good")
        let other = "sha256:" + String(repeating: "0", count: 64)
        let wrong = try refusal(path, "bad") { $0.checksum = try ContentChecksum(other) }
        #expect(wrong.message.contains(sum))
        for text in ["", "sha256", "sha256:", "sha256:xyz", "md5:\(sum)", "sha512:\(sum)", "sha256:\(sum)0"] {
            #expect(code { _ = try ContentChecksum(text) } == 8)
        }
    }

    @Test
    func `An image has to be what it is said to be`() throws {
        let path = try image("web.qcow2")
        try bench.write("page.qcow2", Array("<html>no such file</html>".utf8))
        try bench.write("empty.raw", [])
        #expect(try refusal(bench.path("page.qcow2")).message.contains("raw format, not in qcow2"))
        #expect(try refusal(bench.path("empty.raw")).message.contains("is empty"))
        #expect(try refusal(path, "x") { $0.format = .raw }.message.contains("qcow2 format, not in raw"))
        #expect(try refusal(path, "x") { $0.format = .vmdk }.code == .invalidArgument)
        #expect(try take(path, "x") { $0.format = .qcow2 }.name == "x")
        #expect(try refusal(bench.path("none"), "y").code == .io)
        #expect(try refusal(bench.home, "y").message.contains("folder"))
        for name in ["a/b", ".", "..", ".vmctl-new-x", "a\u{1}b"] { _ = try refusal(path, name) }
    }

    @Test
    func `An image that names other files is refused unless that is wanted`() throws {
        let base = try image("base.qcow2")
        let top = try image("top.qcow2", "-b", base, "-F", "qcow2")
        let refused = try refusal(top)
        #expect(refused.message.contains("builds on the image '\(base)'"))
        #expect(try take(top, "top") { $0.mayReferToFiles = true }.name == "top")
        let apart = try image("apart.qcow2", "-o", "data_file=\(bench.path("data")),data_file_raw=on")
        #expect(try refusal(apart).message.contains("has its data in the file"))
        let text = """
            # Disk DescriptorFile
            version=1
            createType="monolithicFlat"
            RW 8192 FLAT "/etc/passwd" 0

            """
        try bench.write("flat.vmdk", Array(text.utf8))
        #expect(try refusal(bench.path("flat.vmdk")).message.contains("only a text"))
        #expect(try refusal(bench.path("flat.vmdk"), "x") { $0.mayReferToFiles = true }.message.contains("only a text"))
    }

    @Test(arguments: [("gzip", ".gz"), ("xz", ".xz"), ("zstd", ".zst")])
    func `What comes compressed is unpacked`(_ program: String, _ suffix: String) throws {
        guard let path = ["/usr/bin/", "/bin/"].map({ $0 + program }).first(where: { access($0, X_OK) == 0 }) else {
            return
        }
        let bytes = [UInt8](repeating: 0, count: 3 << 20) + [7]
        try bench.write("disk.raw", bytes)
        try bench.run(path, "-k", "-q", bench.path("disk.raw"))
        let packed = bench.path("disk.raw" + suffix)
        let volume = try take(packed)
        #expect(volume.name == "disk.raw" && volume.facts.allocation < 1 << 20)
        #expect(try Files.read(volume.path) == bytes)
        #expect(try Folders.list(pool.path) == ["disk.raw"])
        // What only says that it is compressed, and what is so only by half.
        try bench.write("plain" + suffix, Array("nothing of the kind".utf8))
        #expect(try refusal(bench.path("plain" + suffix)).message.contains("is not compressed as its name says"))
        let half = try Files.read(packed)
        try bench.write("half" + suffix, Array(half.prefix(half.count / 2)))
        #expect(try refusal(bench.path("half" + suffix)).code == .io)
        #expect(
            try take(packed, "as it is") { $0.compression = ImageCompression.none }.facts.size == UInt64(half.count))
    }

    @Test
    func `Sources are paths and addresses of a few protocols`() throws {
        #expect(try ImportSource("disk.img") == .file("disk.img"))
        #expect(try ImportSource("file:///a%20b") == .file("/a b"))
        #expect(try ImportSource("HTTPS://x/y.qcow2").lastComponent == "y.qcow2")
        #expect(try ImportSource("https://u:p@x/y").shown == "https://x/y")
        #expect(try ImportSource("https://x").lastComponent == nil)
        #expect(try ImportSource("https://x/").lastComponent == nil)
        for text in [
            "", "ssh://x/y", "http://", "http://a b/c", "http://x/\"", "http://x/\\", "file://other/x", "file:///%zz",
            "file://", "http://x/\n", "file:///a%00",
        ] {
            #expect(code { _ = try ImportSource(text) } == 8, "\(text)")
        }
        #expect(code { try take("https://x/", nil) } == 8)
    }
}
