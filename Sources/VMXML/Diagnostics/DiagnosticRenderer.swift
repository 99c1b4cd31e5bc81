public import VMCore

/// Prints findings as compilers do: the line of the source with what is wrong underlined, and what would be right.
///
/// ```
/// vm.xml:14:15: error: <target> has no attribute 'buss'; did you mean 'bus'?
///    14 |       <target dev='vda' buss='virtio'/>
///       |                         ^~~~
///       = domain/devices/disk/target/@buss
/// ```
public struct DiagnosticRenderer: Sendable {
    /// Whether to colour the output with terminal codes.
    public var colours: Bool
    /// The most columns of a source line to show; longer ones are cut around what is wrong.
    public var width: Int

    public init(colours: Bool = false, width: Int = 100) {
        self.colours = colours
        self.width = max(20, width)
    }

    /// One finding, with a line end behind it.
    public func render(_ finding: Diagnostic, source: XMLSource?) -> String {
        var text = headline(finding)
        if let place = finding.place, let source, place.file == source.file {
            text += excerpt(finding, place, source)
        }
        return text
    }

    /// All findings, and a line that counts them.
    public func render(_ findings: [Diagnostic], source: XMLSource?) -> String {
        var text = findings.map { render($0, source: source) }.joined()
        if let summary = DiagnosticRenderer.summary(findings) { text += summary + "\n" }
        return text
    }

    /// `2 errors, 1 warning`; nil when there is nothing to count.
    public static func summary(_ findings: [Diagnostic]) -> String? {
        let counts = [Diagnostic.Severity.error, .warning].compactMap { severity -> String? in
            let count = findings.count { $0.severity == severity }
            return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
        }
        return counts.isEmpty ? nil : counts.joined(separator: ", ")
    }

    // MARK: Parts

    private func headline(_ finding: Diagnostic) -> String {
        var text = ""
        if let place = finding.place { text += paint(clean("\(place)") + ": ", .bold) }
        text += paint(finding.severity.rawValue + ":", finding.severity == .error ? .red : .magenta)
        text += " " + paint(clean(finding.message), .bold)
        if let suggestion = finding.suggestion { text += "; did you mean '" + paint(clean(suggestion), .green) + "'?" }
        return text + "\n"
    }

    private func excerpt(_ finding: Diagnostic, _ place: SourcePlace, _ source: XMLSource) -> String {
        let number = String(place.line)
        let gutter = String(repeating: " ", count: max(5, number.utf8.count + 1))
        let label = String(repeating: " ", count: gutter.utf8.count - number.utf8.count) + number
        // As many characters as can be shown, on either side.
        let around = source.surroundings(of: place.offset, within: width)
        let marked = max(1, min(source.extent(of: finding), around.text.count - around.column))
        let shown = window(around.text, around: around.column, marked, around.isCutBefore, around.isCutAfter)
        var text = "\(paint(label + " |", .blue)) \(shown.text)\n"
        text += "\(paint(gutter + " |", .blue)) \(shown.indent)"
        text += paint("^" + String(repeating: "~", count: max(0, shown.marked - 1)), .green) + "\n"
        if !finding.path.isEmpty { text += "\(paint(gutter + " =", .blue)) \(clean(finding.path))\n" }
        return text
    }

    /// The part of a line to show, the blanks up to the mark, and the mark's width on the screen.
    private func window(
        _ line: [Unicode.Scalar], around column: Int, _ count: Int, _ isCutBefore: Bool, _ isCutAfter: Bool
    ) -> (text: String, indent: String, marked: Int) {
        var start = 0
        var end = line.count
        if line.count > width || isCutBefore || isCutAfter {
            start = max(0, min(column - width / 3, line.count - width))
            end = min(line.count, start + width)
        }
        let isCut = start > 0 || isCutBefore
        var text = isCut ? "…" : ""
        var indent = isCut ? " " : ""
        var marked = 0
        for index in start..<end {
            let scalar = line[index]
            let isTab = scalar == "\t"
            let columns = isTab ? 4 : scalar.columns
            text += isTab ? "    " : scalar.isHarmless ? String(scalar) : "\u{fffd}"
            if index < column {
                indent += String(repeating: " ", count: columns)
            } else if index < column + count {
                marked += columns
            }
        }
        if end < line.count || isCutAfter { text += "…" }
        return (text, indent, max(1, marked))
    }

    private func clean(_ text: String) -> String { TerminalText.clean(text) }

    private func paint(_ text: String, _ style: TerminalText.Style) -> String {
        TerminalText(colours: colours).paint(text, style)
    }
}

extension Unicode.Scalar {
    /// How many columns a terminal takes for it.
    fileprivate var columns: Int {
        switch value {
        case 0x300...0x36f: 0
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60,
            0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
            2
        default: 1
        }
    }
}
