import Testing
import VMCore
import VMJSON

@testable import QEMULauncher

/// Every text either arrives in QEMU exactly as it was given or is refused; QEMU itself is asked what arrived.
@Suite struct ParsedBackTests {
    /// A secret holds any text and gives it back.
    private func secrets(_ texts: [String]) -> [(option: QEMUOption, text: String)] {
        texts.enumerated().map { index, text in
            (QEMUOption(.object, ["qom-type": "secret", "id": .string("s\(index)"), "data": .string(text)]), text)
        }
    }

    private func questions(_ ids: some Sequence<String>) -> [(String, JSONObject)] {
        ids.map { ("qom-get", ["path": .string("/objects/\($0)"), "property": "data"]) }
    }

    @Test("texts arrive unaltered on the command line, as key=value and as JSON", arguments: RealQEMU.all)
    func argv(qemu: RealQEMU) throws {
        for syntax in [ArgvSyntax.keyval, .modern] {
            let secrets = secrets(NastyText.all)
            let arguments = try ArgvPrinter(syntax: syntax).print(secrets.map(\.option))
            let answer = try qemu.ask(
                ["-M", "none"] + arguments, commands: questions(secrets.map { $0.option.id ?? "" }))
            try #require(answer.status == 0, "\(answer.standardError)")
            #expect(answer.replies.map(\.string) == secrets.map(\.text))
        }
    }

    @Test("flat options keep texts too", arguments: RealQEMU.all)
    func flatOptions(qemu: RealQEMU) throws {
        for text in ["a,b=c", "=,,=", "\"x\" \\ y", "grüße\n"] {
            let option = QEMUOption(.name, ["guest": .string(text)])
            let answer = try qemu.ask(
                ["-M", "none"] + ArgvPrinter().print(option), commands: [("query-name", [:])])
            #expect(answer.replies.first?["name"]?.string == text)
        }
    }

    @Test("a -readconfig file delivers a text unaltered or the text is refused", arguments: RealQEMU.all)
    func readConfig(qemu: RealQEMU) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var options: [QEMUOption] = []
        var expected: [String: String] = [:]
        for (option, text) in secrets(NastyText.all) {
            do throws(VMError) {
                _ = try ReadConfigPrinter.print([option])
                options.append(option)
                expected[option.id ?? ""] = text
            } catch {
                #expect(text.contains { $0 == "\"" || $0 == "\n" || $0 == "\0" }, "\(text) refused: \(error)")
            }
        }
        #expect(expected.count > 20)
        let file = try folder.write(ReadConfigPrinter.print(options, comment: "made by a test"), to: "a.conf")
        let ids = expected.keys.sorted()
        let answer = try qemu.ask(["-M", "none", "-readconfig", file], commands: questions(ids))
        try #require(answer.status == 0, "\(answer.standardError)")
        #expect(answer.replies.map(\.string) == ids.map { expected[$0] })
    }

    @Test("the arguments of object-add say the same as the command line", arguments: RealQEMU.all)
    func hotPlug(qemu: RealQEMU) throws {
        let secrets = secrets(NastyText.fixed)
        let calls = try secrets.map { try $0.option.qmpCall() }
        let answer = try qemu.ask(
            ["-M", "none"],
            commands: calls.map { ($0.command, $0.arguments) } + questions(secrets.map { $0.option.id ?? "" }))
        #expect(answer.replies.suffix(secrets.count).map(\.string) == secrets.map(\.text))
    }

    @Test("chardev-add takes what -chardev takes", arguments: RealQEMU.all)
    func chardevs(qemu: RealQEMU) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func path(_ name: String) -> JSONValue { .string(folder.path + "/" + name) }
        let options: [JSONObject] = [
            ["backend": "null", "id": "c0"],
            ["backend": "pty", "id": "c1"],
            ["backend": "socket", "id": "c2", "path": path("a,b=c.sock"), "server": true, "wait": false],
            ["backend": "file", "id": "c3", "path": path("out"), "append": true],
            ["backend": "socket", "id": "c4", "host": "127.0.0.1", "port": "0", "server": true, "wait": false],
            ["backend": "udp", "id": "c5", "host": "", "port": "9999", "localaddr": "127.0.0.1", "localport": "0"],
            ["backend": "null", "id": "c6", "logfile": path("log"), "logappend": true],
        ]
        let chardevs = options.map { QEMUOption(.chardev, $0) }
        let cold = try qemu.ask(
            ["-M", "none"] + ArgvPrinter().print(chardevs), commands: [("query-chardev", [:])])
        try #require(cold.status == 0, "\(cold.standardError)")
        let calls = try chardevs.map { try $0.qmpCall() }
        let hot = try qemu.ask(
            ["-M", "none"], commands: calls.map { ($0.command, $0.arguments) } + [("query-chardev", [:])])
        #expect(described(cold.replies.last).count == options.count)
        #expect(described(hot.replies.last) == described(cold.replies.last))
    }

    /// What `query-chardev` says of c0 to c9, without numbers of ports and terminals, which are the kernel's choice.
    private func described(_ reply: JSONValue?) -> [String: String] {
        var result: [String: String] = [:]
        for device in reply?.array ?? [] {
            guard let label = device["label"]?.string, label.hasPrefix("c"), label.count == 2 else { continue }
            result[label] = device["filename"]?.string.map { $0.filter { !$0.isNumber } }
        }
        return result
    }
}
