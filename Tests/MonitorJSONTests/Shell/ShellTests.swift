import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// The schema of the machine's own QEMU, asked once.
private let found: Schema? = {
    guard let build = TemporaryQEMU.builds.first, let qemu = try? TemporaryQEMU(build) else { return nil }
    return try? qemu.connect().execute(QuerySchema(), deadline: .after(.seconds(20)))
}()

/// Not a constant, so that its absence is a question each test asks.
private var schema: Schema? { found }

private let requests: [(String, String, JSONObject)] = [
    ("query-status", "query-status", [:]),
    ("  eject id=123 force=true ", "eject", ["id": "123", "force": true]),
    ("eject id='two words' force=on", "eject", ["id": "two words", "force": true]),
    ("device_add driver=e1000 id=net1 bus=pci.0", "device_add", ["driver": "e1000", "id": "net1", "bus": "pci.0"]),
    (
        "blockdev-add driver=raw node-name=5 read-only=yes file.driver=file file.filename=/a,b=c", "blockdev-add",
        [
            "driver": "raw", "node-name": "5", "read-only": true, "file": ["driver": "file", "filename": "/a,b=c"],
        ]
    ),
    (
        "blockdev-add driver=raw node-name=n file=other", "blockdev-add",
        ["driver": "raw", "node-name": "n", "file": "other"]
    ),
    (
        "blockdev-add {\"driver\": \"null-co\", \"node-name\": \"n\"}", "blockdev-add",
        ["driver": "null-co", "node-name": "n"]
    ),
    (
        "blockdev-add driver=null-co node-name=n size=1G", "blockdev-add",
        ["driver": "null-co", "node-name": "n", "size": 1_073_741_824]
    ),
    (
        "object-add qom-type=memory-backend-ram id=m size=0x100000 host-nodes=0,1 policy=bind", "object-add",
        ["qom-type": "memory-backend-ram", "id": "m", "size": 1_048_576, "host-nodes": [0, 1], "policy": "bind"]
    ),
    (
        "send-key keys.0.type=qcode keys.0.data=a keys.1.type=number keys.1.data=30", "send-key",
        ["keys": [["type": "qcode", "data": "a"], ["type": "number", "data": 30]]]
    ),
    (
        "migrate-set-parameters max-bandwidth=5 tls-creds=7", "migrate-set-parameters",
        ["max-bandwidth": 5, "tls-creds": "7"]
    ),
    ("set_password protocol=vnc password=Ann's", "set_password", ["protocol": "vnc", "password": "Ann's"]),
    ("{'execute': 'anything', 'arguments': {'a': 1}, 'id': 7}", "anything", ["a": 1]),
]

private let refusals: [(String, String)] = [
    ("ejct id=1", "this QEMU has no command 'ejct'; did you mean 'eject'?"),
    ("eject ident=1", "'eject' takes no 'ident'"),
    ("eject force=perhaps", "'force' can't be 'perhaps'; write true or false"),
    ("eject cd0", "'cd0' is no argument; write KEY=VALUE, or one JSON object"),
    ("eject id='x", "a quote or bracket is not closed"),
    ("eject id=1 id=2", "'id' is given twice"),
    ("blockdev-add driver=raw file=x file.driver=file", "'file.driver' is given twice"),
    ("send-key keys.1.data=a", "'send-key.keys' must be an array, not object"),
    ("blockdev-add driver=null-co size=large", "'size' can't be 'large'"),
]

