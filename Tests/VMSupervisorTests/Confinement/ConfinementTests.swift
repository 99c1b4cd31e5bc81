import Foundation
import MonitorJSON
import TestBench
import Testing
import VMDomain
import VMJSON
import VMXML

@testable import VMCore
@testable import VMManager

/// A QEMU that somebody has taken over finds nothing but its machine's files.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct ConfinementTests {
    private static let hasLandlock = Landlock.version != nil

    /// Has QEMU open a file by itself; its refusal, or nil.
    private func refusal(_ bench: LiveBench, _ name: String, _ path: String) -> String? {
        let node: JSONObject = ["driver": "file", "filename": .string(path), "node-name": "tried", "read-only": true]
        do throws(VMError) {
            let deadline = Deadline.after(.seconds(10))
            let monitor = try bench.manager.monitor(name)
            _ = try monitor.execute("blockdev-add", node, deadline: deadline)
            _ = try monitor.execute("blockdev-del", ["node-name": "tried"], deadline: deadline)
            return nil
        } catch {
            return "\(error)"
        }
    }

    private func overlay(_ bench: LiveBench, _ name: String, of base: String) throws -> String {
        let path = bench.bench.folder + "/" + name
        let made = try SpawnedProcess.spawn(
            .init(
                executable: "/usr/bin/qemu-img",
                arguments: ["create", "-q", "-f", "qcow2", "-b", base, "-F", "raw", path]))
        #expect(ProcessExit.wait(for: made.handle, until: .after(.seconds(10))) == .exited(0))
        return path
    }

    @Test(
        "files of the host are closed to QEMU, those of its machine open",
        .enabled(if: hasLandlock, "needs a kernel with Landlock"), arguments: LiveBench.emulators)
    func closed(emulator: String) throws {
        let bench = try LiveBench()
        let own = try bench.image("own.img")
        let secret = try bench.image("secret.img")
        let disk = try bench.disk(own, "vda").disks[0].write(as: "disk")
        try bench.start("shut", disk, emulator: emulator)
        #expect(refusal(bench, "shut", secret)?.contains("Permission denied") == true)
        #expect(refusal(bench, "shut", bench.manager.paths.runtime + "/next-id")?.contains("Permission denied") == true)
        #expect(refusal(bench, "shut", own) == nil)
        // What comes while it runs comes open, with what it builds on.
        let top = try overlay(bench, "top.qcow2", of: "secret.img")
        let device = try bench.device(
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(top)'/>"
                + "<target dev='vdb' bus='virtio'/></disk>")
        _ = try bench.manager.attachDevice("shut", device, scope: .live)
        #expect(try bench.manager.diskSize("shut", disk: "vdb").capacity == 4 << 20)
        #expect(refusal(bench, "shut", top)?.contains("Permission denied") == true)
    }

    @Test(
        "devices that come bring their files open; one that fails leaves no descriptor",
        .enabled(if: hasLandlock, "needs a kernel with Landlock"))
    func attached() throws {
        let bench = try LiveBench()
        let output = bench.bench.folder + "/out.log"
        try bench.start("grows", "<controller type='virtio-serial' index='0'/>")
        let channel = "<channel type='file'><source path='\(output)'/><target type='virtio' name='out'/></channel>"
        _ = try bench.manager.attachDevice("grows", bench.device(channel), scope: .live)
        #expect(Files.exists(output))
        let source = try bench.image("noise")
        let noise = "<rng model='virtio'><backend model='random'>\(source)</backend></rng>"
        _ = try bench.manager.attachDevice("grows", bench.device(noise), scope: .live)
        let sets = try bench.run("grows", "query-fdsets").array?.count
        // A machine that says raw of an image in use by itself is refused by QEMU.
        let disk = try bench.disk(bench.image("twice.img"), "vdx")
        _ = try bench.manager.attachDevice("grows", disk, scope: .live)
        let again = try bench.disk(bench.bench.folder + "/twice.img", "vdy")
        #expect(throws: VMError.self) { try bench.manager.attachDevice("grows", again, scope: .live) }
        #expect(try bench.run("grows", "query-fdsets").array?.count == (sets ?? 0) + 1)
    }

    @Test(
        "a document and a file of settings open everything", .enabled(if: hasLandlock, "needs a kernel with Landlock"))
    func open() throws {
        let bench = try LiveBench()
        let other = try bench.image("other.img")
        try bench.start("free")
        #expect(refusal(bench, "free", other) != nil)
        try bench.manager.destroy("free")
        var domain = try bench.manager.definition("free")
        var label = SecurityLabel()
        label.type = SecurityLabel.Kind.none
        domain.seclabels = [label]
        _ = try bench.manager.define(Array(domain.xml.utf8))
        try bench.manager.start("free")
        #expect(refusal(bench, "free", other) == nil)
        try bench.start("set")
        try bench.manager.destroy("set")
        try Files.write(Array("confinement = off\n".utf8), to: bench.manager.settingsFile, durable: false)
        try bench.manager.start("set")
        #expect(refusal(bench, "set", other) == nil)
    }

    @Test(
        "media go in and out, files that QEMU writes are made, sockets stay usable",
        .enabled(if: hasLandlock, "needs a kernel with Landlock"))
    func working() throws {
        let bench = try LiveBench()
        let (log, socket) = (bench.bench.folder + "/serial.log", bench.bench.folder + "/chat.sock")
        let devices = """
            <disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>
            <serial type='file'><source path='\(log)'/></serial>
            <channel type='unix'><source mode='bind' path='\(socket)'/><target type='virtio' name='chat'/></channel>
            """
        for round in 1...2 {
            if round == 1 { try bench.start("works", devices) } else { try bench.manager.start("works") }
            #expect(Files.exists(log) && Socket.isListening(socket))
            let medium = try bench.image("medium.iso")
            _ = try bench.manager.changeMedia("works", target: "hdc", .insert(path: medium))
            #expect(try bench.manager.domain("works").devices.disks[0].source.file == medium)
            let image = try bench.run("works", "query-block").array?.compactMap { $0["inserted"] }.first
            #expect(image?["ro"]?.bool == true)
            _ = try bench.manager.changeMedia("works", target: "hdc", .eject)
            #expect(try bench.run("works", "query-fdsets").array?.isEmpty == true)
            try bench.manager.destroy("works")
            #expect(!Files.exists(socket))
        }
    }
}

