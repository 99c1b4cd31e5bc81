internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMXML

extension [Parameter] {
    /// `--config`, `--live` and `--current`, with virsh's help.
    static var scope: [Parameter] {
        [
            .flag("config", "affect next boot"), .flag("live", "affect running domain"),
            .flag("current", "affect current domain"),
        ]
    }

    /// The same, with `--persistent` in front.
    static var persistentScope: [Parameter] { [.flag("persistent", "make live change persistent")] + scope }
}

extension [[String]] {
    /// What can't be said together.
    static var scope: [[String]] { [["current", "live"], ["current", "config"]] }
    static var persistentScope: [[String]] { scope + [["persistent", "current"]] }
}

extension Invocation {
    /// Which description of the domain is meant.
    /// - Parameter standard: what it is when nothing is said: some verbs of virsh then mean the running machine.
    func scope(standard: ChangeScope) -> ChangeScope {
        let scope = ChangeScope(live: flag("live"), config: flag("config"), persistent: flag("persistent"))
        if scope == .current, !flag("current") { return standard }
        return scope
    }

    /// A size with or without a unit; a bare number counts in `unit` bytes.
    func size(_ name: String, unit: UInt64) throws(VMError) -> UInt64 {
        let text = try required(name)
        guard let bytes = Invocation.size(text, unit: unit) else {
            throw VMError(
                .usage, "Scaled numeric value '\(text)' for <\(name)> option is malformed or out of range",
                remedy: "give a whole number, with a unit such as MiB or G where you like")
        }
        return bytes
    }

    static func size(_ text: String, unit: UInt64) -> UInt64? {
        let digits = text.prefix { $0.isNumber }
        guard let number = UInt64(digits) else { return nil }
        let suffix = text.dropFirst(digits.count).lowercased()
        var scale = unit
        if !suffix.isEmpty {
            let units = Array("kmgtpe")
            if suffix == "b" || suffix == "bytes" || suffix == "byte" {
                scale = 1
            } else if let first = suffix.first, let power = units.firstIndex(of: first) {
                switch suffix.dropFirst() {
                case "", "ib": scale = 1 << (10 * UInt64(power + 1))
                case "b": scale = (0...power).reduce(1) { result, _ in result * 1000 }
                default: return nil
                }
            } else {
                return nil
            }
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: scale)
        return overflow ? nil : bytes
    }

    /// A value as it stands in an attribute.
    static func escaped(_ text: String) -> String { text.escapedForXML(inAttribute: true) }
}

extension Report {
    /// Confirms what was done to a domain.
    static func done(_ sentence: String, _ domain: String, _ more: JSONPairs = [:]) -> Report {
        var value = more.object
        value["name"] = .string(domain)
        return Report(.message(sentence), value: .object(value), names: [domain])
    }
}
