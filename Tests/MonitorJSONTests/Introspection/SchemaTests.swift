import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// A small schema in the form of `query-qmp-schema`.
private let small: JSONValue = [
    ["name": "eject", "meta-type": "command", "arg-type": "1", "ret-type": "0"],
    ["name": "blockdev-add", "meta-type": "command", "arg-type": "2", "ret-type": "0"],
    [
        "name": "yank", "meta-type": "command", "arg-type": "0", "ret-type": "0", "allow-oob": true,
        "features": ["unstable"],
    ],
    ["name": "STOP", "meta-type": "event", "arg-type": "0"],
    ["name": "0", "meta-type": "object", "members": []],
    [
        "name": "1", "meta-type": "object",
        "members": [
            ["name": "device", "type": "str", "default": nil, "features": ["deprecated"]],
            ["name": "force", "type": "bool", "default": nil],
        ],
    ],
    [
        "name": "2", "meta-type": "object", "tag": "driver",
        "members": [["name": "driver", "type": "3"], ["name": "size", "type": "int", "default": nil]],
        "variants": [["case": "file", "type": "4"], ["case": "qcow2", "type": "5"], ["case": "null", "type": "0"]],
    ],
    ["name": "3", "meta-type": "enum", "values": ["file", "qcow2", "null"]],
    ["name": "4", "meta-type": "object", "members": [["name": "filename", "type": "str"]]],
    [
        "name": "5", "meta-type": "object",
        "members": [["name": "file", "type": "6"], ["name": "tags", "type": "[str]", "default": nil]],
    ],
    ["name": "6", "meta-type": "alternate", "members": [["type": "2"], ["type": "str"]]],
    ["name": "[str]", "meta-type": "array", "element-type": "str"],
    ["name": "str", "meta-type": "builtin", "json-type": "string"],
    ["name": "bool", "meta-type": "builtin", "json-type": "boolean"],
    ["name": "int", "meta-type": "builtin", "json-type": "int"],
]

private let rightCommands: [(String, JSONObject)] = [
    ("eject", [:]), ("eject", ["device": "x", "force": false]), ("yank", [:]),
    ("blockdev-add", ["driver": "file", "filename": "x", "size": 5]),
    ("blockdev-add", ["driver": "qcow2", "file": "node", "tags": ["a"]]),
    ("blockdev-add", ["driver": "qcow2", "file": ["driver": "file", "filename": "x"]]),
    ("blockdev-add", ["driver": "null"]),
]

private let wrongCommands: [(String, JSONObject, String)] = [
    ("ejct", [:], "this QEMU has no command 'ejct'; did you mean 'eject'?"),
    ("eject", ["forse": true], "'eject' takes no 'forse'; did you mean 'force'?"),
    ("eject", ["force": "yes"], "'eject.force' must be a boolean, not string"),
    ("blockdev-add", [:], "'blockdev-add' needs 'driver'"),
    (
        "blockdev-add", ["driver": "qcow3"],
        "'blockdev-add.driver' can't be 'qcow3', only one of file, qcow2, null; did you mean 'qcow2'?"
    ),
    ("blockdev-add", ["driver": "file"], "'blockdev-add' needs 'filename'"),
    (
        "blockdev-add", ["driver": "file", "filename": 5],
        "'blockdev-add.filename' must be a string, not integer"
    ),
    ("blockdev-add", ["driver": "null", "size": 1.5], "'blockdev-add.size' must be an integer, not number"),
    ("blockdev-add", ["driver": "qcow2", "file": ["driver": "file"]], "'blockdev-add.file' needs 'filename'"),
    ("blockdev-add", ["driver": "qcow2", "file": 1], "'blockdev-add.file' must be what it takes, not integer"),
    (
        "blockdev-add", ["driver": "qcow2", "file": "n", "tags": [1]],
        "'blockdev-add.tags[0]' must be a string, not integer"
    ),
]

