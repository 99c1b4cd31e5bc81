import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Encrypted disks: made in a pool, used by a machine, whose QEMU gets the key and nobody else.
@Suite(.needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct EncryptedDiskTests {
    private let live: LiveBench
    private var manager: VMManager { live.manager }
    private let key = "geheim-" + String(UInt64.random(in: 0...(.max)), radix: 36)

    init() throws { live = try LiveBench() }

    /// A secret with the key.
    private func secret() throws -> SecretRecord {
        let secret = try manager.secrets.define(
            Array("<secret><usage type='volume'><volume>\(live.bench.folder)/a</volume></usage></secret>".utf8))
        return try manager.secrets.setValue(Array(key.utf8), of: secret)
    }

    /// An encrypted image that is opened soon. How quick the processor is, `qemu-img` can't always tell.
    private func image(_ name: String, _ format: String) throws -> String {
        let (path, file) = (live.bench.folder + "/" + name, live.bench.folder + "/\(name).key")
        try key.write(toFile: file, atomically: true, encoding: .utf8)
        defer { unlink(file) }
        let prefix = format == "qcow2" ? "encrypt.format=luks,encrypt." : ""
        for attempt in 1...20 {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
            process.arguments = [
                "create", "-q", "--object", "secret,id=k,file=\(file)", "-f", format, "-o",
                "\(prefix)key-secret=k,\(format == "qcow2" ? "encrypt." : "")iter-time=10", path, "4M",
            ]
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            if process.terminationStatus == 0 { break }
            try #require(attempt < 20)
        }
        return path
    }

    private func disk(_ path: String, _ format: String, _ target: String, _ secret: String) -> String {
        "<disk type='file' device='disk'><driver name='qemu' type='\(format)'/><source file='\(path)'>"
            + "<encryption format='luks'><secret type='passphrase' \(secret)/></encryption></source>"
            + "<target dev='\(target)' bus='virtio'/></disk>"
    }

    @Test(arguments: LiveBench.emulators)
    func `A machine opens what was encrypted, at its start and later`(emulator: String) throws {
        let secret = try secret()
        let (first, second) = (try image("a", "luks"), try image("b", "qcow2"))
        try live.start("m", disk(first, "raw", "vda", "uuid='\(secret.uuid)'"), emulator: emulator)
        let device = try live.device(disk(second, "qcow2", "vdb", "usage='\(live.bench.folder)/a'"))
        _ = try manager.apply(.attach(device), to: "m", scope: .live, timeout: .seconds(120))
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
    func `An encrypted volume is made in a pool`() throws {
        let (secret, path) = (try secret(), live.bench.folder + "/images")
        let pool = try manager.storage.create(
            Array("<pool type='dir'><name>p</name><target><path>\(path)</path></target></pool>".utf8), build: true)
        func make(_ name: String, _ format: String, _ uuid: String, _ cipher: String = "") throws {
            let document = """
                <volume><name>\(name)</name><capacity unit='MiB'>4</capacity><target><format type='\(format)'/>
                <encryption format='luks'><secret type='passphrase' uuid='\(uuid)'/>\(cipher)</encryption>
                </target></volume>
                """
            _ = try manager.storage.wait { (storage) async throws(VMError) in
                try await storage.createVolume(Array(document.utf8), in: pool)
            }
        }
        let cipher = "<cipher name='aes' size='256' mode='cbc' hash='sha256'/><ivgen name='essiv' hash='sha256'/>"
        try make("b", "qcow2", "\(secret.uuid)", cipher)
        let volume = try manager.storage.volume(named: "b", in: pool)
        #expect(try manager.storage.xml(of: volume).contains("<encryption format='luks'"))
        #expect(throws: VMError.self) { try make("c", "qcow2", "c7a5fdbd-edaf-9455-926a-d65c16db1809") }
        #expect(throws: VMError.self) { try make("c", "vmdk", "\(secret.uuid)") }
        #expect(throws: VMError.self) { try make("c", "raw", "\(secret.uuid)", "<cipher name='a,b' size='1'/>") }
        #expect(FileManager.default.contents(atPath: path + "/c") == nil)
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
