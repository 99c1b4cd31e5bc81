import Foundation
import MonitorJSON
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager
import VMXML

/// What a document, an image or a QEMU names is used for what it is meant for, and for nothing else.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct OutsideWordsTests {
    private func document(_ devices: String, _ os: String = "") -> String {
        """
        <domain type='qemu'><name>named</name><memory unit='MiB'>32</memory>
        <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
        <os><type arch='x86_64' machine='pc'>hvm</type>\(os)</os>
        <devices><emulator>\(Bench.qemu)</emulator>\(devices)</devices></domain>
        """
    }

    private func domain(_ text: String) throws -> Domain {
        try Domain.read(Array(text.utf8), options: .lenient).checked()
    }

    @Test("a file system's program that others could have put there isn't run by what only looks at the document")
    func foreignProgram() throws {
        let bench = try DomainBench()
        let folder = bench.folder + "/shared"
        try Folders.make(folder)
        let (program, trace) = (folder + "/daemon", bench.folder + "/trace")
        try Files.write(Array("#!/bin/sh\ntouch '\(trace)'\n".utf8), to: program)
        chmod(program, 0o755)
        // Everybody may put another program there.
        chmod(folder, 0o777)
        let xml = document(
            "<filesystem type='mount'><driver type='virtiofs'/><binary path='\(program)'/>"
                + "<source dir='/usr/share'/><target dir='share'/></filesystem>")
        var manager = bench.manager
        manager.trustsEmulators = false
        _ = manager.check(try domain(xml))
        #expect(!Files.exists(trace))
        if getuid() == 0 {
            _ = try manager.define(Array(xml.utf8))
            let error = #expect(throws: VMError.self) { try manager.start("named") }
            #expect(error?.description.contains("isn't run as root") == true, "\(String(describing: error))")
            #expect(!Files.exists(trace))
        }
    }

    @Test("a USB hub on which devices sit is not pulled out, nor is the board's own bus")
    func carriers() throws {
        let bench = try LiveBench()
        try bench.start(
            "carrier",
            "<controller type='usb' model='qemu-xhci'/><hub type='usb'><address type='usb' bus='0' port='1'/></hub>"
                + "<input type='tablet' bus='usb'><address type='usb' bus='0' port='1.1'/></input>")
        let live = try bench.manager.domain("carrier")
        var hub = Devices()
        hub.hubs = live.devices.hubs
        let error = #expect(throws: VMError.self) {
            try bench.manager.detachDevice("carrier", hub, scope: .live)
        }
        #expect(error?.description.contains("still attached to it") == true, "\(String(describing: error))")
        var root = Devices()
        root.controllers = live.devices.controllers.filter { $0.type == .pci && $0.index == 0 }
        let other = #expect(throws: VMError.self) { try bench.manager.detachDevice("carrier", root, scope: .live) }
        #expect(other?.code == .unsupported)
        #expect(try bench.manager.domain("carrier").devices.hubs.count == 1)
        #expect(try bench.manager.domain("carrier").devices.controllers.contains { $0.type == .pci })
    }

    @Test(
        "a FIFO is no kernel, no firmware and no log: it is told, and not waited for",
        arguments: [
            "<kernel>%</kernel>", "<initrd>%</initrd>", "<loader type='rom'>%</loader>",
        ])
    func fifos(_ os: String) throws {
        let bench = try DomainBench()
        let path = bench.folder + "/fifo"
        mkfifo(path, 0o600)
        let found = bench.manager.check(
            try domain(document("", os.replacingOccurrences(of: "%", with: path)))
        ).causes
        #expect(found.contains { $0.message.contains("FIFO") }, "\(found)")
    }

    @Test("a disk that its guest has encrypted whole starts again")
    func encryptedByGuest() throws {
        let bench = try LiveBench()
        let image = try bench.image("encrypted.img")
        try bench.start("guest", try bench.disk(image, "vda").disks[0].write(as: "disk"))
        try bench.manager.destroy("guest")
        let file = try FileDescriptor.open(image, flags: O_WRONLY)
        let magic = Array("LUKS".utf8) + [0xba, 0xbe, 0, 2]
        #expect(pwrite(file.raw, magic, magic.count, 0) == magic.count)
        #expect(try bench.manager.start("guest").state == .running)
    }

    @Test("a saved machine goes on under its own name and identity only, whatever XML is given with it")
    func saved() throws {
        let bench = try LiveBench()
        try bench.start("kept")
        let path = bench.bench.folder + "/kept.save"
        try bench.manager.save("kept", to: path)
        let text = try bench.manager.savedXML(path)
        let renamed = text.replacingOccurrences(of: "<name>kept</name>", with: "<name>taken</name>")
        let error = #expect(throws: VMError.self) { try bench.manager.restore(path, xml: Array(renamed.utf8)) }
        #expect(error?.message.contains("does not match") == true, "\(String(describing: error))")
        #expect(try bench.manager.restore(path, xml: Array(text.utf8)).state == .running)
    }

    @Test("an image whose header describes what it builds on is refused, wherever that leads")
    func describedBacking() throws {
        let bench = try LiveBench()
        let (base, top) = (try bench.image("base.img"), bench.bench.folder + "/top.qcow2")
        let name = "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"\(base)\"}}"
        let made = try SpawnedProcess.spawn(
            .init(
                executable: "/usr/bin/qemu-img",
                arguments: ["create", "-q", "-f", "qcow2", "-b", name, "-F", "raw", top]))
        #expect(ProcessExit.wait(for: made.handle, until: .after(.seconds(20))) == .exited(0))
        let disk =
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(top)'/>"
            + "<target dev='vda' bus='virtio'/></disk>"
        #expect(!bench.manager.check(try domain(document(disk))).causes.isEmpty)
    }

    @Test("a start that QEMU refuses is told in the words of the check, with QEMU's own as the cause")
    func explained() throws {
        let bench = try LiveBench()
        let source = bench.bench.folder + "/noise"
        let file = FileManager.default.createFile(atPath: source, contents: Data(count: 4096))
        #expect(file)
        try bench.start("told", "<rng model='virtio'><backend model='random'>\(source)</backend></rng>")
        try bench.manager.destroy("told")
        unlink(source)
        let error = #expect(throws: VMError.self) { try bench.manager.start("told") }
        #expect(error?.description.contains("Cannot access") == true, "\(String(describing: error))")
    }
}
