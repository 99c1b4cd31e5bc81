import Testing
import VMCore
import VMJSON

@testable import VMCommands

@Suite("One renderer prints results and errors")
struct RendererTests {
    private func renderer(_ format: OutputFormat = .human, quiet: Bool = false, virsh: Bool = false) -> Renderer {
        var global = GlobalOptions()
        global.format = format
        global.isQuiet = quiet
        global.isVirsh = virsh
        return Renderer(global: global)
    }

    private var list: Report {
        var table = TextTable(["Id", "Name", "State"])
        table.rows = [["1", "test", "running"], ["-", "über", "shut off"]]
        return Report(.table(table), value: [["name": "test"], ["name": "über"]], names: ["test", "über"])
    }

    @Test("a table looks as virsh prints it")
    func table() {
        #expect(
            renderer().text(of: list) == """
                 Id   Name   State
                -----------------------
                 1    test   running
                 -    über   shut off

                """)
    }

    @Test("a quiet table has no headings and no room for them")
    func quietTable() {
        #expect(renderer(quiet: true).text(of: list) == " 1   test   running\n -   über   shut off\n")
    }

    @Test("control characters in a cell are printed as escapes")
    func control() {
        var table = TextTable(["Name"])
        table.rows = [["a\u{1b}[31m\n"]]
        #expect(table.rendered(headings: false) == " a\\x1b[31m\\x0a\n")
    }

    @Test("wide characters count two columns")
    func wide() {
        #expect(DisplayText.width("虚拟机") == 6)
        #expect(DisplayText.width("e\u{301}") == 1)
    }

    @Test("json is one document, jsonl a line for each element, name a line for each name")
    func machine() {
        #expect(
            renderer(.json).text(of: list) == """
                [
                  {
                    "name": "test"
                  },
                  {
                    "name": "über"
                  }
                ]

                """)
        #expect(renderer(.jsonl).text(of: list) == #"{"name":"test"}"# + "\n" + #"{"name":"über"}"# + "\n")
        #expect(renderer(.name).text(of: list) == "test\nüber\n")
    }

    @Test("yaml nests and quotes what needs it")
    func yaml() {
        let value: JSONValue = [
            "name": "test", "title": "yes", "pid": 12, "running": true, "tags": ["a", "1"], "none": [],
            "disks": [["target": "vda", "path": "/a b"], ["target": "sda"]],
        ]
        #expect(
            YAMLWriter.text(value) == """
                name: test
                title: "yes"
                pid: 12
                running: true
                tags:
                  - a
                  - "1"
                none: []
                disks:
                  - target: vda
                    path: "/a b"
                  - target: sda

                """)
    }

    @Test("a confirmation is left out when quiet; a blank line follows for virsh")
    func message() {
        let report = Report(.message("Domain 'test' started"), value: ["name": "test"])
        #expect(renderer().text(of: report) == "Domain 'test' started\n")
        #expect(renderer(quiet: true).text(of: report).isEmpty)
        #expect(renderer(virsh: true).text(of: report) == "Domain 'test' started\n\n")
        #expect(renderer(.jsonl).text(of: report) == #"{"name":"test"}"# + "\n")
    }

    private var failure: VMError {
        VMError(.noDomain, "no domain 'x'", remedy: "see 'vmctl list --all'").wrapped("failed to get domain 'x'")
    }

    @Test("people read an error with its causes and remedy on standard error")
    func humanError() {
        let (stream, text) = renderer().text(of: failure)
        #expect(stream == .error)
        #expect(
            text == """
                error: failed to get domain 'x'
                error: no domain 'x'
                hint: see 'vmctl list --all'

                """)
        #expect(renderer().exitStatus(failure) == 3)
        #expect(renderer(virsh: true).exitStatus(failure) == 1)
        #expect(!renderer(virsh: true).text(of: failure).text.contains("hint"))
    }

    @Test("programs read an error as a document on standard output")
    func machineError() throws {
        let place = SourcePlace(file: "a.xml", line: 3, column: 5)
        let diagnostic = Diagnostic(
            rule: "unknown-element", "unknown element <dsik>", place: place, found: "dsik", accepted: ["disk"],
            suggestion: "disk")
        let error = VMError(.invalidXML, "the domain is not acceptable", diagnostics: [diagnostic])
        let (stream, text) = renderer(.json).text(of: error)
        #expect(stream == .output)
        let document = try JSONParser.parse(text)
        #expect(document["error"]?["code"] == "invalid-xml")
        #expect(document["error"]?["exit_status"] == 5)
        let finding = document["error"]?["diagnostics"]?.array?.first
        #expect(finding?["line"] == 3)
        #expect(finding?["suggestion"] == "disk")
    }
}
