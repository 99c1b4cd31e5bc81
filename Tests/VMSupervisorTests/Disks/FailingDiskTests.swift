import Foundation
import MonitorJSON
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import VMManager
@testable import VMSupervisor

/// Machines whose disk fails the firmware's first read: what the state says, and who lets them run again.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct FailingDiskTests {
    /// A machine with one disk, `vda` by name, whose error QEMU's blkdebug makes.
    ///
    /// - Parameters:
    ///   - errno: 28 is ENOSPC, 5 EIO.
    ///   - once: whether the second attempt succeeds.
    ///   - policy: the attributes of `<vmctl:ioerror>`; nil for none.
    private func machine(
        errno: Int = 28, once: Bool = true, policy: String?, emulator: String = Bench.qemu
    ) throws -> Bench {
        let disk: JSONValue = [
            "driver": "raw", "node-name": "libvirt-1-format",
            "file": [
                "driver": "blkdebug", "image": ["driver": "null-co", "size": 1_048_576, "read-zeroes": true],
                "inject-error": [["event": "read_aio", "errno": JSONValue(errno), "once": .bool(once)]],
            ],
        ]
        let bench = try Bench { domain in
            // Without a geometry the device would find one out, and the first read would be its own.
            let device = "ide-hd,drive=libvirt-1-format,id=ua-disk,rerror=stop,cyls=2,heads=16,secs=63"
            var plan = Bench.pc(domain, ["-blockdev", disk.description, "-device", device])
            plan.executable = emulator
            return plan
        }
        let metadata =
            policy.map { "<metadata><vmctl:ioerror xmlns:vmctl='urn:vmctl:domain:1' \($0)/></metadata>" } ?? ""
        try Data(count: 512).write(to: URL(fileURLWithPath: image(bench)))
        try bench.define(
            "guest",
            metadata + "<devices><disk type='file' device='disk'><source file='\(image(bench))'/>"
                + "<target dev='vda'/><alias name='ua-disk'/></disk></devices>")
        return bench
    }

    private func image(_ bench: Bench) -> String { bench.folder + "/vda.img" }

    private func waitUntilNamed(_ bench: Bench) throws {
        try eventually("a disk has paused it") {
            try bench.manager.status("guest").diskFailures.first?.target != nil
        }
    }

    private func journal(_ bench: Bench) throws -> String {
        try bench.manager.journalText("guest")
    }

    /// Longer than the first look for space takes to come.
    private func waitInVain() { Poll.sleep(.milliseconds(1500)) }

    @Test(
        "the state tells disk, file, error and since when; without a policy somebody has to resume it",
        arguments: LiveBench.emulators)
    func named(emulator: String) throws {
        let bench = try machine(policy: nil, emulator: emulator)
        let begun = WallClock.now
        try bench.manager.start("guest")
        try waitUntilNamed(bench)
        let state = try bench.manager.status("guest")
        #expect(state.state == .paused && state.reason == .ioError)
        #expect(state.detail == "vda: no space left")
        let failure = try #require(state.diskFailures.first)
        #expect(state.diskFailures.count == 1)
        #expect(failure.file == image(bench) && failure.isNoSpace)
        #expect(failure.since > begun && failure.since <= state.published)
        #expect(state.since >= failure.since)
        #expect(state.spaceWaitedFor == nil)
        #expect(try journal(bench).contains("vda: no space left ('\(image(bench))')"))
        #expect(try bench.manager.list().first?.diskFailures == [failure])
        waitInVain()
        #expect(try bench.manager.status("guest") == state)
        let resumed = try bench.manager.resume("guest")
        #expect(resumed.state == .running && resumed.detail == nil && resumed.diskFailures.isEmpty)
    }

    @Test("with the policy the supervisor resumes it, and says why", arguments: LiveBench.emulators)
    func resumed(emulator: String) throws {
        let bench = try machine(policy: "resume='when-space-returns' free='1' unit='KiB'", emulator: emulator)
        try bench.manager.start("guest")
        try waitUntilNamed(bench)
        #expect(try bench.manager.status("guest").spaceWaitedFor == 1024)
        try eventually("it runs again") { try bench.manager.status("guest").state == .running }
        let state = try bench.manager.status("guest")
        #expect(state.reason == .unpaused && state.detail == "vda has space again")
        #expect(state.spaceWaitedFor == nil)
        #expect(try journal(bench).contains("resumes the machine: vda has space again"))
    }

    @Test("a disk that fails for another reason isn't waited for")
    func otherError() throws {
        let bench = try machine(errno: 5, policy: "resume='when-space-returns' free='1' unit='KiB'")
        try bench.manager.start("guest")
        try waitUntilNamed(bench)
        waitInVain()
        let state = try bench.manager.status("guest")
        #expect(state.reason == .ioError && state.detail == "vda: Input/output error")
        #expect(state.spaceWaitedFor == nil)
        #expect(state.diskFailures.first?.isNoSpace == false)
        #expect(try journal(bench).contains("space that returns won't help"))
    }

    @Test("one who suspends the machine meanwhile wins, whichever way he does", arguments: ["suspend", "stop", "hmp"])
    func suspended(way: String) throws {
        let bench = try machine(policy: "resume='when-space-returns' free='1' unit='KiB'")
        try bench.manager.start("guest")
        try waitUntilNamed(bench)
        let monitor = try bench.manager.monitor("guest")
        switch way {
        case "suspend": #expect(try bench.manager.suspend("guest").reason == .user)
        case "stop": try monitor.execute("stop", deadline: .after(.seconds(10)))
        default:
            try monitor.execute(
                "human-monitor-command", ["command-line": "stop"], deadline: .after(.seconds(10)))
        }
        let state = try bench.manager.status("guest")
        #expect(state.state == .paused && state.reason == .user)
        #expect(state.spaceWaitedFor == nil && state.diskFailures.isEmpty)
        // Nor does a new supervisor resume what somebody has suspended.
        kill(try #require(state.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { state.supervisor?.isAlive == false }
        _ = try bench.manager.mend("guest")
        waitInVain()
        #expect(try bench.manager.status("guest").reason == .user)
        #expect(try bench.manager.resume("guest").state == .running)
    }

    @Test("a new supervisor goes on waiting, and a policy that is changed meanwhile holds")
    func takenOver() throws {
        let bench = try machine(policy: "resume='when-space-returns' free='1' unit='EiB'")
        try bench.manager.start("guest")
        try waitUntilNamed(bench)
        let before = try bench.manager.status("guest")
        #expect(before.spaceWaitedFor == 1 << 60)
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        let after = try bench.manager.mend("guest")
        #expect(after.supervisor != before.supervisor)
        #expect(after.since == before.since && after.diskFailures == before.diskFailures)
        try eventually("it waits again") { try bench.manager.status("guest").spaceWaitedFor == 1 << 60 }
        waitInVain()
        #expect(try bench.manager.status("guest").state == .paused)
        let element = try XMLTree.read(
            Array("<ioerror resume='when-space-returns' free='1' unit='KiB'/>".utf8), file: "-")
        try bench.manager.apply(
            .setMetadata(element, uri: VMCTLMetadata.namespace, prefix: "vmctl"), to: "guest", scope: .live)
        try eventually("it runs again") { try bench.manager.status("guest").state == .running }
    }

    @Test("an error while no supervisor was there is found out, with its disk")
    func unwatched() throws {
        let bench = try machine(policy: "resume='when-space-returns' free='1' unit='KiB'")
        // The firmware takes longer to come to its first read than the supervisor to be killed.
        let before = try bench.manager.start("guest")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        try eventually("the supervisor is gone") { before.supervisor?.isAlive == false }
        let direct = try BlockingMonitorFor(try bench.runtime("guest").path + "/monitor.sock")
        try eventually("the disk has failed") { try direct.run("query-status")["status"] == "io-error" }
        direct.monitor.close()
        _ = try bench.manager.mend("guest")
        try waitUntilNamed(bench)
        #expect(try bench.manager.status("guest").detail == "vda: no space left")
        try eventually("it runs again") { try bench.manager.status("guest").state == .running }
    }

    @Test("a disk that goes on failing is tried ever more seldom, and destroy ends the waiting")
    func stubborn() throws {
        let bench = try machine(once: false, policy: "resume='when-space-returns' free='1' unit='KiB'")
        try bench.manager.start("guest")
        try eventually("it was resumed and failed again") {
            try journal(bench).components(separatedBy: "resumes the machine").count > 2
        }
        try eventually("it waits") { try bench.manager.status("guest").spaceWaitedFor != nil }
        #expect(try bench.manager.destroy("guest").reason == .destroyed)
        #expect(try bench.manager.status("guest").spaceWaitedFor == nil)
    }

    @Test("the pause before a resumption doubles while failures follow it soon, up to a minute")
    func backOff() {
        var backOff = ResumeBackOff()
        var now = Deadline(nanoseconds: 1)
        #expect(backOff.pause(at: now) == .seconds(1))
        var pauses: [Duration] = []
        for _ in 0..<8 {
            backOff.resumed(at: now)
            now = now.advanced(by: .seconds(1))
            pauses.append(backOff.pause(at: now))
        }
        #expect(pauses == [2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        now = now.advanced(by: .seconds(61))
        #expect(backOff.pause(at: now) == .seconds(1))
    }

    @Test("only plain files whose file system has enough are enough")
    func spaceCheck() throws {
        let path = "/tmp/vmctl-space-\(UUID())"
        try Data(count: 1).write(to: URL(fileURLWithPath: path))
        defer { unlink(path) }
        func isEnough(_ files: [String], _ bytes: UInt64) -> Bool {
            (try? SpaceWatch.Need(files: files, bytes: bytes).check()) != nil
        }
        #expect(isEnough([path], 1))
        #expect(!isEnough([path], .max))
        #expect(!isEnough([path, "/dev/null"], 1))
        #expect(!isEnough([path, path + "-missing"], 1))
    }
}
