import Foundation
import QEMULauncher
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Saved machines, on real QEMU.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct SaveTests {
    @Test("a machine with plugged devices is saved and restored as it was", arguments: LiveBench.emulators)
    func roundTrip(emulator: String) throws {
        let bench = try LiveBench()
        let manager = bench.manager
        let path = bench.bench.folder + "/saved"
        try bench.start("trip", emulator: emulator)
        try manager.attachDevice("trip", bench.disk(try bench.image("a"), "vdb"), scope: .live)
        try manager.attachDevice("trip", bench.disk(try bench.image("b"), "sda", bus: "scsi"), scope: .live)
        try manager.setProcessors("trip", count: 2, scope: .live)
        var seen = 0
        try manager.save("trip", to: path) { _ in
            seen += 1
            return false
        }
        var state = try manager.status("trip")
        #expect(state.state == .shutOff && state.reason == .saved)
        #expect(!FileManager.default.fileExists(atPath: path + ".part"))
        #expect(try manager.savedXML(path).contains("vdb"))
        state = try manager.restore(path)
        #expect(state.state == .running && state.reason == .restored)
        #expect(try bench.has("trip", device: "virtio-disk1"))
        #expect(try bench.run("trip", "query-cpus-fast").array?.count == 2)
        #expect(try manager.xml("trip").contains("vdb"))
        // Saved again, and left paused this time.
        try manager.save("trip", to: path, resume: .paused)
        state = try manager.restore(path)
        #expect(state.state == .paused)
    }

    @Test("the real guest goes on where it was", .enabled(if: LiveBench.hasGuest, "needs make guest"))
    func realGuest() throws {
        let bench = try LiveBench()
        try bench.start("real", guest: true)
        try bench.waitForGuest("real")
        try bench.manager.managedSave("real")
        #expect(try bench.manager.hasManagedSave(bench.manager.find("real")))
        let state = try bench.manager.start("real")
        #expect(state.reason == .restored)
        #expect(try !bench.manager.hasManagedSave(bench.manager.find("real")))
        try bench.waitForGuest("real")
        // It was not booted again: it obeys its power button at once.
        try bench.manager.shutdown("real", wait: .seconds(30))
    }

    @Test("a managed save is used up by a start, forgotten by --force-boot or by removing it")
    func managed() throws {
        let bench = try LiveBench()
        let manager = bench.manager
        try bench.start("managed")
        try manager.managedSave("managed")
        #expect(try manager.start("managed", forceBoot: true).reason == .booted)
        #expect(try !manager.hasManagedSave(manager.find("managed")))
        try manager.managedSave("managed", resume: .paused)
        // Under another name the next start would not find it, and would boot on disks that have moved on.
        let refused = #expect(throws: VMError.self) { try manager.rename("managed", to: "renamed") }
        #expect(refused?.code == .wrongState)
        #expect(try manager.start("managed").state == .paused)
        try manager.managedSave("managed")
        #expect(try manager.removeManagedSave("managed"))
        #expect(try !manager.removeManagedSave("managed"))
        #expect(try manager.start("managed").reason == .booted)
        try manager.managedSave("managed")
        // One of an earlier domain of that name isn't this one's, however it came to stay.
        #expect(throws: VMError.self) { try manager.undefine("managed") }
        let saved = try manager.managedSavePath(manager.find("managed").uuid)
        rename(saved, saved + ".aside")
        try manager.undefine("managed")
        rename(saved + ".aside", saved)
        _ = try bench.bench.define("managed", "")
        #expect(try manager.start("managed").reason == .booted)
        #expect(Files.exists(saved))
        try manager.managedSave("managed")
        // A damaged one is told, and nothing is started.
        truncate(try manager.managedSavePath(manager.find("managed").uuid), 5000)
        let error = #expect(throws: VMError.self) { try manager.start("managed") }
        #expect(error?.firstRemedy?.text == "'start --force-boot managed' boots it afresh")
        #expect(try manager.hasManagedSave(manager.find("managed")))
    }

    @Test("a managed save that is another domain's is not restored, and stays")
    func foreign() throws {
        let bench = try LiveBench()
        let manager = bench.manager
        try bench.start("one")
        try bench.start("two")
        for name in ["one", "two"] { try manager.managedSave(name) }
        let paths = try ["one", "two"].map { try #require(manager.managedSave(of: manager.find($0))) }
        try Files.write(try Files.read(paths[0], limit: 1 << 30), to: paths[1])
        let error = #expect(throws: VMError.self) { try manager.start("two") }
        #expect(error.map { "\($0)" }?.contains("managed save can't be used") == true)
        #expect(try manager.status("two").state == .shutOff)
        #expect(paths.allSatisfy { Files.exists($0) })
        #expect(try manager.start("one").reason == .restored)
    }

    @Test("the XML in the file is read and replaced; another machine's isn't taken")
    func xml() throws {
        let bench = try LiveBench()
        let manager = bench.manager
        let path = bench.bench.folder + "/saved"
        try bench.start("xml")
        try manager.save("xml", to: path)
        let changed = try manager.savedXML(path).replacingOccurrences(
            of: "<uuid>", with: "<title>\(String(repeating: "x", count: 9000))</title><uuid>")
        #expect(try manager.redefineSaved(path, xml: Array(changed.utf8), resume: .paused))
        #expect(try !manager.redefineSaved(path, xml: Array(changed.utf8), resume: .paused))
        #expect(try manager.savedXML(path) == changed)
        let other = changed.replacingOccurrences(of: "<name>xml</name>", with: "<name>other</name>")
        #expect(throws: VMError.self) { try manager.redefineSaved(path, xml: Array(other.utf8)) }
        #expect(try manager.restore(path).state == .paused)
        #expect(try manager.xml("xml").contains("<title>xxx"))
    }

    @Test("files that are none of these, cut short, or unfinished are told")
    func damaged() throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        func message() -> String? {
            do { try bench.manager.restore(path) } catch { return error.message }
            return nil
        }
        try bench.start("bad")
        try bench.manager.save("bad", to: path)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        func write(_ data: Data) throws { try data.write(to: URL(fileURLWithPath: path)) }
        try write(Data("hello".utf8))
        #expect(message()?.contains("magic is incorrect") == true)
        try write(whole.dropLast(1))
        #expect(message()?.contains("cut short") == true)
        var changed = whole
        changed[100] ^= 1
        try write(changed)
        #expect(message()?.contains("its XML isn't as it was written") == true)
        changed = whole
        changed[12] = 0
        try write(changed)
        #expect(message()?.contains("incomplete") == true)
        changed = whole
        // QEMU's own part begins at a whole page behind the XML.
        let offset = whole.dropFirst(16).prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        changed.replaceSubrange(offset..<(offset + 8), with: Data(repeating: 0xff, count: 8))
        try write(changed)
        #expect(message() != nil)
        try write(whole)
        #expect(try bench.manager.restore(path).state == .running)
        #expect(message() != nil)
    }

    @Test("a full disk: the machine runs on, and nothing is left of the file")
    func diskFull() throws {
        let bench = try LiveBench()
        let folder = bench.bench.folder + "/full"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard geteuid() == 0,
            case let mount = try SpawnedProcess.spawn(
                .init(executable: "/bin/mount", arguments: ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder])),
            ProcessExit.wait(for: mount.handle, until: .after(.seconds(10))) == .exited(0)
        else { return }
        defer {
            if let process = try? SpawnedProcess.spawn(.init(executable: "/bin/umount", arguments: [folder])) {
                _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(10)))
            }
        }
        try bench.start("full")
        let error = #expect(throws: VMError.self) { try bench.manager.save("full", to: folder + "/saved") }
        #expect(error?.code == .io, "\(String(describing: error))")
        try eventually("it runs on") { try bench.manager.status("full").state == .running }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        #expect(throws: VMError.self) { try bench.manager.dump("full", to: folder + "/core") }
        try eventually("it runs on") { try bench.manager.status("full").state == .running }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        #expect(throws: VMError.self) { try bench.manager.save("full", to: "/nowhere/saved") }
        #expect(throws: VMError.self) { try bench.manager.save("full", to: bench.bench.folder) }
        #expect(try bench.manager.status("full").state == .running)
    }

    @Test("a job is stopped: the machine runs on")
    func cancelled() throws {
        let bench = try LiveBench()
        let manager = bench.manager
        let path = bench.bench.folder + "/saved"
        try bench.start("stop")
        let qemu = try #require(try manager.status("stop").qemu?.pid)
        // It is stopped while the job begins, so that there is time to change one's mind.
        kill(qemu, SIGSTOP)
        Thread {
            Poll.sleep(.milliseconds(300))
            Thread { try? manager.abortJob("stop") }.start()
            Poll.sleep(.milliseconds(200))
            kill(qemu, SIGCONT)
        }.start()
        let error = #expect(throws: VMError.self) { try manager.save("stop", to: path) }
        #expect(error?.code == .cancelled)
        #expect(try manager.job("stop")?.phase == .cancelled)
        try eventually("it runs on") { try manager.status("stop").state == .running }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: path + ".part"))
        #expect(throws: VMError.self) { try manager.abortJob("stop") }
        // Who wants it stopped at once may come too late, which is no failure.
        do { try manager.save("stop", to: path) { _ in true } } catch { #expect(error.code == .cancelled) }
    }

    @Test("a machine that isn't stored is saved and restored too, and leaves nothing behind at its end")
    func transient() throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("guest")
        let folder = try bench.manager.find("guest").runtime.path
        try bench.manager.undefine("guest")
        #expect(throws: VMError.self) { try bench.manager.managedSave("guest") }
        try bench.manager.save("guest", to: path)
        #expect(throws: VMError.self) { try bench.manager.status("guest") }
        #expect(try bench.manager.restore(path).state == .running)
        try bench.manager.attachDevice("guest", bench.disk(try bench.image("a"), "vdb"), scope: .current)
        #expect(throws: VMError.self) {
            try bench.manager.attachDevice("guest", bench.disk(try bench.image("b"), "vdc"), scope: .config)
        }
        try bench.manager.destroy("guest")
        try eventually("its folder is gone") { !FileManager.default.fileExists(atPath: folder) }
    }

    @Test(
        "a supervisor that is killed at any step: saved, or running on",
        arguments: [
            "job.journal", "job.stopped", "job.file", "job.begun", "job.written", "job.renamed",
        ])
    func killed(at point: String) throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("killed", failpoint: point)
        let supervisor = try #require(try bench.manager.status("killed").supervisor)
        do { try bench.manager.save("killed", to: path) } catch {
            try eventually("it runs on") { try bench.manager.status("killed").state == .running }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        #expect(!supervisor.isAlive)
        #expect(!FileManager.default.fileExists(atPath: path + ".part"))
        if try !bench.manager.status("killed").state.isActive {
            #expect(try bench.manager.status("killed").reason == .saved)
            #expect(try bench.manager.restore(path).state == .running)
        } else {
            try bench.manager.save("killed", to: path)
            #expect(try bench.manager.restore(path).state == .running)
        }
    }

    @Test(
        "a supervisor that is killed while it restores: the saved state is still there, or the machine runs",
        arguments: ["restore.read", "restore.runs"])
    func killedWhileRestoring(at point: String) throws {
        let bench = try LiveBench()
        try bench.start("back")
        try bench.manager.managedSave("back")
        let failing = try bench.failing(at: point)
        if point == "restore.read" {
            #expect(throws: VMError.self) { try failing.start("back") }
            #expect(try bench.manager.status("back").state == .shutOff)
            #expect(try bench.manager.hasManagedSave(bench.manager.find("back")))
            #expect(try bench.manager.start("back").reason == .restored)
        } else {
            // Its CPUs have run: the machine is not to be ended, and the state not to be run again.
            #expect(try failing.start("back").state == .running)
            #expect(try !bench.manager.hasManagedSave(bench.manager.find("back")))
            let image = try bench.manager.managedSavePath(bench.manager.find("back").uuid)
            #expect(!Files.exists(image + ".restoring") && !Files.exists(image + ".resumed"))
            #expect(try bench.manager.status("back").supervisor?.isAlive == true)
        }
    }

    @Test("a managed save that QEMU has read, and that was never run from, is there after all have been killed")
    func killedAfterReading() throws {
        let bench = try LiveBench()
        try bench.start("back")
        try bench.manager.managedSave("back")
        let path = try bench.manager.managedSavePath(bench.manager.find("back").uuid)
        #expect(rename(path, path + ".restoring") == 0)
        #expect(try bench.manager.start("back").reason == .restored)
        #expect(!Files.exists(path) && !Files.exists(path + ".restoring") && !Files.exists(path + ".resumed"))
        // One that may have been run from doesn't fit the disks, and isn't kept for nothing.
        try bench.manager.destroy("back")
        try Files.write([1], to: path + ".resumed")
        #expect(try bench.manager.start("back").reason == .booted)
        #expect(!Files.exists(path + ".resumed"))
    }

    @Test("a save that was stopped isn't taken for done by the next supervisor, because an older file has its name")
    func olderFile() throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("old")
        try bench.manager.save("old", to: path)
        let before = try Files.read(path)
        try bench.manager.start("old")
        let state = try bench.manager.status("old")
        // As it is when the half-made file is gone already, and the end isn't written down yet.
        try Files.write([1], to: path + ".part")
        let part = try #require(BlockJob.FileMark(path + ".part"))
        #expect(unlink(path + ".part") == 0)
        let job: JSONObject = [
            "id": "1", "kind": "save", "phase": "running", "path": .string(path), "started": 1, "wasRunning": true,
            "part": .object(part.json),
        ]
        let file = try bench.manager.find("old").runtime.job
        try Files.write(Array(JSONValue.object(job).description.utf8), to: file)
        kill(try #require(state.supervisor?.pid), SIGKILL)
        try eventually("the job has ended", within: .seconds(30)) {
            try bench.manager.mend("old")
            return try bench.manager.job("old")?.phase == .failed
        }
        #expect(try bench.manager.status("old").state == .running)
        #expect(state.qemu?.isAlive == true)
        #expect(try Files.read(path) == before)
    }

    @Test("nothing is saved or dumped over a disk, its own or another domain's")
    func overDisks() throws {
        let bench = try LiveBench()
        let (own, other) = (try bench.image("own"), try bench.image("other"))
        func disk(_ path: String, _ target: String) -> String {
            "<disk type='file'><driver name='qemu' type='raw'/><source file='\(path)'/>"
                + "<target dev='\(target)' bus='virtio'/></disk>"
        }
        try bench.start("mine", disk(own, "vdb"))
        let xml = """
            <domain type='qemu'><name>theirs</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices>\(disk(other, "vda"))</devices></domain>
            """
        _ = try bench.manager.define(Array(xml.utf8))
        for path in [own, other] {
            #expect(throws: VMError.self) { try bench.manager.save("mine", to: path) }
            #expect(throws: VMError.self) { try bench.manager.dump("mine", to: path) }
            #expect(try Files.read(path).count == 4 << 20)
        }
        #expect(try bench.manager.status("mine").state == .running)
    }

    @Test("a QEMU that is killed while it is saved: nothing is left but the definition")
    func killedQEMU() throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("dead")
        let qemu = try #require(try bench.manager.status("dead").qemu?.pid)
        kill(qemu, SIGSTOP)
        let killer = Thread {
            Poll.sleep(.milliseconds(300))
            kill(qemu, SIGKILL)
        }
        killer.start()
        #expect(throws: VMError.self) { try bench.manager.save("dead", to: path) }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: path + ".part"))
        try eventually("it has ended") { try bench.manager.status("dead").state == .shutOff }
        try bench.manager.start("dead")
    }

    @Test("a QEMU that is stopped: a timeout, and the machine runs on when QEMU does")
    func stoppedQEMU() throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/saved"
        try bench.start("frozen")
        let qemu = try #require(try bench.manager.status("frozen").qemu?.pid)
        kill(qemu, SIGSTOP)
        let error = #expect(throws: VMError.self) { try bench.manager.save("frozen", to: path) }
        #expect(error?.code == .timeout)
        #expect(!FileManager.default.fileExists(atPath: path + ".part"))
        kill(qemu, SIGCONT)
        try eventually("it runs on") {
            try bench.manager.status("frozen").state == .running
                && bench.run("frozen", "query-status")["running"]?.bool == true
        }
        try bench.manager.save("frozen", to: path)
        #expect(try bench.manager.restore(path).state == .running)
    }

    @Test("a core of the guest's memory: whole or not there; the machine runs on", arguments: LiveBench.emulators)
    func dump(emulator: String) throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/core"
        try bench.start("core", emulator: emulator)
        for (live, after) in [(false, nil), (true, nil), (false, "reset"), (false, "crash")] as [(Bool, String?)] {
            try bench.manager.dump("core", to: path, live: live, after: after)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)).prefix(4) == Data([0x7f, 0x45, 0x4c, 0x46]))
            #expect(!FileManager.default.fileExists(atPath: path + ".part"))
            if after != "crash" {
                try eventually("it runs on") { try bench.manager.status("core").state == .running }
                #expect(try bench.manager.job("core")?.phase == .completed)
            }
        }
        try eventually("it has ended") { try bench.manager.status("core").state == .shutOff }
    }
}
