internal import Glibc
public import VMCore

/// Which of QEMU's events are wanted: a name, or an extended regular expression.
public final class QEMUEventFilter: @unchecked Sendable {
    // SAFETY: nothing changes after `init`, and regexec(3) may be called by several threads.
    private var expression: regex_t?
    private let name: String?
    private let ignoresCase: Bool

    /// - Parameter name: nil accepts all.
    /// - Throws: `invalid-argument` when it is no regular expression.
    public init(_ name: String?, isExpression: Bool = false, ignoresCase: Bool = false) throws(VMError) {
        self.name = name
        self.ignoresCase = ignoresCase
        guard isExpression, let name else { return }
        var compiled = regex_t()
        guard regcomp(&compiled, name, REG_EXTENDED | REG_NOSUB | (ignoresCase ? REG_ICASE : 0)) == 0 else {
            throw VMError(.invalidArgument, "'\(name)' is not a regular expression")
        }
        expression = compiled
    }

    deinit {
        guard var compiled = expression else { return }
        regfree(&compiled)
    }

    /// - Parameter event: QAPI's name, in capitals.
    public func accepts(_ event: String) -> Bool {
        if var compiled = expression { return regexec(&compiled, event, 0, nil, 0) == 0 }
        guard let name else { return true }
        return ignoresCase ? name.uppercased() == event.uppercased() : name == event
    }
}
