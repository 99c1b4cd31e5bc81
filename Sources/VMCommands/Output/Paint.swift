/// Colours for a terminal, or none.
struct Paint {
    enum Style: String {
        case error = "1;31"
        case warning = "1;35"
        case hint = "36"
        case good = "32"
        case heading = "1"

        /// How the state of a domain looks; nil for those that are nothing special.
        init?(state: String) {
            switch state.prefix(while: { $0 != "," }) {
            case "running": self = .good
            case "paused", "pmsuspended", "in shutdown", "saved": self = .hint
            case "crashed", "broken": self = .error
            default: return nil
            }
        }
    }

    let isWanted: Bool

    func text(_ text: String, _ style: Style) -> String {
        isWanted ? "\u{1b}[\(style.rawValue)m\(text)\u{1b}[0m" : text
    }
}
