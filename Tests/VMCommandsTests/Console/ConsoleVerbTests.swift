import Foundation
import Testing

@Suite("Joining a console", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct ConsoleVerbTests {
    @Test("One at a time; by force the second takes the place of the first, which is told so and ends")
    func exclusive() throws {
        let program = Program()
        #expect(program.run("define", try program.domain("c", devices: "<serial type='pty'/>")).status == 0)
        #expect(program.run("start", "c").status == 0)
        let first = try Terminal(program, "console", "c")
        #expect(first.wait(for: "Escape character is ^]"))
        let refused = program.run("console", "c")
        #expect(refused.status != 0)
        #expect(refused.errors.contains("operation failed: Active console session exists for this domain"))
        let second = try Terminal(program, "console", "c", "--force")
        #expect(second.wait(for: "Escape character is ^]"))
        #expect(first.wait(for: "Another client has taken the console over"))
        #expect(first.end() == 0)
        #expect(program.run("console", "c").errors.contains("Active console session exists"))
        second.type("\u{1d}")
        #expect(second.end() == 0)
        // The last one has let go: standard input, which is at its end, ends this session at once.
        #expect(program.run("console", "c").status == 0)
    }
}
