import Testing
import VMCore
import VMJSON
import VMXML

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

    /// What a hostile file's name may hold: a colour, an error of its own, and what isn't seen.
    private let hostile = "a\u{1b}[32m\nerror: b\u{202e}\u{9b}2J"
    private let shown = "a\\x1b[32m\\x0aerror: b\\u202e\\x9b2J"

    @Test("what others have put into an answer is cleaned wherever it goes, a document only for a terminal")
    func foreign() {
        for isForTerminal in [false, true] {
            var renderer = renderer()
            renderer.isForTerminal = isForTerminal
            func text(_ body: Report.Body) -> String { renderer.text(of: Report(body, value: .null)) }
            #expect(text(.message(hostile)) == shown + "\n")
            #expect(text(.messages([hostile, "c"])) == shown + "\nc\n")
            let lines = "a\\x1b[32m\nerror: b\\u202e\\x9b2J"
            #expect(text(.text(hostile)) == lines + "\n")
            #expect(text(.raw(hostile)) == lines)
            #expect(text(.document(hostile)) == (isForTerminal ? lines : hostile))
        }
        #expect(renderer(.name).text(of: Report(.nothing, value: .null, names: [hostile])) == shown + "\n")
    }

    @Test("no line of somebody else's looks like an error, a hint or a warning of ours")
    func foreignErrors() {
        let error = VMError(.io, hostile, remedy: Remedy(hostile)).wrapped("QEMU said: x\nhint: y")
        let indented = "a\\x1b[32m\n  error: b\\u202e\\x9b2J"
        #expect(
            renderer().text(of: error).text
                == "error: QEMU said: x\n  hint: y\nerror: \(indented)\nhint: \(indented)\n")
        var report = Report(.nothing, value: .null)
        report.warnings = [hostile]
        #expect(renderer().warnings(of: report) == "warning: \(indented)\n")
        let finding = VMError(.invalidXML, "no", diagnostics: [Diagnostic(rule: "r", hostile, place: nil)])
        #expect(renderer().text(of: finding).text == "error: no\nerror: \(shown)\n")
    }

    @Test("what a message says isn't said once more as a finding or a hint")
    func onceOnly() {
        let place = SourcePlace(file: "n.xml", line: 1, column: 24)
        let finding = Diagnostic(rule: "r", "<network> has no element <brige>; did you mean 'bridge'?", place: place)
        let error = VMError(
            .invalidXML, "XML error: " + Diagnostic.summary(of: [finding]), remedy: "did you mean 'bridge'?",
            diagnostics: [finding])
        #expect(
            renderer().text(of: error).text
                == "error: XML error: n.xml:1:24: <network> has no element <brige>; did you mean 'bridge'?\n")
        let other = VMError(.invalidXML, "the network is not acceptable", remedy: "mend it", diagnostics: [finding])
        #expect(renderer().text(of: other).text.split(separator: "\n").count == 3)
    }

    @Test("our own colours stand around text that has none")
    func colours() {
        var renderer = renderer()
        renderer.paint = Paint(isWanted: true)
        let text = renderer.text(of: VMError(.io, "a\u{1b}[32mb")).text
        #expect(text == "\u{1b}[1;31merror:\u{1b}[0m a\\x1b[32mb\n")
    }

    @Test("JSON and YAML have escapes for what does something on a terminal, and mean the same")
    func foreignValues() throws {
        let value: JSONValue = ["x": .string("\u{7f}\u{9b}\u{202e}\u{e0001}é")]
        let report = Report(.text(""), value: value)
        #expect(renderer(.jsonl).text(of: report) == #"{"x":"\u007f\u009b\u202e\udb40\udc01é"}"# + "\n")
        #expect(DisplayText.prettyJSON(value).contains(#""\u007f\u009b\u202e\udb40\udc01é""#))
        #expect(try JSONParser.parse(DisplayText.json(value)) == value)
        #expect(YAMLWriter.text(value) == #"x: "\x7f\x9b\u202e\U000e0001é""# + "\n")
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