@Suite("The shell's lines", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"))
struct ShellTests {
    @Test("Lines become commands with the types of the schema", arguments: requests)
    func request(line: String, command: String, arguments: JSONObject) throws {
        let schema: Schema = try #require(schema)
        let input = try ShellParser(schema: schema).parse(line)
        #expect(input == .request(QMPRequest(command, arguments), outOfBand: false))
    }

    @Test("What QEMU would refuse is refused before, with the nearest word", arguments: refusals)
    func refusal(line: String, text: String) throws {
        let schema: Schema = try #require(schema)
        let parser = ShellParser(schema: schema)
        let error = #expect(throws: VMError.self) { try parser.parse(line) }
        #expect(error?.description.hasPrefix(text) == true, "\(error?.description ?? "")")
    }

    @Test("Other lines")
    func others() throws {
        let parser = ShellParser(schema: schema)
        #expect(try parser.parse("  ") == .nothing)
        #expect(try parser.parse("# note") == .nothing)
        #expect(try parser.parse(" info block -v ") == .human("info block -v"))
        #expect(try parser.parse("hmp sendkey ctrl-alt-f1") == .human("sendkey ctrl-alt-f1"))
        #expect(try parser.parse("/help eject") == .shell("help", ["eject"]))
        #expect(try parser.parse("exec-oob query-yank") == .request(QMPRequest("query-yank"), outOfBand: true))
    }

    @Test("Without a schema values are what they look like")
    func withoutSchema() throws {
        let input = try ShellParser(schema: nil).parse("x a=1 b=true c=text d=null e='1' f=[1,'2']")
        let expected: JSONObject = ["a": 1, "b": true, "c": "text", "d": nil, "e": "1", "f": [1, "2"]]
        #expect(input == .request(QMPRequest("x", expected), outOfBand: false))
    }

    @Test(
        "No line traps",
        arguments: [
            "'", "\"", "=", "=x", "a=", "{", "}", "[", "x ]", "x a.=1", "x .a=1", "x a..b=1", "x a.-1=2",
            "x a.0=1 a.b=2",
            "x a.99999999999999999999=1", "x a=[", "x a='\\", "exec-oob", "/", "x a.0.0.0=1 a.0.0.0=2", "x 💥=💥", "hmp",
            "info",
        ])
    func robust(line: String) {
        _ = try? ShellParser(schema: schema).parse(line)
        _ = try? ShellParser(schema: nil).parse(line)
        _ = schema.map { ShellCompletion(schema: $0).candidates(line) }
        _ = Redaction.line(line)
    }

    @Test("Completion: commands, arguments, variants, words, ids")
    func completion() throws {
        let facts = ShellCompletion.Facts(drivers: ["e1000", "e1000e"], devices: ["cd0", "net0"], nodes: ["n1"])
        let completion = ShellCompletion(schema: try #require(schema), facts: facts, shellCommands: ["help", "quit"])
        func words(_ line: String) -> [String] { completion.candidates(line).words }
        #expect(words("query-st") == ["query-stats ", "query-stats-schemas ", "query-status "])
        #expect(words("/h") == ["/help "])
        #expect(words("eject ") == ["device=", "force=", "id="])
        #expect(words("eject id=cd0 f") == ["force="])
        #expect(words("eject id=") == ["id=cd0 ", "id=net0 "])
        #expect(words("eject force=t") == ["force=true "])
        #expect(words("device_add driver=e1000") == ["driver=e1000 ", "driver=e1000e "])
        #expect(words("blockdev-add driver=qco") == ["driver=qcow ", "driver=qcow2 "])
        #expect(words("blockdev-add driver=qcow2 lazy") == ["lazy-refcounts="])
        #expect(words("blockdev-add driver=raw lazy") == [])
        #expect(words("blockdev-add driver=raw fi") == ["file."])
        #expect(words("blockdev-add driver=raw file.driver=file file.filen") == ["file.filename="])
        #expect(words("blockdev-change-medium read-only-mode=r").count == 3)
        #expect(completion.candidates("eject fo").offset == 6)
        #expect(words("/help query-vers") == ["query-version"])
    }

    @Test("Help names arguments and types")
    func help() throws {
        let text = SchemaText(try #require(schema))
        let eject = try #require(text.text(of: "eject"))
        #expect(eject.contains("[force]: boolean"))
        #expect(eject.contains("[device]: string (deprecated)"))
        #expect(try #require(text.text(of: "SHUTDOWN")).contains("guest: boolean"))
        #expect(text.text(of: "nothing") == nil)
    }

    @Test(
        "Secrets are taken out",
        arguments: [
            ("set_password protocol=vnc password=geheim", "set_password protocol=vnc password=•••"),
            ("object-add qom-type=secret id=s data=geheim", "object-add qom-type=secret id=s data=•••"),
            ("hmp change vnc password geheim", "hmp •••"),
            (
                "guest-set-user-password {\"username\": \"u\", \"password\": \"geheim\"}",
                "guest-set-user-password {\"username\":\"u\",\"password\":\"•••\"}"
            ),
            (
                "{\"execute\": \"set_password\", \"arguments\": {\"password\": \"geheim\"}}",
                "{\"execute\":\"set_password\",\"arguments\":{\"password\":\"•••\"}}"
            ),
            ("{\"execute\": \"set_password\", geheim", "•••"),
            ("eject  id=cd0", "eject  id=cd0"),
        ])
    func redaction(line: String, text: String) {
        #expect(Redaction.line(line) == text)
    }
}
