import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMXML

@testable import VMManager

/// What belongs to a machine is its own, whatever domains are called.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct PossessionTests {
    @Test(
        "after a rename another domain of the old name has variables of its own",
        .enabled(if: Files.exists("/usr/share/OVMF/OVMF_VARS_4M.fd"), "needs OVMF"))
    func variables() throws {
        let bench = try DomainBench()
        let manager = bench.manager
        func define() throws {
            let xml = """
                <domain type='qemu'><name>web</name><memory unit='MiB'>64</memory>
                <os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>
                <devices><emulator>\(Bench.qemu)</emulator></devices></domain>
                """
            _ = try manager.define(Array(xml.utf8))
        }
        try define()
        try manager.start("web", paused: true)
        try manager.destroy("web")
        try manager.rename("web", to: "old")
        try define()
        let paths = try ["web", "old"].map { try #require(try manager.definition($0).os.nvram?.file) }
        #expect(paths[0] != paths[1])
        try manager.start("old", paused: true)
        try manager.start("web", paused: true)
        #expect(paths.allSatisfy(Files.exists))
        // One that is told to use another's file is refused while that one runs.
        var thief = try manager.definition("web")
        (thief.name, thief.uuid) = ("thief", nil)
        _ = try manager.define(Array(thief.xml.utf8))
        let error = #expect(throws: VMError.self) { try manager.start("thief", paused: true) }
        #expect(error.map { "\($0)" }?.contains("is in use by domain 'web'") == true)
        // Undefining it takes nothing away from the one that uses it.
        var request = UndefineRequest()
        request.nvram = .remove
        let result = try manager.undefine("thief", request)
        #expect(result.kept.contains { $0.path == paths[0] } && Files.exists(paths[0]))
    }

    @Test("a log goes with its machine, and is found by the domain's name")
    func logs() throws {
        let bench = try Bench()
        try bench.define("talks")
        try bench.manager.start("talks")
        try bench.manager.destroy("talks")
        let log = try bench.manager.logPath(of: "talks")
        let link = bench.manager.paths.logs + "/talks.log"
        #expect(Files.linkTarget(link).map { bench.manager.paths.logs + "/" + $0 } == log)
        _ = try bench.manager.rename("talks", to: "talked")
        #expect(try bench.manager.logPath(of: "talked") == log)
        // Another domain of that name has another log.
        try bench.define("talks")
        try bench.manager.start("talks")
        #expect(try bench.manager.logPath(of: "talks") != log)
        #expect(Files.linkTarget(link).map { bench.manager.paths.logs + "/" + $0 } != log)
    }

    @Test("an image that shows another format is not taken for raw, unless the document insists")
    func raw() throws {
        let bench = try LiveBench()
        let image = bench.bench.folder + "/image.qcow2"
        let made = try SpawnedProcess.spawn(
            .init(executable: "/usr/bin/qemu-img", arguments: ["create", "-q", "-f", "qcow2", image, "1M"]))
        _ = ProcessExit.wait(for: made.handle, until: .after(.seconds(10)))
        func document(_ driver: String, _ metadata: String = "") -> [UInt8] {
            Array(
                """
                <domain type='qemu'><name>disks</name><metadata>\(metadata)</metadata><memory unit='MiB'>32</memory>
                <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator>
                <disk type='file' device='disk'>\(driver)<source file='\(image)'/><target dev='vda' bus='virtio'/></disk>
                </devices></domain>
                """.utf8)
        }
        func refusal(_ text: [UInt8]) -> VMError? {
            do throws(VMError) { _ = try bench.manager.define(text) } catch { return error }
            return nil
        }
        for driver in ["", "<driver name='qemu' type='raw'/>"] {
            #expect(refusal(document(driver))?.message.contains("is declared raw") == true)
        }
        #expect(refusal(document("<driver name='qemu' type='qcow2'/>")) == nil)
        try bench.manager.undefine("disks")
        let insists = "<vmctl:raw xmlns:vmctl='urn:vmctl:domain:1' disk='vda'/>"
        #expect(refusal(document("<driver name='qemu' type='raw'/>", insists)) == nil)
        #expect(try bench.manager.start("disks", paused: true).state == .paused)
        try bench.manager.destroy("disks")
        let odd = "<vmctl:raw xmlns:vmctl='urn:vmctl:domain:1' target='vda'/>"
        #expect(refusal(document("", odd))?.diagnostics.isEmpty == false)
        // Nor is it plugged in.
        try bench.start("live")
        let device = try bench.device(
            "<disk type='file' device='disk'><source file='\(image)'/><target dev='vdb' bus='virtio'/></disk>")
        let error = #expect(throws: VMError.self) { try bench.manager.attachDevice("live", device, scope: .live) }
        #expect(error.map { "\($0)" }?.contains("is declared raw") == true)
    }

    @Test("a change of a password tells that there is one, and not which")
    func secretsInChanges() throws {
        func domain(_ password: String) throws -> Domain {
            try Domain.read(
                Array(
                    "<domain type='qemu'><name>s</name><devices><graphics type='vnc' passwd='\(password)'/></devices></domain>"
                        .utf8)
            ).checked()
        }
        let changes = try domain("first").changes(to: domain("second")).map(\.withoutSecrets)
        #expect(changes.count == 1)
        #expect(!changes.description.contains("first") && !changes.description.contains("second"))
        var without = try domain("first")
        without.devices.graphics = []
        let gone = try domain("first").changes(to: without).map(\.withoutSecrets)
        #expect(!gone.isEmpty && !gone.description.contains("first"), "\(gone)")
    }
}
