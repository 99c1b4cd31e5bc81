import Foundation
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// What docs/qmp.md shows, done as it says.
@Suite(
    "Ways to speak QMP that the documentation shows", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"),
    .timeLimit(.minutes(40)))
struct QMPDocumentTests {
    private static var hasSocat: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/socat") }

    /// Says lines through socat, each once something has come, and gives all that was answered.
    private func socat(_ address: String, _ lines: [String]) throws -> [JSONValue] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/socat")
        process.arguments = ["-", address]
        let (input, output) = (Foundation.Pipe(), Foundation.Pipe())
        process.standardInput = input
        process.standardOutput = output
        // A socat that has ended must not end the tests.
        ignoreBrokenPipes()
        try process.run()
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        var found: [JSONValue] = []
        var held = Data()
        for line in lines + [""] {
            while !held.contains(0x0a) {
                let more = output.fileHandleForReading.availableData
                if more.isEmpty { return found }
                held += more
            }
            while let end = held.firstIndex(of: 0x0a) {
                found.append(try JSONParser.parse(Array(held[held.startIndex..<end])))
                held = Data(held[held.index(after: end)...])
            }
            if !line.isEmpty { try input.fileHandleForWriting.write(contentsOf: Data((line + "\r\n").utf8)) }
        }
        return found
    }

    @Test("A session by hand over TCP, as with telnet", .enabled(if: hasSocat), arguments: TemporaryQEMU.builds)
    func tcp(build: TemporaryQEMU.Build) throws {
        let port = try FreePort.take()
        let qemu = try TemporaryQEMU(build, monitor: ["-qmp", "tcp:localhost:\(port),server=on,wait=off"])
        try qemu.connect(to: .tcp(host: "localhost", port: port)).close()
        let said = try socat(
            "TCP:localhost:\(port)",
            [
                "{ \"execute\": \"qmp_capabilities\" }", "{ \"execute\": \"query-status\" }",
                "{ \"execute\": \"query-commands\" }",
            ])
        #expect(said.first?["QMP"]?["version"] != nil)
        try #require(said.count == 4, "\(said.map(\.description)), \(qemu.errorOutput)")
        #expect(said[1] == ["return": [:]])
        #expect(said[2]["return"]?["running"] == true)
        #expect((said[3]["return"]?.array?.count ?? 0) > 150)
        let result = Program().run("qmp", "tcp:localhost:\(port)", "-c", "query-status")
        #expect(result.status == 0 && result.json["return"]?["running"] == true)
    }

    @Test("The configuration file, with socat", .enabled(if: hasSocat), arguments: TemporaryQEMU.builds)
    func readconfig(build: TemporaryQEMU.Build) throws {
        let program = Program()
        let path = program.home + "/qmp.sock"
        #expect(program.run("readconfig", "--socket", path, "-o", program.home + "/qemu-qmp.conf").status == 0)
        let qemu = try TemporaryQEMU(build, monitor: ["-readconfig", program.home + "/qemu-qmp.conf"])
        try qemu.connect(to: .unix(path: path)).close()
        let said = try socat("UNIX-CONNECT:\(path)", ["{\"execute\": \"qmp_capabilities\"}"])
        #expect(said.first?["QMP"] != nil && said.last == ["return": [:]])
        let result = program.run("qmp", path, "-c", "query-status")
        #expect(result.json["return"]?["running"] == true)
    }

    @Test("The shell's example: a network card, and a disk that is ejected", arguments: TemporaryQEMU.builds)
    func shell(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(
            build,
            arguments: [
                "-machine", "pc,accel=tcg", "-m", "32", "-S", "-blockdev",
                "driver=null-co,node-name=medium,size=1048576,read-zeroes=on", "-device", "ide-cd,id=cd0,drive=medium",
            ])
        try qemu.waitUntilReady()
        let script = """
            netdev_add type=user id=net1
            device_add driver=e1000 id=net1 netdev=net1
            eject id=cd0 force=true
            query-block
            query-commands
            """
        let result = Program().run("qmp", qemu.socketPath, "--events", input: script)
        #expect(result.status == 0)
        let lines = try result.output.split(separator: "\n").map { try JSONParser.parse(String($0)) }
        let returned = lines.compactMap { $0["return"] }
        #expect(returned.count == 5 && returned[0] == [:] && returned[1] == [:] && returned[2] == [:])
        #expect(lines.contains { $0["event"] == "DEVICE_TRAY_MOVED" })
        #expect(returned[3][0]?["inserted"] == nil && returned[3][0]?["tray_open"] == true)
        #expect((returned[4].array?.count ?? 0) > 150)
    }

    @Test("A disk error, without a broken disk", arguments: TemporaryQEMU.builds)
    func diskError(build: TemporaryQEMU.Build) throws {
        let disk: JSONValue = [
            "driver": "raw", "node-name": "disk",
            "file": [
                "driver": "blkdebug", "image": ["driver": "null-co", "size": 1_048_576],
                "inject-error": [["event": "read_aio", "errno": 5]],
            ],
        ]
        let qemu = try TemporaryQEMU(
            build,
            arguments: [
                "-machine", "pc,accel=tcg", "-m", "32", "-S", "-blockdev", disk.description, "-device",
                "ide-hd,drive=disk,rerror=report",
            ])
        try qemu.waitUntilReady()
        let shell = try Terminal(Program(), "qmp", qemu.socketPath)
        #expect(shell.wait(for: "> "))
        shell.type("cont\r")
        #expect(shell.wait(for: "* RESUME"))
        #expect(shell.wait(for: "* BLOCK_IO_ERROR {"))
        #expect(shell.wait(for: "\"operation\":\"read\""))
        shell.type("/quit\r")
        #expect(shell.end() == 0)
    }
}
