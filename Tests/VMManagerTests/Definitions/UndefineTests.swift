import Foundation
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMManager

/// What goes with a definition, and what stays.
@Suite("Undefining", .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct UndefineTests {
    private func define(_ bench: Bench, _ name: String, _ devices: String) throws {
        try bench.define(
            name, "<memory>1024</memory><os><type arch='x86_64'>hvm</type></os><devices>\(devices)</devices>")
    }

    private func disk(_ path: String, _ target: String, _ more: String = "") -> String {
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(path)'/>"
            + "<target dev='\(target)' bus='virtio'/>\(more)</disk>"
    }

    @Test("Of all disks those go that nobody else needs; each of the others says why it stays")
    func disks() throws {
        let bench = try Bench()
        let paths = ["own", "shared", "fixed", "used"].map { bench.folder + "/" + $0 }
        for path in paths { try Files.write([0], to: path) }
        try define(
            bench, "one",
            disk(paths[0], "vda") + disk(paths[1], "vdb", "<shareable/>") + disk(paths[2], "vdc", "<readonly/>")
                + disk(paths[3], "vdd"))
        try define(bench, "two", disk(paths[3], "vda"))
        var request = UndefineRequest()
        request.storage = .all
        let plan = try bench.manager.undefinePlan("one", request)
        #expect(plan.possessions.map(\.path) == paths)
        let reasons = plan.possessions.map(\.reasonToStay)
        #expect(reasons[0] == nil && reasons[1] == "shared" && reasons[2] != nil)
        #expect(reasons[3]?.contains("two") == true)
        let result = try bench.manager.carryOut(plan)
        #expect(result.removed.map(\.path) == [paths[0]] && result.kept.count == 3 && result.failures.isEmpty)
        #expect(paths.map { Files.exists($0) } == [false, true, true, true])
        // A shared one that is asked for by name is refused, and nothing is done.
        try define(bench, "one", disk(paths[1], "vdb", "<shareable/>"))
        request.storage = .named(["vdb"])
        #expect(throws: VMError.self) { try bench.manager.undefine("one", request) }
        #expect(try bench.manager.list(.all).map(\.name).contains("one") && Files.exists(paths[1]))
    }

    @Test("A machine that was started since it was asked keeps all that it has")
    func startedMeanwhile() throws {
        let bench = try Bench()
        let path = bench.folder + "/own"
        try Files.write([0], to: path)
        try define(bench, "one", disk(path, "vda"))
        var request = UndefineRequest()
        request.storage = .all
        let plan = try bench.manager.undefinePlan("one", request)
        try bench.manager.start("one", paused: true)
        #expect(throws: VMError.self) { try bench.manager.carryOut(plan) }
        #expect(Files.exists(path))
        #expect(try bench.manager.status("one").state == .paused)
        try bench.manager.destroy("one")
        // What somebody else has come to use since stays, too.
        try define(bench, "two", disk(path, "vda"))
        let result = try bench.manager.carryOut(plan)
        #expect(result.removed.isEmpty && Files.exists(path))
    }

    @Test("A definition that can't be read, and names a disk, counts as one that uses it")
    func unreadable() throws {
        let bench = try Bench()
        let path = bench.folder + "/shared.img"
        try Files.write([0], to: path)
        for name in ["one", "two"] { try define(bench, name, disk(path, "vda")) }
        let file = bench.manager.paths.domains + "/two.xml"
        let text = String(decoding: try Files.read(file), as: UTF8.self)
        try Files.write(Array(text.replacingOccurrences(of: "</devices>", with: "</device>").utf8), to: file)
        var request = UndefineRequest()
        request.storage = .all
        let plan = try bench.manager.undefinePlan("one", request)
        #expect(plan.possessions.first?.reasonToStay?.contains("can't be read") == true, "\(plan.possessions)")
    }

    @Test("The UUID of a machine that runs on without its definition is no other domain's")
    func runningUUID() throws {
        let bench = try Bench()
        try bench.define("first")
        let uuid = try bench.manager.start("first", paused: true).uuid
        try bench.manager.undefine("first")
        #expect(throws: VMError.self) { try bench.define("second", "<uuid>\(uuid)</uuid>") }
        try bench.define("first", "<uuid>\(uuid)</uuid>")
        try bench.manager.destroy("first")
    }

    @Test("A definition that is changed while a start waits for its turn is the one that starts")
    func changedMeanwhile() throws {
        let bench = try Bench()
        let uuid = try bench.define("late", "<title>before</title>").uuid
        let runtime = try bench.runtime("late")
        try runtime.make()
        guard let lock = try FileLock.take(runtime.supervisorLock) else {
            Issue.record("somebody has its lock")
            return
        }
        let manager = bench.manager
        let starter = Thread { _ = try? manager.start("late", paused: true) }
        starter.start()
        Poll.sleep(.milliseconds(500))
        try bench.define("late", "<uuid>\(uuid)</uuid><title>after</title>")
        _ = consume lock
        try eventually("it runs", within: .seconds(20)) { try manager.status("late").state == .paused }
        #expect(try manager.xml("late").contains("<title>after</title>"))
    }

    @Test(
        "The state of a TPM goes, unless it is to persist or is to be kept",
        arguments: [
            ("", UndefineRequest.Fate.unsaid, true), ("", .keep, false), ("", .remove, true),
            ("persistent_state='yes'", .unsaid, false), ("persistent_state='yes'", .keep, false),
            ("persistent_state='yes'", .remove, true), ("persistent_state='no'", .unsaid, true),
        ])
    func tpm(attribute: String, fate: UndefineRequest.Fate, isRemoved: Bool) throws {
        let bench = try Bench()
        try define(
            bench, "t", "<tpm model='tpm-crb'><backend type='emulator' version='2.0' \(attribute)/></tpm>")
        let state = try "\(bench.manager.paths.state)/swtpm/\(bench.manager.find("t").uuid)"
        try Folders.make(state)
        try Files.write([1], to: state + "/tpm2-00.permall")
        var request = UndefineRequest()
        request.tpm = fate
        let result = try bench.manager.undefine("t", request)
        #expect((result.removed + result.kept).map(\.path) == [state])
        #expect(Files.exists(state) == !isRemoved)
    }
}
