internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// The one place where results and errors become text.
struct Renderer {
    let global: GlobalOptions
    /// The exit status of all errors, where the verb has one.
    var errorStatus: Int32?
    /// How marks in front of errors, warnings and hints look, which all go to standard error.
    var paint = Paint(isWanted: false)
    /// How a table looks.
    var tablePaint = Paint(isWanted: false)
    /// Whether standard output is a terminal, which a document mustn't steer.
    var isForTerminal = false

    /// What goes to standard output for a result.
    func text(of report: Report) -> String {
        switch global.format {
        case .human: human(report)
        case .json, .sarif: report.body.isNothing ? "" : Self.pretty(report.value)
        case .jsonl: lines(report)
        case .yaml: report.body.isNothing ? "" : YAMLWriter.text(report.value)
        case .name: report.names.map { PrintableText.line($0) + "\n" }.joined()
        }
    }

    /// What goes to standard error beside a result.
    func warnings(of report: Report) -> String {
        guard global.format == .human || global.format == .name else { return "" }
        return report.warnings.map { paint.text("warning:", .warning) + " " + Self.block($0) }.joined()
    }

    private func lines(_ report: Report) -> String {
        if report.body.isNothing { return "" }
        guard case .array(let elements) = report.value else { return Self.line(report.value) }
        return elements.map(Self.line).joined()
    }

    private func human(_ report: Report) -> String {
        let text: String
        switch report.body {
        case .nothing: return ""
        case .message(let sentence): text = global.isQuiet ? "" : PrintableText.line(sentence) + "\n"
        case .messages(let sentences):
            text = global.isQuiet ? "" : sentences.map { PrintableText.line($0) + "\n" }.joined()
        case .text(let answer): text = PrintableText.lines(answer) + (answer.hasSuffix("\n") ? "" : "\n")
        case .raw(let answer): text = PrintableText.lines(answer)
        case .document(let bytes): text = isForTerminal ? PrintableText.lines(bytes) : bytes
        case .painted(let painted): text = painted
        case .table(let table): text = table.rendered(headings: !global.isQuiet, tablePaint)
        }
        return global.isVirsh && !global.isQuiet ? text + "\n" : text
    }

    /// What an error prints, and where: programs find the document on standard output, people the sentence on
    /// standard error.
    func text(of error: VMError) -> (stream: StandardStream, text: String) {
        switch global.format {
        case .human, .name, .sarif: (.error, human(error))
        case .json: (.output, Self.pretty(document(error)))
        case .jsonl: (.output, Self.line(document(error)))
        case .yaml: (.output, YAMLWriter.text(document(error)))
        }
    }

    private static func pretty(_ value: JSONValue) -> String {
        var writer = JSONWriter(layout: JSONWriter.Layout(indent: 2))
        writer.append(value)
        return DisplayText.escapedJSON(String(decoding: writer.bytes, as: UTF8.self)) + "\n"
    }

    private static func line(_ value: JSONValue) -> String { DisplayText.json(value) + "\n" }

    /// A message on its lines: QEMU's own words take several. Those behind the first are indented, so that none can look like
    /// an error or a hint of ours.
    private static func block(_ message: String) -> String {
        message.split(separator: "\n", omittingEmptySubsequences: false).map { PrintableText.line(String($0)) }
            .joined(separator: "\n  ") + "\n"
    }

    /// A line `error: …` for the error and each of its causes, the findings in a document, and the remedy.
    private func human(_ error: VMError) -> String {
        let mark = paint.text("error:", .error)
        var text = ""
        var next: VMError? = error
        while let link = next {
            text += "\(mark) " + Self.block(link.message)
            // A sentence that is made of one finding, behind libvirt's own words or not, says all of it.
            let isSaid = link.diagnostics.count == 1 && link.message.hasSuffix(Diagnostic.summary(of: link.diagnostics))
            for diagnostic in link.diagnostics where !isSaid { text += PrintableText.line("\(diagnostic)") + "\n" }
            next = link.cause
        }
        if let remedy = error.firstRemedy, !global.isVirsh, !error.message.hasSuffix(remedy.text) {
            text += paint.text("hint:", .hint) + " " + Self.block(remedy.inShell)
        }
        return text
    }

    /// `{"error": {"code", "message", "remedy", "causes", "diagnostics", "libvirt"}}`.
    func document(_ error: VMError) -> JSONValue {
        var causes: [JSONValue] = []
        var diagnostics: [JSONValue] = error.diagnostics.map(Self.document)
        var next = error.cause
        while let cause = next {
            causes.append(["code": .string(cause.code.name), "message": .string(cause.message)])
            diagnostics += cause.diagnostics.map(Self.document)
            next = cause.cause
        }
        var body: JSONObject = ["code": .string(error.code.name), "message": .string(error.message)]
        if let remedy = error.firstRemedy { body["remedy"] = .string(remedy.inShell) }
        if !causes.isEmpty { body["causes"] = .array(causes) }
        if !diagnostics.isEmpty { body["diagnostics"] = .array(diagnostics) }
        body["exit_status"] = .integer(Int64(exitStatus(error)))
        body["libvirt"] = [
            "code": .integer(Int64(error.libvirt.number.rawValue)),
            "domain": .integer(Int64(error.libvirt.domain.rawValue)),
        ]
        return ["error": .object(body)]
    }

    /// A finding as programs read it.
    static func document(_ diagnostic: Diagnostic) -> JSONValue {
        var object: JSONObject = [
            "severity": .string(diagnostic.severity.rawValue), "rule": .string(diagnostic.rule),
            "message": .string(diagnostic.message),
        ]
        if let place = diagnostic.place {
            object["file"] = .string(place.file)
            object["line"] = .integer(Int64(place.line))
            object["column"] = .integer(Int64(place.column))
        }
        if !diagnostic.path.isEmpty { object["path"] = .string(diagnostic.path) }
        if let found = diagnostic.found { object["found"] = .string(found) }
        if !diagnostic.accepted.isEmpty { object["accepted"] = .array(diagnostic.accepted.map { .string($0) }) }
        if let suggestion = diagnostic.suggestion { object["suggestion"] = .string(suggestion) }
        return .object(object)
    }

    /// The exit status for an error; virsh knows only 1.
    func exitStatus(_ error: VMError) -> Int32 { errorStatus ?? (global.isVirsh ? 1 : error.code.exitStatus) }
}

extension Report.Body {
    var isNothing: Bool {
        if case .nothing = self { return true }
        return false
    }
}
