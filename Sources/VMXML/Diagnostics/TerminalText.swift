internal import VMCore

/// What the renderers of this module put on a terminal.
struct TerminalText: Sendable {
    enum Style: String, Sendable {
        case bold = "1"
        case red = "1;31"
        case magenta = "1;35"
        case green = "1;32"
        case blue = "34"
    }

    /// Whether to colour with terminal codes.
    var colours: Bool

    func paint(_ text: String, _ style: Style) -> String {
        colours ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }

    /// Text of a document made safe for a terminal.
    static func clean(_ text: String) -> String { PrintableText.line(text) }
}

extension Unicode.Scalar {
    /// Whether a terminal shows it without doing anything else.
    var isHarmless: Bool { !PrintableText.isHarmful(self) }
}
