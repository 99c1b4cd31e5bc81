import Foundation
import TestBench
import Testing
import VMCore
import VMManager
import VMTestSupport

/// Containers of the same user see the same files, and other numbers of processes: what a state says of processes can't be
/// looked up there, but the locks that they hold can.
@Suite(
    .serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"),
    .enabled(if: geteuid() == 0, "needs root, for namespaces of process numbers"), .timeLimit(.minutes(40)))
struct PIDNamespaceTests {
    private let program = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/vmctl"

    /// Runs the program in a namespace of its own.
    private func inside(_ folder: String, _ words: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--pid", "--fork", "--mount-proc"] + words
        process.environment = ["VMCTL_HOME": folder, "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"]
        let pipe = Foundation.Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    @Test("from another namespace a machine is seen as running, is paused, and is not started a second time")
    func fromOutside() throws {
        let bench = try Bench()
        try bench.define("seen")
        let before = try bench.manager.start("seen")
        #expect(try inside(bench.folder, [program, "domstate", "seen"]).output.hasPrefix("running"))
        #expect(try inside(bench.folder, [program, "list"]).output.contains("seen"))
        let second = try inside(bench.folder, [program, "start", "seen"])
        #expect(second.status != 0)
        #expect(second.output.contains("already active"), "\(second.output)")
        #expect(try inside(bench.folder, [program, "suspend", "seen"]).status == 0)
        let now = try bench.manager.status("seen")
        #expect(now.state == .paused)
        // Nobody has taken it for dead and put another supervisor beside it.
        #expect(now.supervisor == before.supervisor)
        #expect(now.qemu == before.qemu)
        #expect(try inside(bench.folder, [program, "destroy", "seen"]).status == 0)
        #expect(try bench.manager.status("seen").reason == .destroyed)
        try eventually("QEMU has ended") { before.qemu?.isAlive == false }
    }

    @Test("a machine that was started in another namespace is seen, used and ended from here")
    func fromInside() throws {
        let bench = try Bench()
        let folder = bench.folder
        // A document of its own: the program plans it, not the bench.
        let document =
            "<domain type='qemu'><name>within</name><memory unit='MiB'>32</memory>"
            + "<os><type arch='x86_64' machine='pc'>hvm</type></os></domain>"
        try Files.write(Array(document.utf8), to: folder + "/within.xml")
        let script = """
            '\(program)' define '\(folder)/within.xml' && '\(program)' start within && touch '\(folder)/started'
            while [ ! -e '\(folder)/enough' ]; do sleep 0.05; done
            """
        let container = Background { [self] in try? inside(folder, ["/bin/sh", "-c", script]) }
        defer { _ = container.wait() }
        defer { try? Files.write([], to: folder + "/enough") }
        try eventually("the machine runs") { Files.exists(folder + "/started") }
        #expect(try bench.manager.status("within").state == .running)
        #expect(try bench.manager.list(.active).map(\.name) == ["within"])
        let error = #expect(throws: VMError.self) { try bench.manager.start("within") }
        #expect(error?.code == .wrongState)
        #expect(try bench.manager.suspend("within").state == .paused)
        #expect(try bench.manager.destroy("within").state == .shutOff)
        #expect(try bench.manager.list(.active).isEmpty)
    }
}