@Suite("What a QEMU's monitor takes")
struct SchemaTests {
    @Test("Commands, events and arguments are found")
    func questions() throws {
        let schema = try Schema(small)
        #expect(schema.contains(command: "eject"))
        #expect(!schema.contains(command: "change"))
        #expect(schema.contains(event: "STOP"))
        #expect(schema.commands["yank"]?.allowsOutOfBand == true)
        #expect(schema.accepts(command: "eject", argument: "device"))
        #expect(!schema.accepts(command: "eject", argument: "id"))
        #expect(schema.accepts(command: "blockdev-add", argument: "file.filename"))
        #expect(schema.accepts(command: "blockdev-add", argument: "file.file.tags"))
        #expect(!schema.accepts(command: "blockdev-add", argument: "file.nothing"))
        #expect(schema.accepts(command: "blockdev-add", argument: "driver", value: "qcow2"))
        #expect(!schema.accepts(command: "blockdev-add", argument: "driver", value: "qcow3"))
    }

    @Test("The words of an enum, as members with features and as the bare values of older QEMUs")
    func enums() throws {
        let words: [JSONValue] = [
            ["members": [["name": "a"], ["name": "b", "features": ["deprecated"]]], "values": ["a", "b"]],
            ["members": [["name": "a"], ["name": "b", "features": ["deprecated"]]]], ["values": ["a", "b"]],
        ]
        for form in words {
            var type: JSONObject = ["name": "1", "meta-type": "enum"]
            for (key, value) in form.object ?? [:] { type[key] = value }
            let schema = try Schema([
                ["name": "x", "meta-type": "command", "arg-type": "0", "ret-type": "0"],
                ["name": "0", "meta-type": "object", "members": [["name": "word", "type": "1"]]], .object(type),
            ])
            #expect(schema.accepts(command: "x", argument: "word", value: "b"))
            #expect(!schema.accepts(command: "x", argument: "word", value: "c"))
            #expect(throws: VMError.self) { try schema.check("x", ["word": "c"]) }
        }
    }

    @Test("The right spelling is chosen")
    func spelling() throws {
        let schema = try Schema(small)
        let device = MediaDevice(id: "cd0", drive: "drive-cd0")
        #expect(Eject(device, force: true).request(for: schema).arguments == ["device": "drive-cd0", "force": true])
        #expect(Eject(device).request(for: nil).arguments == ["id": "cd0"])
        let change = ChangeMedium(device, filename: "/x.iso", format: "raw").request(for: schema)
        #expect(change == QMPRequest("change", ["device": "drive-cd0", "target": "/x.iso", "arg": "raw"]))
    }

    @Test("Right commands pass", arguments: rightCommands)
    func accepted(command: String, arguments: JSONObject) throws {
        try Schema(small).check(command, arguments)
    }

    @Test("Wrong commands are refused with the nearest word", arguments: wrongCommands)
    func refused(command: String, arguments: JSONObject, text: String) throws {
        let schema = try Schema(small)
        let error = #expect(throws: VMError.self) { try schema.check(command, arguments) }
        #expect(error?.description == text)
    }

    @Test("Real schemas", .enabled(if: TemporaryQEMU.isThere), arguments: TemporaryQEMU.builds)
    func real(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let soon = Deadline.after(.seconds(20))
        let schema = try monitor.execute(QuerySchema(), deadline: soon)
        let names = try monitor.execute(QueryCommands(), deadline: soon)
        #expect(Set(names) == Set(schema.commands.keys))
        #expect(schema.contains(event: "SHUTDOWN"))
        #expect(schema.accepts(command: "blockdev-add", argument: "file.filename"))
        #expect(schema.accepts(command: "blockdev-add", argument: "backing.file.driver", value: "nbd"))
        #expect(Set(schema.commands.values.filter(\.allowsOutOfBand).map(\.name)).contains("query-yank"))
        try schema.check("device_add", ["driver": "e1000", "id": "n", "mac": "52:54:00:00:00:01"])
        try schema.check(
            "blockdev-add", ["driver": "raw", "node-name": "n", "file": ["driver": "null-co", "size": 1024]])
        try schema.check("screendump", ["filename": "x"])
        #expect(throws: VMError.self) {
            try schema.check("blockdev-add", ["driver": "raw", "file": ["driver": "null-co", "sise": 1]])
        }
    }
}
