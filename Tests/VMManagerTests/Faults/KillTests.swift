import Foundation
import TestBench
import Testing
import VMTestSupport
import VMCore
import VMJSON
import VMManager

/// Processes killed at every moment: nothing may be lost, half-written or left behind.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct KillTests {
    /// The supervisor of a start under way, once it has published itself.
    private func supervisor(of folder: RuntimeFolder, except old: ProcessIdentity?) -> ProcessIdentity? {
        let deadline = Deadline.after(.seconds(10))
        while !deadline.hasPassed {
            if let found = (try? folder.readState())??.supervisor, found != old { return found }
        }
        return nil
    }

    @Test("a supervisor killed at any moment of a start: it runs, or nothing is left and it starts again")
    func supervisorDuringStart() throws {
        let bench = try Bench()
        let definition = try bench.define("killed")
        let folder = RuntimeFolder(base: bench.manager.paths.runtime, uuid: definition.uuid)
        for delay in stride(from: 0, through: 60, by: 6) {
            let starter = Background { [manager = bench.manager] in (try? manager.start("killed")) != nil }
            if let supervisor = supervisor(of: folder, except: nil) {
                Poll.sleep(.milliseconds(delay))
                kill(supervisor.pid, SIGKILL)
            }
            let isDone = starter.wait() == true
            let state = try bench.manager.mend("killed")
            if state.state.isActive {
                // A process that was killed just now may look alive for a moment more.
                try eventually("the machine has a supervisor") {
                    try bench.manager.mend("killed").supervisor?.isAlive == true
                }
                #expect(state.qemu?.isAlive == true)
                try bench.manager.destroy("killed")
            } else {
                #expect(!isDone)
                #expect(state.reason == .failed)
            }
            #expect(!FileLock.isHeld(folder.path + "/qemu.lock"))
            #expect(try bench.manager.list().isEmpty)
        }
        #expect(try bench.manager.start("killed").state == .running)
    }

    @Test("QEMU killed at any moment of a start: the start fails and says how")
    func qemuDuringStart() throws {
        let bench = try Bench()
        let definition = try bench.define("shot")
        let folder = RuntimeFolder(base: bench.manager.paths.runtime, uuid: definition.uuid)
        var last: ProcessIdentity?
        for delay in stride(from: 0, through: 20, by: 5) {
            let starter = Background { [manager = bench.manager] () -> VMError? in
                do throws(VMError) {
                    try manager.start("shot")
                    return nil
                } catch {
                    return error
                }
            }
            let deadline = Deadline.after(.seconds(10))
            while !deadline.hasPassed {
                // Until the new start publishes, the file tells of the last one.
                guard let qemu = (try? folder.readState())??.qemu, qemu != last else { continue }
                last = qemu
                Poll.sleep(.milliseconds(delay))
                kill(qemu.pid, SIGKILL)
                break
            }
            let error = starter.wait() ?? nil
            try eventually("the end is known: \(try bench.manager.status("shot").json)") {
                try bench.manager.status("shot").state == .shutOff
            }
            if let error {
                #expect(error.message == "QEMU was killed by SIGKILL while it started and said nothing")
                #expect(try bench.manager.status("shot").reason == .failed)
            } else {
                #expect(try bench.manager.status("shot").reason == .crashed)
            }
        }
    }

    @Test("kill -9 in the middle of defines: none that was acknowledged is lost, none is half there")
    func defines() throws {
        let bench = try Bench()
        let folder = bench.folder
        let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/vmctl"
        try #require(access(program, X_OK) == 0, "vmctl isn't built")
        let padding = String(repeating: "<!-- padding -->", count: 2000)
        var acknowledged: [String] = []
        for round in 0..<25 {
            let name = "d\(round)"
            let file = "\(folder)/\(name).xml"
            let document =
                "<domain type='qemu'><name>\(name)</name><memory unit='MiB'>64</memory>\(padding)"
                + "<os><type arch='x86_64' machine='none'>hvm</type></os></domain>"
            try Files.write(Array(document.utf8), to: file)
            let process = try SpawnedProcess.spawn(
                .init(
                    executable: program, arguments: ["define", file],
                    environment: [("VMCTL_HOME", folder), ("PATH", "/usr/bin:/bin")]))
            // The first is left in peace: it asks the emulator what it can do, which the others then know.
            if round > 0 {
                Poll.sleep(.milliseconds(round * 2))
                sendSignal(SIGKILL, to: process.handle)
            }
            if ProcessExit.wait(for: process.handle, until: .after(.seconds(20))) == .exited(0) {
                acknowledged.append(name)
            }
        }
        let list = try bench.manager.list(.all)
        #expect(acknowledged.first == "d0")
        #expect(list.filter { $0.problem != nil }.isEmpty)
        for name in acknowledged { #expect(list.contains { $0.name == name }) }
        // The killed ones' lock is free and their temporary files don't count as domains.
        try bench.define("after")
    }

    @Test("the host was restarted: what ran is shut off, and starts again")
    func hostRestarted() throws {
        let bench = try Bench()
        try bench.define("rebooted")
        let state = try bench.manager.start("rebooted")
        killForGood(supervisor: try #require(state.supervisor?.pid))
        kill(try #require(state.qemu?.pid), SIGKILL)
        try eventually("both are gone") { state.supervisor?.isAlive == false && state.qemu?.isAlive == false }
        var text = String(decoding: try Files.read(bench.runtime("rebooted").state), as: UTF8.self)
        text = text.replacingOccurrences(of: hostBootID(), with: "another-boot")
        // The numbers now belong to processes that live.
        text = text.replacingOccurrences(of: "\"pid\":\(state.qemu?.pid ?? 0)", with: "\"pid\":\(getpid())")
        try Files.write(Array(text.utf8), to: bench.runtime("rebooted").state)
        let now = try bench.manager.status("rebooted")
        #expect(now.state == .shutOff)
        #expect(now.detail == "the host was restarted")
        #expect(try bench.manager.list().isEmpty)
        #expect(try bench.manager.start("rebooted").state == .running)
    }
}
