/// Prints changes one a line, as ``XMLChange/description`` does, in colours where these are wanted.
///
/// ```
/// domain/memory: '1048576' → '2097152'
/// domain/devices/disk[2]: + '<disk type=\'file\'><target dev=\'vdb\'/></disk>'
/// ```
public struct XMLChangeRenderer: Sendable {
    /// Whether to colour the output with terminal codes: what goes red, what comes green.
    public var colours: Bool

    public init(colours: Bool = false) { self.colours = colours }

    /// All changes, each with a line end behind it.
    public func render(_ changes: [XMLChange]) -> String { changes.map { render($0) + "\n" }.joined() }

    private func render(_ change: XMLChange) -> String {
        let text = TerminalText(colours: colours)
        let path = text.paint(TerminalText.clean(change.path) + ":", .bold)
        let old = change.old.map { text.paint("'\(TerminalText.clean($0))'", .red) }
        let new = change.new.map { text.paint("'\(TerminalText.clean($0))'", .green) }
        return switch (old, new) {
        case (let old?, let new?): "\(path) \(old) → \(new)"
        case (nil, let new?): "\(path) \(text.paint("+", .green)) \(new)"
        case (let old?, nil): "\(path) \(text.paint("-", .red)) \(old)"
        case (nil, nil): path
        }
    }
}
