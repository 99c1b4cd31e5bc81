import Foundation
import Testing
import VMJSON
import VMTestSupport

@testable import VMCommands

@Suite("The monitor's shell in pipes", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"))
struct QMPVerbTests {
    private func qemu(_ build: TemporaryQEMU.Build) throws -> TemporaryQEMU {
        let qemu = try TemporaryQEMU(build)
        try qemu.waitUntilReady()
        return qemu
    }

    private func lines(_ text: String) throws -> [JSONValue] {
        try text.split(separator: "\n").map { try JSONParser.parse(String($0)) }
    }

    @Test("One command, one object on one line", arguments: TemporaryQEMU.builds)
    func command(build: TemporaryQEMU.Build) throws {
        let qemu = try qemu(build)
        let result = Program().run("qmp", qemu.socketPath, "-c", "query-status")
        #expect(result.status == 0)
        #expect(try lines(result.output).first?["return"]?["running"] == true)
        #expect(try lines(result.output).count == 1)
    }

    @Test("A script: every line is answered, the first error is the status", arguments: TemporaryQEMU.builds)
    func script(build: TemporaryQEMU.Build) throws {
        let qemu = try qemu(build)
        let script = """
            # what the machine is called
            query-name

            info name
            {"execute": "query-target"}
            blockdev-add driver=null-co node-name=n123 size=1M
            query-named-block-nodes flat=yes
            blockdev-del node-name=nothing
            stopp
            stop
            """
        let result = Program().run("qmp", qemu.socketPath, "--events", input: script)
        #expect(result.status == 12)
        let answers = try lines(result.output)
        #expect(answers.count == 9)
        #expect(answers[0] == ["return": [:]])
        #expect(answers[1]["return"]?.string != nil)
        #expect(answers[2] == ["return": ["arch": "x86_64"]])
        #expect(answers[4]["return"]?[0]?["node-name"] == "n123")
        #expect(answers[5]["error"]?["class"] == "GenericError")
        #expect(answers[6]["error"]?["remedy"]?.string?.contains("stop") == true)
        #expect(answers[7]["event"] == "STOP")
        #expect(answers[8] == ["return": [:]])
    }

    @Test("A monitor that somebody else holds says so within its deadline", arguments: TemporaryQEMU.builds)
    func busy(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let result = try withExtendedLifetime(qemu.connect()) {
            Program().run("qmp", qemu.socketPath, "-c", "quit", "--timeout", "0.2")
        }
        #expect(result.status == 7)
        #expect(result.errors.contains("another client may hold it"))
        try qemu.waitUntilReady()
        #expect(qemu.isRunning)
    }

    @Test("The schema as text and as JSON", arguments: TemporaryQEMU.builds)
    func schema(build: TemporaryQEMU.Build) throws {
        let qemu = try qemu(build)
        let address = qemu.socketPath
        #expect(Program().run("schema", address, "eject").output.contains("[force]: boolean"))
        #expect(Program().run("schema", address).output.contains("query-status\n"))
        #expect((Program().run("schema", address, "--output", "json").json.array?.count ?? 0) > 1000)
        let missing = Program().run("schema", address, "ejct")
        #expect(missing.status == 3 && missing.errors.contains("did you mean 'eject'?"))
    }

    @Test("The shell's own commands, and a transcript without secrets", arguments: TemporaryQEMU.builds)
    func transcript(build: TemporaryQEMU.Build) throws {
        let qemu = try qemu(build)
        let file = qemu.folder + "/transcript"
        let script = """
            /transcript \(file)
            object-add qom-type=secret id=s data=geheim
            /help eject
            /quit
            stop
            """
        let result = Program().run("qmp", qemu.socketPath, input: script)
        #expect(result.status == 0)
        #expect(result.output.contains("command eject"))
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.contains("> object-add qom-type=secret id=s data=•••\n< {\"return\":{}}"))
        #expect(!text.contains("geheim") && !text.contains("stop"))
    }
}
