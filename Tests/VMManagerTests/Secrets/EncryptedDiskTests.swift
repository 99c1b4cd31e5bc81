import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Encrypted disks: made in a pool, used by a machine, whose QEMU gets the key and nobody else.
@Suite(.needs(.qemu, .qemuImg), .timeLimit(.minutes(10)))
struct EncryptedDiskTests {
    private let live: LiveBench
    private var manager: VMManager { live.manager }
    private let key = "geheim-" + String(UInt64.random(in: 0...(.max)), radix: 36)

    init() throws { live = try LiveBench() }

    /// A pool with encrypted volumes of both formats, and the secret's UUID.
    private func prepare() throws -> (pool: PoolRecord, uuid: VMCore.UUID) {
        let path = live.bench.folder + "/images"
        let secret = try manager.secrets.define(
            Array("<secret><usage type='volume'><volume>\(path)/a</volume></usage></secret>".utf8))
        try manager.secrets.setValue(Array(key.utf8), of: secret)
        let pool = try manager.storage.create(
            Array("<pool type='dir'><name>p</name><target><path>\(path)</path></target></pool>".utf8), build: true)
        for (name, format) in [("a", "raw"), ("b", "qcow2")] {
            let document = """
                <volume><name>\(name)</name><capacity unit='MiB'>4</capacity><target><format type='\(format)'/>
                <encryption format='luks'><secret type='passphrase' uuid='\(secret.uuid)'/>
                <cipher name='aes' size='256' mode='cbc' hash='sha256'/><ivgen name='essiv' hash='sha256'/></encryption>
                </target></volume>
                """
            _ = try manager.storage.wait { (storage) async throws(VMError) in
                try await storage.createVolume(Array(document.utf8), in: pool)
            }
        }
        return (pool, secret.uuid)
    }

    private func disk(_ pool: PoolRecord, _ name: String, _ target: String, _ secret: String) -> String {
        let format = name == "a" ? "raw" : "qcow2"
        return "<disk type='file' device='disk'><driver name='qemu' type='\(format)'/>"
            + "<source file='\(pool.pool?.target.path ?? "")/\(name)'><encryption format='luks'>"
            + "<secret type='passphrase' \(secret)/></encryption></source><target dev='\(target)' bus='virtio'/></disk>"
    }

    @Test(arguments: LiveBench.emulators)
    func `A machine opens what was encrypted, at its start and later`(emulator: String) throws {
        let (pool, uuid) = try prepare()
        try live.start("m", disk(pool, "a", "vda", "uuid='\(uuid)'"), emulator: emulator)
        let device = try live.device(disk(pool, "b", "vdb", "usage='\(pool.pool?.target.path ?? "")/a'"))
        _ = try manager.apply(.attach(device), to: "m", scope: .live)
        let text = try live.run("m", "query-block").description
        #expect(text.contains("luks") && text.contains("\"encrypted\":true"), "\(text)")
        // The file in which it came is closed again.
        #expect(try live.run("m", "query-fdsets").array?.contains { "\($0)".contains("secret") } == false)
        let state = try #require(try manager.status("m").qemu)
        let words = ProcessTable.commandLine(of: state.pid).map { String(decoding: $0, as: UTF8.self) }
        #expect(!words.isEmpty && !words.contains { $0.contains(key) })
        for path in FileManager.default.subpaths(atPath: live.bench.folder) ?? [] where !path.hasSuffix(".value") {
            guard let bytes = FileManager.default.contents(atPath: live.bench.folder + "/" + path) else { continue }
            #expect(bytes.range(of: Data(key.utf8)) == nil, "\(path)")
        }
        #expect(try !manager.xml("m").contains(key))
    }

    @Test
    func `A start is refused when the secret isn't there or has no value`() throws {
        let image = try live.image("plain.img")
        func disk(_ uuid: String) -> String {
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(image)'>"
                + "<encryption format='luks'><secret type='passphrase' uuid='\(uuid)'/></encryption></source>"
                + "<target dev='vda' bus='virtio'/></disk>"
        }
        let missing = "c7a5fdbd-edaf-9455-926a-d65c16db1809"
        #expect {
            try live.start("m", disk(missing))
        } throws: { "\($0)".contains("no secret with matching uuid '\(missing)'") }
        let secret = try manager.secrets.define(Array("<secret private='yes'/>".utf8))
        #expect {
            try live.start("o", disk("\(secret.uuid)"))
        } throws: { "\($0)".contains("does not have a value") }
        // What is no LUKS image is for QEMU to refuse.
        try manager.secrets.setValue(Array("wrong".utf8), of: secret)
        #expect(throws: VMError.self) { try manager.start("o") }
    }
}
