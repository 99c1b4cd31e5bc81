/// Rules for a domain's name, and its spelling as a file name.
public enum DomainName {
    /// Refuses names that can't be kept or printed. Anything else may be in a name.
    public static func check(_ name: String) throws(VMError) { try DocumentName.check(name, of: "domain") }

    /// The name as a file name: `%` and a leading dot are written as `%25` and `%2E`.
    package static func fileName(_ name: String) -> String { DocumentName.fileName(name) }

    /// The name that a file name spells; nil for one that ``fileName(_:)`` can't have made.
    package static func name(ofFile file: String) -> String? { DocumentName.name(ofFile: file) }
}
