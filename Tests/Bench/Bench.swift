import Foundation
package import QEMULauncher
package import Testing
import VMCore
package import VMDomain
import VMJSON
package import VMManager

/// A manager with folders of its own. Machines that a test leaves running are killed at its end.
package final class Bench {
    package let folder: String
    package let manager: VMManager
    /// Files elsewhere that go with it.
    package var files: [String] = []

    package static let qemu = "/usr/bin/qemu-system-x86_64"
    package static var hasQEMU: Bool { access(qemu, X_OK) == 0 }

    /// - Parameter plan: the launch plan of a domain; nil is a machine without any hardware.
    package init(_ plan: VMManager.PlanMaker? = nil) throws {
        var template = Array("/tmp/vmctl-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The supervisor is the vmctl beside the tests, or one that was built otherwise.
        let program = ProcessInfo.processInfo.environment["VMCTL_TEST_EXECUTABLE"]
        manager = VMManager(
            paths: UserPaths(root: folder), supervisorExecutable: program,
            planner: plan ?? { domain in Bench.emptyMachine(domain) })
    }

    deinit {
        for summary in (try? manager.list(.active)) ?? [] { _ = try? manager.destroy(summary.name) }
        for path in [folder] + files { removeForGood(path) }
    }

    /// `-machine none`: no CPU, no memory, but a whole QEMU around it.
    package static func emptyMachine(_ domain: Domain, _ more: [String] = [], executable: String = qemu) -> LaunchPlan {
        LaunchPlan(
            executable: executable,
            arguments: [
                "-name", "guest=\(domain.name ?? ""),debug-threads=on", "-S", "-no-user-config", "-nodefaults",
                "-machine", "none", "-display", "none", "-no-shutdown",
            ] + more, environment: [("PATH", "/usr/bin:/bin"), ("HOME", "/")], domain: domain)
    }

    /// A PC whose "disk" is whatever the test wants the CPU to run.
    package static func pc(_ domain: Domain, _ more: [String]) -> LaunchPlan {
        var plan = emptyMachine(domain)
        plan.arguments =
            [
                "-name", "guest=\(domain.name ?? "")", "-S", "-no-user-config", "-nodefaults", "-machine", "pc",
                "-accel", "tcg", "-m", "32", "-display", "none", "-no-shutdown",
            ] + more
        return plan
    }

    @discardableResult
    package func define(_ name: String, _ body: String = "") throws -> StoredDefinition {
        let escaped = name.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
        let xml = "<domain type='qemu'><name>\(escaped)</name>\(body)</domain>"
        return try manager.define(Array(xml.utf8), file: "test.xml").definition
    }

    package func runtime(_ name: String) throws -> RuntimeFolder { try manager.find(name).runtime }
}

extension VMManager {
    /// What the host's journal has of a domain: the members of one event a line.
    package func journalText(_ key: String) throws -> String {
        let follower = try EventFollower(self, machine: key, since: 0)
        var text = ""
        while let event = follower.next(deadline: .now) { text += event.members.description + "\n" }
        return text
    }
}

/// Waits until something is so, 10 s at most.
package func eventually(_ what: Comment, _ isSo: () throws -> Bool) throws {
    let deadline = Deadline.after(.seconds(10))
    while try !isSo() {
        guard !deadline.hasPassed else {
            Issue.record(what)
            return
        }
        Poll.sleep(.milliseconds(2))
    }
}

/// Removes a folder, though a process that is ending may still write into it.
package func removeForGood(_ path: String) {
    for _ in 0..<100 {
        try? FileManager.default.removeItem(atPath: path)
        if !Files.exists(path) { return }
        Poll.sleep(.milliseconds(20))
    }
}

package func isAlive(_ pid: Int32) -> Bool {
    ProcessIdentity.startTime(of: pid).map { ProcessIdentity(pid: pid, startTime: $0).isAlive } ?? false
}

/// Kills a supervisor so that nobody replaces it, as when the host goes down.
package func killForGood(supervisor: Int32) {
    let keepers = ProcessTable.all.filter { pid in
        let words = ProcessTable.commandLine(of: pid).map { String(decoding: $0, as: UTF8.self) }
        return words.contains("keep") && words.contains("\(supervisor)")
    }
    // One that is stopped sees nothing end, and its supervisor sees no end of it.
    for keeper in keepers { kill(keeper, SIGSTOP) }
    kill(supervisor, SIGKILL)
    for keeper in keepers { kill(keeper, SIGKILL) }
}
