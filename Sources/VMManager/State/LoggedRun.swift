internal import VMCore

/// One run of a machine as its log tells it: the only witness that outlives QEMU, its supervisor and the runtime folder.
struct LoggedRun: Sendable {
    /// When QEMU was started, and with what.
    var started: String
    var commandLine: String
    /// What QEMU printed.
    var output: [String] = []
    /// The supervisor's last word on it.
    var ended: (time: String, text: String)?

    private static let mark = "Z vmctl: "

    /// Takes the log apart, the oldest run first.
    static func all(_ log: [UInt8]) -> [LoggedRun] {
        var runs: [LoggedRun] = []
        var isAfterEnd = false
        for line in String(decoding: log, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: true) {
            guard let (time, text) = note(line) else {
                // QEMU's words come again behind "start failed".
                if let last = runs.indices.last, !isAfterEnd, !line.allSatisfy(\.isWhitespace) {
                    runs[last].output.append(String(line))
                }
                continue
            }
            if text.hasPrefix("starting '"), let colon = text.range(of: "': ") {
                runs.append(LoggedRun(started: time, commandLine: String(text[colon.upperBound...])))
                isAfterEnd = false
            } else if let last = runs.indices.last,
                text.hasPrefix("QEMU ended: ") || text.hasPrefix("start failed: ")
            {
                runs[last].ended = (time, text)
                isAfterEnd = true
            }
        }
        return runs
    }

    /// A line of the supervisor's: its time and what it says.
    private static func note(_ line: Substring) -> (time: String, text: String)? {
        // `2026-05-17T09:30:00Z vmctl: …`
        let head = line.utf8.prefix(28)
        guard head.count == 28, head.suffix(mark.utf8.count).elementsEqual(mark.utf8) else { return nil }
        return (
            String(decoding: line.utf8.prefix(20), as: UTF8.self),
            String(decoding: line.utf8.dropFirst(28), as: UTF8.self)
        )
    }

    var isFailedStart: Bool { ended?.text.hasPrefix("start failed: ") == true }

    /// Whether QEMU ended unlike a machine that is switched off.
    var isCrash: Bool {
        guard let text = ended?.text, text.hasPrefix("QEMU ended: ") else { return false }
        return text.hasSuffix("(crashed)") || text.hasSuffix("(failed)")
    }

    /// How QEMU ended.
    var exit: String? {
        guard let text = ended?.text else { return nil }
        let rest = text.drop { $0 != ":" }.dropFirst(2)
        return String(rest.prefix { $0 != ":" && $0 != ";" })
    }
}

extension String {
    /// The first place of a text in this one.
    fileprivate func range(of wanted: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(wanted) { return start..<index(start, offsetBy: wanted.count) }
            start = index(after: start)
        }
        return nil
    }
}
