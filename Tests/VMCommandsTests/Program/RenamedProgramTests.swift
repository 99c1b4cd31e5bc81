import Foundation
import Testing

@testable import VMCommands

@Suite("A program that isn't called vmctl", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct RenamedProgramTests {
    @Test("starts machines all the same, and is their supervisor")
    func starts() throws {
        let program = Program()
        // Beside the program, so that it needs no copy, and where no 'vmctl' is beside it.
        let folder = Program.executable + "-renamed-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let renamed = folder + "/machines"
        try FileManager.default.linkItem(atPath: Program.executable, toPath: renamed)
        func run(_ words: String...) -> Program.Result {
            program.run(words, environment: ["PATH": "/usr/bin:/bin"], executable: renamed)
        }
        #expect(run("define", try program.domain("web")).status == 0)
        let started = run("start", "web")
        #expect(started.status == 0, "\(started.errors)")
        #expect(run("domstate", "web").output == "running\n")
        #expect(run("destroy", "web").status == 0)
    }
}
