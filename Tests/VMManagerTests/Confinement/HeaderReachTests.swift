import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// An image's header that has root open a file of its choice.
@Suite(.serialized, .enabled(if: Bench.hasQEMU && getuid() == 0, "needs root"), .timeLimit(.minutes(40)))
struct HeaderReachTests {
    private let bench: LiveBench
    /// A folder that the images' own isn't above, with a file for root alone.
    private let secret: String
    private let top: String

    init() throws {
        bench = try LiveBench()
        let folder = bench.bench.folder
        mkdir(folder + "/images", 0o755)
        mkdir(folder + "/closed", 0o700)
        secret = folder + "/closed/secret"
        top = folder + "/images/top.qcow2"
        try Files.write([UInt8](repeating: 7, count: 1 << 20), to: secret)
        let made = try SpawnedProcess.spawn(
            .init(
                executable: "/usr/bin/qemu-img",
                arguments: ["create", "-q", "-f", "qcow2", "-b", secret, "-F", "raw", top]))
        #expect(ProcessExit.wait(for: made.handle, until: .after(.seconds(20))) == .exited(0))
    }

    private func disk(_ more: String = "", device: String = "disk") -> String {
        "<disk type='file' device='\(device)'><driver name='qemu' type='qcow2'/><source file='\(top)'/>\(more)"
            + "<target dev='vda' bus='virtio'/></disk>"
    }

    private func expectRefusal(_ body: () throws -> Void) {
        let error = #expect(throws: VMError.self) { try body() }
        let text = error.map { "\($0)" } ?? ""
        let wanted = "image '\(top)' builds on '\(secret)', which lies outside of the image's folder"
        #expect(text.contains(wanted), "\(text)")
        #expect(error?.firstRemedy?.text.contains("declare it with <backingStore>") == true)
    }

    @Test("a disk is refused when it is checked, started, attached or put into a drive")
    func refused() throws {
        expectRefusal { try bench.start("thief", disk()) }
        #expect(try bench.manager.check("thief").causes.contains { $0.message.contains("lies outside") })
        let drive =
            "<disk type='file' device='cdrom'><driver name='qemu' type='qcow2'/><target dev='hdc' bus='ide'/></disk>"
        try bench.start("victim", drive)
        expectRefusal { _ = try bench.manager.attachDevice("victim", bench.device(disk()), scope: .live) }
        expectRefusal { _ = try bench.manager.changeMedia("victim", target: "hdc", .insert(path: top)) }
        #expect(try bench.manager.domain("victim").devices.disks.count == 1)
    }

    @Test("what the definition declares is its own affair")
    func declared() throws {
        let store =
            "<backingStore type='file'><format type='raw'/><source file='\(secret)'/><backingStore/></backingStore>"
        try bench.start("owner", disk(store))
        #expect(try bench.manager.status("owner").state == .running)
    }

    @Test("what a declared image builds on is the image's again")
    func below() throws {
        let upper = bench.bench.folder + "/images/upper.qcow2"
        let made = try SpawnedProcess.spawn(
            .init(
                executable: "/usr/bin/qemu-img",
                arguments: ["create", "-q", "-f", "qcow2", "-b", top, "-F", "qcow2", upper]))
        #expect(ProcessExit.wait(for: made.handle, until: .after(.seconds(20))) == .exited(0))
        let store = "<backingStore type='file'><format type='qcow2'/><source file='\(top)'/></backingStore>"
        let disk = disk(store).replacingOccurrences(of: "'\(top)'/>\(store)", with: "'\(upper)'/>\(store)")
        expectRefusal { try bench.start("half", disk) }
    }
}
