import Foundation
import MonitorJSON
import TestBench
import Testing
import VMTestSupport
import VMCore
import VMJSON
import VMManager

/// Real helper programs beside a real QEMU: they come before it, are known, and never outlive the machine.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct HelperTests {
    static let hasTPM = DomainBench.has("swtpm") && DomainBench.has("swtpm_setup")
    static let hasVirtioFS = DomainBench.has("virtiofsd") && getuid() == 0
    static let hasPasst = DomainBench.has("passt")
    static let hasAll = hasTPM && hasVirtioFS && hasPasst

    private let tpm = "<tpm model='tpm-tis'><backend type='emulator' version='2.0'/></tpm>"
    private let passt = "<interface type='user'><backend type='passt'/><model type='virtio'/></interface>"

    private func share(_ bench: DomainBench, _ folder: String? = nil) -> String {
        "<filesystem type='mount'><driver type='virtiofs'/><binary><cache mode='always'/><sandbox mode='chroot'/>"
            + "<lock posix='off' flock='off'/></binary><source dir='\(folder ?? bench.folder)'/><target dir='share'/>"
            + "</filesystem>"
    }

    private func failure(_ bench: DomainBench, _ name: String) -> VMError? {
        do throws(VMError) {
            try bench.manager.start(name)
            Issue.record("\(name) started")
            return nil
        } catch {
            return error.cause ?? error
        }
    }

    @Test(
        "all helpers start with the machine, are published, and end with it", .enabled(if: hasAll, "needs the helpers"))
    func wholeLife() throws {
        let bench = try DomainBench()
        try bench.define("helped", tpm + share(bench) + passt)
        for _ in 0..<2 {
            let state = try bench.manager.start("helped")
            #expect(state.helpers.map(\.program).sorted() == ["passt", "swtpm", "virtiofsd"])
            #expect(Set(state.helpers.map(\.device)) == ["tpm0", "fs0", "net0"])
            #expect(state.helpers.allSatisfy { $0.process.isAlive })
            let tpms = try bench.manager.monitor("helped").execute("query-tpm", deadline: .after(.seconds(10)))
            #expect(tpms[0]?["model"]?.string == "tpm-tis")
            let ended = try bench.manager.destroy("helped")
            #expect(ended.reason == .destroyed)
            #expect(ended.helpers.isEmpty)
            #expect(bench.processes() == [])
        }
        // The TPM keeps its state between runs, and loses it with the definition.
        let uuid = try bench.manager.find("helped").uuid
        #expect(Files.exists("\(bench.folder)/state/swtpm/\(uuid)/tpm2/tpm2-00.permall"))
        try bench.manager.undefine("helped")
        #expect(!Files.exists("\(bench.folder)/state/swtpm/\(uuid)"))
    }

    @Test("a guest that powers off takes the helpers with it", .enabled(if: hasAll, "needs the helpers"))
    func powerOff() throws {
        let bench = try DomainBench(guest: PolicyTests.Guest.powersOff.sector)
        try bench.define("off", tpm + share(bench) + passt, boots: true)
        let state = try bench.manager.start("off")
        try eventually("the guest has powered off") { try bench.manager.status("off").state == .shutOff }
        #expect(try bench.manager.status("off").reason == .shutdown)
        try eventually("the helpers are gone") { bench.processes().isEmpty }
        try eventually("their processes are gone") { state.helpers.allSatisfy { !$0.process.isAlive } }
        #expect(try !bench.journal("off").contains("\"event\":\"helper\""))
    }

    @Test("a new supervisor owns the helpers of a killed one", .enabled(if: hasAll, "needs the helpers"))
    func takeOver() throws {
        let bench = try DomainBench()
        try bench.define("lasting", tpm + share(bench) + passt)
        let before = try bench.manager.start("lasting")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        let after = try bench.manager.mend("lasting")
        #expect(after.supervisor != before.supervisor)
        #expect(Set(after.helpers) == Set(before.helpers))
        #expect(after.helpers.allSatisfy { $0.process.isAlive })
        // It notices the end of one, too.
        let lost = try #require(after.helpers.first { $0.program == "virtiofsd" })
        kill(lost.process.pid, SIGKILL)
        try eventually("the loss is published") { try bench.manager.status("lasting").helpers.count == 2 }
        #expect(try bench.journal("lasting").contains("virtiofsd of 'fs0' ended"))
        try bench.manager.destroy("lasting")
        #expect(bench.processes() == [])
    }

    @Test(
        "supervisor and QEMU killed: the helpers are ended when the machine is mended",
        .enabled(if: hasAll, "needs the helpers"))
    func bothKilled() throws {
        let bench = try DomainBench()
        try bench.define("both", tpm + share(bench) + passt)
        let state = try bench.manager.start("both")
        // A helper that is stopped doesn't notice that QEMU is gone.
        for helper in state.helpers { kill(helper.process.pid, SIGSTOP) }
        kill(try #require(state.supervisor?.pid), SIGKILL)
        kill(try #require(state.qemu?.pid), SIGKILL)
        try eventually("both are gone") { state.supervisor?.isAlive == false && state.qemu?.isAlive == false }
        #expect(try bench.manager.mend("both").reason == .crashed)
        try eventually("the helpers are gone") { bench.processes().isEmpty }
    }

    @Test("a helper that is killed is in the journal, with the signal", .enabled(if: hasTPM, "needs swtpm"))
    func helperKilled() throws {
        let bench = try DomainBench()
        try bench.define("bereft", tpm)
        let state = try bench.manager.start("bereft")
        kill(try #require(state.helpers.first).process.pid, SIGKILL)
        try eventually("the loss is published") { try bench.manager.status("bereft").helpers.isEmpty }
        #expect(try bench.manager.status("bereft").state == .running)
        let line = try #require(try bench.journal("bereft").split(separator: "\n").last { $0.contains("helper") })
        let event = try JSONParser.parse(Array(line.utf8))
        #expect(event["event"]?.string == "helper")
        #expect(event["program"]?.string == "swtpm")
        #expect(event["device"]?.string == "tpm0")
        #expect(event["detail"]?.string == "swtpm of 'tpm0' ended: signal 9 (SIGKILL)")
    }

    @Test(
        "a helper that fails makes the start fail, in the check's words with its own as the cause",
        .enabled(if: hasAll, "needs the helpers"))
    func failedStart() throws {
        let bench = try DomainBench()
        try bench.define("nowhere", tpm + share(bench, "/nowhere/at/all"))
        let error = failure(bench, "nowhere")
        #expect(error?.code == .launchFailed)
        let text = error?.description ?? ""
        #expect(text.contains("virtiofsd of 'fs0' exited with status 1 while the machine started: "), "\(text)")
        #expect(error?.message.contains("/nowhere/at/all") == true)
        #expect(try bench.manager.status("nowhere").reason == .failed)
        #expect(bench.processes() == [])
        let taken = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0))
        let port = Socket.port(of: taken.raw)
        let range = "<portForward proto='tcp' address='127.0.0.1'><range start='\(port)'/></portForward>"
        try bench.define("taken", tpm + "<interface type='user'><backend type='passt'/>\(range)</interface>")
        #expect(failure(bench, "taken")?.description.contains("passt of 'net0' exited with status 1") == true)
        #expect(bench.processes() == [])
    }

    @Test("a TPM that can't be manufactured leaves no half of one", .enabled(if: hasTPM, "needs swtpm"))
    func failedManufacture() throws {
        let bench = try DomainBench()
        try Files.write([], to: bench.folder + "/occupied")
        let source = "<source type='dir' path='\(bench.folder)/occupied/tpm'/>"
        try bench.define("tpm", "<tpm><backend type='emulator' version='2.0'>\(source)</backend></tpm>")
        #expect(failure(bench, "tpm")?.message.contains("occupied") == true)
        #expect(bench.processes() == [])
    }

    @Test("a supervisor killed at any moment of a start leaves no helper", .enabled(if: hasAll, "needs the helpers"))
    func killedDuringStart() throws {
        let bench = try DomainBench()
        try bench.define("killed", tpm + share(bench) + passt)
        let folder = try bench.manager.find("killed").runtime
        for delay in [0, 1, 2, 4, 8, 16, 32, 64, 128] {
            let starter = Background { [manager = bench.manager] in (try? manager.start("killed")) != nil }
            let deadline = Deadline.after(.seconds(10))
            while !deadline.hasPassed {
                guard let supervisor = (try? folder.readState())??.supervisor else { continue }
                Poll.sleep(.milliseconds(delay))
                kill(supervisor.pid, SIGKILL)
                break
            }
            _ = starter.wait()
            // Whether it still runs is decided only when the end of its supervisor is noticed.
            _ = try? bench.manager.destroy("killed")
            #expect(try !bench.manager.status("killed").state.isActive)
            try eventually("nothing runs: \(bench.processes())") { bench.processes().isEmpty }
        }
        #expect(try bench.manager.start("killed").helpers.count == 3)
    }

    @Test("destroy ends a start whose helpers are not ready", .enabled(if: hasTPM, "needs swtpm"))
    func destroyedDuringStart() throws {
        let bench = try DomainBench()
        try bench.define("short", tpm)
        let folder = try bench.manager.find("short").runtime
        let starter = Background { [manager = bench.manager] in (try? manager.start("short")) != nil }
        let deadline = Deadline.after(.seconds(10))
        while (try? folder.readState())??.helpers.isEmpty != false, !deadline.hasPassed {}
        try bench.manager.destroy("short")
        _ = starter.wait()
        #expect(try bench.manager.status("short").state == .shutOff)
        try eventually("nothing runs") { bench.processes().isEmpty }
    }
}