/// Machines of root, whose QEMU runs as somebody else.
@Suite(.serialized, .enabled(if: Bench.hasQEMU && getuid() == 0, "needs root"), .timeLimit(.minutes(40)))
struct QEMUUserTests {
    private let bench: LiveBench
    private let account = HostUser(name: "daemon", id: 1, group: 1)

    init() throws {
        bench = try LiveBench()
        chmod(bench.bench.folder, 0o700)
        try Folders.make(bench.manager.paths.domains)
        try Files.write(Array("user = daemon\n".utf8), to: bench.manager.settingsFile, durable: false)
    }

    private func rights(_ path: String) throws -> UInt16? { try AccessList(of: FilePlace(path)).rights(of: account.id) }

    private func start(_ name: String, _ disks: [String], readOnly: Bool = false) throws {
        let devices = try disks.enumerated().map { index, path in
            var disk = try bench.disk(path, "vd\("abc".dropFirst(index).prefix(1))").disks[0]
            disk.readonly = readOnly
            return disk.write(as: "disk")
        }
        try bench.start(name, devices.joined())
    }

    @Test("it has no capability, owns nothing, and what it was given is taken back at the end")
    func user() throws {
        let image = try bench.image("disk.img")
        chmod(image, 0o600)
        try start("lowly", [image])
        let qemu = try #require(try bench.manager.status("lowly").qemu)
        let status = try String(contentsOfFile: "/proc/\(qemu.pid)/status", encoding: .utf8)
        #expect(status.contains("Uid:\t1\t1\t1\t1") && status.contains("CapEff:\t0000000000000000"))
        #expect(try rights(image) == 6 && rights(bench.bench.folder) == 1)
        let place = try FilePlace(image)
        #expect(place.owner == 0 && place.group == 0)
        // A file that it may not use gets into its hands open.
        let other = try bench.image("other.img")
        chmod(other, 0o600)
        _ = try bench.manager.attachDevice("lowly", bench.disk(other, "vdd"), scope: .live)
        #expect(try rights(other) == nil)
        try bench.manager.destroy("lowly")
        #expect(try rights(image) == nil && rights(bench.bench.folder) == nil)
        #expect(try FilePlace(image).mode & 0o777 == 0o600 && FilePlace(bench.bench.folder).mode & 0o777 == 0o700)
    }

