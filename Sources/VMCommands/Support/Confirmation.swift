internal import Glibc
internal import VMCore

extension Parameter {
    /// Answers the question that a verb asks before something is lost.
    static var yes: Parameter { .flag("yes", "don't ask for confirmation on a terminal") }
}

extension Invocation {
    /// Asks before something is lost for good, when somebody is there to be asked: scripts are taken at their word.
    ///
    /// - Throws: `cancelled` when the answer isn't yes.
    func confirm(_ question: String) throws(VMError) {
        guard !flag("yes"), isatty(0) == 1, StandardStream.error.isTerminal else { return }
        StandardStream.error.show(question + "Really? [y/N] ")
        let answer = Terminal.readAnswer()
        guard answer == "y" || answer == "yes" else {
            throw VMError(.cancelled, "nothing was changed", remedy: "answer y, or give --yes")
        }
    }
}

/// Short questions to a person.
enum Terminal {
    /// A line from standard input, in lower case and without blanks around it; nil at its end.
    static func readAnswer() -> String? {
        readLine().map { $0.filter { !$0.isWhitespace }.lowercased() }
    }
}
