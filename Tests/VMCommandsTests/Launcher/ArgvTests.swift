import Foundation
import Testing
import VMCore
import VMJSON

@Suite("The command line: explained, as a script, as data", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct ArgvTests {
    private let program = Program()

    private func document(_ name: String = "a") throws -> String {
        let image = try program.file("it's, a $disk.img", String(repeating: "\0", count: 1 << 16))
        return try program.domain(
            name,
            devices: """

                <disk type='file' device='disk'><driver name='qemu' type='raw'/><source file="\(image)"/>
                  <target dev='vda' bus='virtio'/></disk>
                <serial type='pty'/>
                """)
    }

    @Test("each option names the line that caused it, or the pass that made it")
    func explain() throws {
        let file = try document()
        let text = program.run("argv", file, "--explain").output
        #expect(text.contains("# \(file):9: <serial>\n"))
        #expect(text.contains("# \(file):7: <disk>\n"))
        #expect(text.contains("-S\n      # default (supervision)\n"))
        #expect(text.contains("# default (default devices)\n"))
        // Every option is followed by its cause.
        let lines = text.split(separator: "\n").dropFirst()
        #expect(lines.filter { $0.hasPrefix("      # ") }.count * 2 == lines.count)
    }

    @Test("a defined domain is explained by its stored document")
    func explainStored() throws {
        _ = program.run("define", try document())
        let result = program.run("argv", "a", "--format", "json")
        let options = try #require(JSONParser.parse(result.output).array)
        let serial = try #require(options.first { $0["value"]?.string?.contains("isa-serial") == true })
        let path = try #require(serial["source"]?["path"]?.string)
        let line = try #require(serial["source"]?["line"]?.int)
        let stored = try String(contentsOfFile: path, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(stored[line - 1].contains("<serial"))
        // The data is the command line itself.
        let words = options.flatMap { [$0["option"]?.string ?? ""] + ($0["value"]?.string.map { [$0] } ?? []) }
        let plain = program.run("argv", "a", "--no-monitor", "--output", "json").json["arguments"]?.array
        #expect(words == plain?.compactMap(\.string))
    }

    @Test("the script runs the machine, and QMP tells what it has")
    func script() throws {
        let made = program.run("argv", try document(), "--shell")
        try #require(made.status == 0, "\(made.errors)")
        let script = try program.file("run.sh", made.output)
        let socket = program.home + "/q,mp's.sock"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [script, socket, "-S", "-display", "none"]
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        let limit = Date() + 30
        while !FileManager.default.fileExists(atPath: socket), process.isRunning, Date() < limit { usleep(10_000) }
        let answer = program.run("qmp", socket, "-c", "query-block")
        #expect(answer.output.contains("it's, a $disk.img"), "\(answer.output) \(answer.errors)")
        #expect(program.run("qmp", socket, "-c", "query-status").output.contains("prelaunch"))
    }
}
