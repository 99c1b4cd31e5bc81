import Foundation
import Testing
import VMCore

@Suite("Pseudo terminals by their names") struct PseudoTerminalTests {
    @Test(
        "no other path is a terminal's",
        arguments: [
            "/etc/passwd", "/dev/pts/", "/dev/pts/../null", "/dev/pts/1x", "/dev/pts/ptmx", "/dev/pts/-1", "/dev/ptmx",
            "dev/pts/1", "/dev/pts/12345678901", "",
        ])
    func others(_ path: String) {
        #expect(!PseudoTerminal.isName(path))
        #expect(throws: VMError.self) { _ = try PseudoTerminal.open(path).raw }
    }

    @Test("a terminal is opened, by its name")
    func opened() throws {
        // In a process of its own: this one has no business with masters.
        let script = "import os, sys; m, s = os.openpty(); print(os.ttyname(s), flush=True); sys.stdin.read()"
        let process = Process()
        let (input, output) = (Foundation.Pipe(), Foundation.Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let name = line.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(PseudoTerminal.isName(name))
        let file = try PseudoTerminal.open(name)
        #expect(isatty(file.raw) == 1)
    }
}
