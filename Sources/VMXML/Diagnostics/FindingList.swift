internal import VMCore

/// Findings up to a limit. What is more is counted and never made, so that a document full of mistakes costs hardly more
/// than one with some.
struct FindingList: Sendable {
    /// How many errors are listed, and how many findings of less weight: those don't crowd an error out.
    let limit: Int
    private(set) var listed: [Diagnostic] = []
    private(set) var surplus = Surplus()
    private var errors = 0

    /// What isn't listed.
    struct Surplus: Sendable {
        var count = 0
        var severity = Diagnostic.Severity.note

        /// The finding that stands for all of them, behind the last that is listed; nil where there are none.
        func finding(after place: SourcePlace?) -> Diagnostic? {
            guard count > 0 else { return nil }
            let message = count == 1 ? "1 more finding is not listed" : "\(count) more findings are not listed"
            return Diagnostic(severity, rule: FindingList.ruleOfSurplus, message, place: place)
        }
    }

    static let ruleOfSurplus = "too-many-findings"

    init(limit: Int = XMLLimits.standard.findings) { self.limit = limit }

    func isFull(for severity: Diagnostic.Severity) -> Bool {
        (severity == .error ? errors : listed.count - errors) >= limit
    }

    /// Whether a finding of that severity is listed; else it is counted.
    mutating func hasRoom(for severity: Diagnostic.Severity) -> Bool {
        if !isFull(for: severity) { return true }
        surplus.count += 1
        surplus.severity = max(surplus.severity, severity)
        return false
    }

    /// Adds a finding for which there is room.
    mutating func append(_ finding: Diagnostic) {
        if finding.severity == .error { errors += 1 }
        listed.append(finding)
    }

    /// Takes over what another list holds, with all that it counted.
    mutating func append(_ findings: [Diagnostic], _ more: Surplus) {
        for finding in findings where hasRoom(for: finding.severity) { append(finding) }
        surplus.count += more.count
        surplus.severity = max(surplus.severity, more.severity)
    }

    /// Those that are listed, by place, and one that tells how many more there were.
    var all: [Diagnostic] {
        if listed.isEmpty { return [] }
        let list = listed.inOrder
        return list + [surplus.finding(after: list.last?.place)].compactMap { $0 }
    }
}