    @Test("what two machines share stays open until the second ends; an administrator's own entry stays for ever")
    func shared() throws {
        let (image, own) = (try bench.image("shared.img"), try bench.image("given.img"))
        for path in [image, own] { chmod(path, 0o600) }
        let place = try FilePlace(own)
        var list = try AccessList(of: place)
        list.set(4, of: account.id)
        try list.apply(to: place)
        try start("one", [image, own], readOnly: true)
        try start("two", [image, own], readOnly: true)
        try bench.manager.destroy("one")
        #expect(try rights(image) == 4 && rights(own) == 4)
        try bench.manager.destroy("two")
        #expect(try rights(image) == nil && rights(own) == 4)
    }

    @Test("it is taken back when supervisor and QEMU were killed, by whoever looks after the machine next")
    func killed() throws {
        let image = try bench.image("left.img")
        chmod(image, 0o600)
        try start("dead", [image])
        let state = try bench.manager.status("dead")
        killForGood(supervisor: try #require(state.supervisor?.pid))
        kill(try #require(state.qemu?.pid), SIGKILL)
        // A process that was killed lets go of its locks as the last thing.
        let folder = RuntimeFolder(base: bench.manager.paths.runtime, uuid: state.uuid).path
        try eventually("it is dead") {
            state.qemu?.isAlive == false && !FileLock.isHeld(folder + "/qemu.lock")
                && !FileLock.isHeld(folder + "/supervisor.lock")
        }
        #expect(try rights(image) == 6)
        try start("next", [try bench.image("next.img")])
        #expect(try rights(image) == nil)
    }

    @Test("a supervisor that is stopped over the rights of files keeps no other machine from ending")
    func held() throws {
        let image = try bench.image("held.img")
        chmod(image, 0o600)
        try start("ends", [image])
        let qemu = try #require(try bench.manager.status("ends").qemu)
        guard let lock = try FileLock.take(bench.manager.paths.state + "/grants/lock") else {
            Issue.record("the lock is held already")
            return
        }
        #expect(try bench.manager.destroy("ends").reason == .destroyed)
        #expect(!qemu.isAlive)
        // Nobody can begin meanwhile, and nobody hangs.
        let error = #expect(throws: VMError.self) { try start("waits", [image]) }
        #expect(error?.code == .busy, "\(String(describing: error))")
        _ = consume lock
        // The next one takes back what the first has left.
        try start("next", [try bench.image("other.img")])
        #expect(try rights(image) == nil)
    }

    @Test("a link of somebody else to a file that isn't theirs is not followed for it")
    func links() throws {
        let (secret, trap) = (try bench.image("secret.img"), bench.bench.folder + "/trap.img")
        chmod(secret, 0o600)
        symlink(secret, trap)
        lchown(trap, 4001, 4001)
        let error = #expect(throws: VMError.self) { try start("fooled", [trap]) }
        #expect(error.map { "\($0)" }?.contains("is a link of user 4001 to a file that isn't theirs") == true)
        #expect(try rights(secret) == nil)
    }
}
