internal import VMCore

/// The words of libvirt's own daemons, for a program that is called by the name of one: libvirt's clients start
/// `virtqemud` by themselves when nobody serves them.
enum DaemonArguments {
    /// The words of `serve` that mean the same; those that were given where the program is called otherwise.
    static func translated(_ program: String?, _ words: [String]) throws(VMError) -> [String] {
        guard let program, ["virtqemud", "libvirtd"].contains(program) else { return words }
        var result = ["serve"]
        var rest = words[...]
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            func value() throws(VMError) -> String {
                if word.hasPrefix("--"), parts.count == 2 { return parts[1] }
                guard let next = rest.popFirst() else {
                    throw VMError(.usage, "option '\(word)' of \(program) wants a value")
                }
                return next
            }
            switch parts.first ?? word {
            case "--timeout", "-t": result += ["--timeout", try value()]
            case "--daemon", "-d": result.append("--daemon")
            case "--verbose", "-v": break
            case "--version", "-V": return ["--version"]
            case "--help", "-h": return ["serve", "--help"]
            case "--config", "-f", "--pid-file", "-p":
                let file = try value()
                StandardStream.error.show("\(program): '\(word)' is left aside: \(file) has no use here\n")
            default:
                throw VMError(
                    .usage, "\(program) has no option '\(word)' here",
                    remedy: "it takes --timeout, --daemon, and what it leaves aside: --config, --pid-file, --verbose")
            }
        }
        return result
    }
}
