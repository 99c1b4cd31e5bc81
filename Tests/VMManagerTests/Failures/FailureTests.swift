import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol
@testable import VMManager

/// What is known of a machine's last failure.
@Suite("The last failure of a machine", .enabled(if: Bench.hasQEMU, "needs QEMU"), .timeLimit(.minutes(40)))
struct FailureTests {
    @Test("A QEMU that refuses to start: what it said, with which words it was started, how it ended")
    func start() throws {
        let bench = try Bench { domain in Bench.emptyMachine(domain, ["-no-such-option", "with blanks"]) }
        try bench.define("odd")
        #expect(try bench.manager.lastFailure("odd") == nil)
        #expect(throws: VMError.self) { try bench.manager.start("odd") }
        let report = try #require(try bench.manager.lastFailure("odd"))
        #expect(report.kind == .start)
        #expect(report.causes.joined(separator: "\n").contains("no-such-option"))
        #expect(report.commandLine?.contains(" -no-such-option 'with blanks'") == true)
        #expect(report.exit == "exit status 1")
        #expect(report.output.contains { $0.contains("no-such-option") })
        #expect(report.logPath == bench.manager.logPath(try bench.manager.find("odd").uuid))
        #expect(report.json["kind"]?.string == "start" && report.json["exit"]?.string == "exit status 1")
        #expect(report.json["causes"]?.array?.count == report.causes.count)
    }

    @Test("QEMU killed while it runs is a crash with its signal; it is known until the domain is undefined")
    func crash() throws {
        let bench = try Bench()
        try bench.define("victim")
        let qemu = try #require(try bench.manager.start("victim").qemu)
        kill(qemu.pid, SIGKILL)
        try eventually("it is off") { try bench.manager.status("victim").state != .running }
        try eventually("its end is known") { try bench.manager.lastFailure("victim") != nil }
        let report = try #require(try bench.manager.lastFailure("victim"))
        #expect(report.kind == .crash && report.exit == "signal 9 (SIGKILL)")
        try bench.manager.start("victim")
        #expect(try bench.manager.lastFailure("victim")?.kind == .crash)
        _ = try bench.manager.destroy("victim")
        let machine = try bench.manager.find("victim")
        _ = try bench.manager.undefine("victim")
        #expect(!FileManager.default.fileExists(atPath: bench.manager.failurePath(machine)))
    }

    @Test("QEMU and all that watches over it killed: that nobody saw the end is said, by those who only look")
    func unseen() throws {
        let bench = try Bench()
        try bench.define("lost")
        let started = try bench.manager.start("lost")
        let (qemu, supervisor) = (try #require(started.qemu), try #require(started.supervisor))
        killForGood(supervisor: supervisor.pid)
        kill(qemu.pid, SIGKILL)
        try eventually("they are gone") { !qemu.isAlive && !supervisor.isAlive }
        let report = try #require(try bench.manager.lastFailure("lost"))
        #expect(report.kind == .crash && report.causes.count == 1 && report.commandLine?.contains("-S") == true)
    }

    @Test("A start of what runs already is no failure")
    func running() throws {
        let bench = try Bench()
        try bench.define("on")
        try bench.manager.start("on")
        #expect(throws: VMError.self) { try bench.manager.start("on") }
        #expect(try bench.manager.lastFailure("on") == nil)
    }

    @Test("Causes are told from the outside in, none twice; the first remedy counts")
    func causes() throws {
        let bench = try Bench()
        let machine = try bench.manager.find(bench.define("told").name)
        let inner = VMError(.io, "no space", remedy: "make room")
        let middle = VMError(.launchFailed, "it failed", cause: inner)
        bench.manager.recordFailure(machine, VMError(.launchFailed, "it failed", cause: middle), nil)
        let report = try #require(try bench.manager.lastFailure("told"))
        #expect(report.causes == ["it failed", "no space"])
        #expect(report.remedy?.text == "make room" && report.commandLine == nil && report.exit == nil)
        bench.manager.forgetFailure(machine)
        #expect(try bench.manager.lastFailure("told") == nil)
    }

    @Test(
        "A record that is damaged is none",
        arguments: ["", "{", "[]", "{\"time\": 5}", "{\"time\": \"t\", \"error\": []}"])
    func damaged(text: String) throws {
        let bench = try Bench()
        let machine = try bench.manager.find(bench.define("d").name)
        bench.manager.recordFailure(machine, VMError(.io, "x"), nil)
        try Data(text.utf8).write(to: URL(fileURLWithPath: bench.manager.failurePath(machine)))
        #expect(try bench.manager.lastFailure("d") == nil)
    }
}
