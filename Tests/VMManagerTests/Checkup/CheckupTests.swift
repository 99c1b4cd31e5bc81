import Foundation
import TestBench
import Testing
import VMCore

@testable import VMManager

/// What the host is examined for.
@Suite(.enabled(if: Bench.hasQEMU, "needs QEMU"))
struct CheckupTests {
    private func finding(_ check: String, _ manager: VMManager) throws -> CheckupFinding {
        try #require(manager.checkup().first { $0.check == check }, "\(check)")
    }

    @Test("Each thing is looked at once, and what isn't well says how to mend it")
    func whole() throws {
        let bench = try Bench()
        let findings = bench.manager.checkup()
        let checks = findings.map(\.check)
        for check in [
            "qemu", "kvm", "definitions", "state", "logs", "cache", "runtime", "space-state", "sockets", "inotify",
        ] {
            #expect(checks.count { $0 == check } == 1, "\(check)")
        }
        for finding in findings {
            #expect(!finding.message.isEmpty && !finding.message.contains("\n"), "\(finding)")
            #expect(finding.status == .ok || finding.remedy != nil, "\(finding)")
        }
        #expect(try finding("qemu", bench.manager).status == .ok)
    }

    @Test("It changes nothing: neither machines nor definitions")
    func untouched() throws {
        let bench = try Bench()
        try bench.define("one")
        _ = bench.manager.checkup()
        func files() throws -> [String] { try FileManager.default.subpathsOfDirectory(atPath: bench.folder).sorted() }
        let before = try files()
        _ = bench.manager.checkup()
        #expect(try files() == before)
        #expect(try bench.manager.list(.all).map(\.name) == ["one"])
    }

    @Test("A runtime folder that is open to others is closed; a file in a folder's place is an error with a remedy")
    func folders() throws {
        let bench = try Bench()
        _ = bench.manager.checkup()
        chmod(bench.manager.paths.runtime, 0o777)
        #expect(try finding("runtime", bench.manager).status != .error)
        var status = stat()
        #expect(stat(bench.manager.paths.runtime, &status) == 0 && status.st_mode & 0o777 == 0o700)
        try FileManager.default.removeItem(atPath: bench.manager.paths.logs)
        try Data().write(to: URL(fileURLWithPath: bench.manager.paths.logs))
        #expect(try finding("logs", bench.manager).status == .error)
    }

    @Test("A runtime folder in /tmp is warned of; one whose sockets have no room is an error")
    func places() throws {
        let bench = try Bench()
        #expect(try finding("runtime", bench.manager).status == .warning)
        let long = VMManager(paths: UserPaths(root: bench.folder + "/" + String(repeating: "x", count: 100)))
        let sockets = try finding("sockets", long)
        #expect(sockets.status == .error && sockets.message.contains("107"))
        #expect(try finding("sockets", bench.manager).status == .ok)
    }

    @Test("A damaged definition is named")
    func definitions() throws {
        let bench = try Bench()
        try bench.define("whole")
        try bench.define("damaged")
        let file = bench.manager.paths.domains + "/damaged.xml"
        try Data("<domain><name>".utf8).write(to: URL(fileURLWithPath: file))
        let said = bench.manager.checkup().filter { $0.status != .ok }.map(\.message).joined(separator: "\n")
        #expect(said.contains("damaged") && !said.contains("'whole'"))
    }

    @Test("From worst to best: an error, a warning, a note, well")
    func order() {
        #expect([.error, .ok, .warning, .note].sorted() == [CheckupFinding.Status.ok, .note, .warning, .error])
    }
}
