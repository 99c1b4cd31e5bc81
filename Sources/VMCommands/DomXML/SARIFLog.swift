internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Findings in files as a SARIF 2.1.0 log with one run.
struct SARIFLog {
    private var results: [JSONValue] = []
    /// The rules that were broken, in the order in which they were met; results refer to them by number.
    private var rules: [String] = []
    private var couldReadAll = true
    private let folder: String

    /// - Parameter folder: what the files' relative names count from.
    init(folder: String) { self.folder = folder }

    /// Adds a finding in a file; `source` is nil when the file could not be read.
    mutating func add(_ finding: Diagnostic, in file: String, _ source: XMLSource?) {
        if source == nil { couldReadAll = false }
        results.append([
            "ruleId": .string(finding.rule), "ruleIndex": JSONValue(number(of: finding.rule)),
            "level": .string(finding.severity.rawValue), "message": ["text": .string(Self.message(finding))],
            "locations": [location(finding, in: file, source)],
        ])
    }

    /// The log.
    var value: JSONValue {
        let driver: JSONValue = [
            "name": "vmctl", "version": .string(Version.number), "semanticVersion": .string(Version.number),
            "rules": .array(rules.map(Self.rule)),
        ]
        let run: JSONValue = [
            "tool": ["driver": driver], "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": [
                Self.base: ["uri": .string(folder == "/" ? "file:///" : "file://" + Self.escaped(folder) + "/")]
            ],
            "invocations": [["executionSuccessful": .bool(couldReadAll)]], "results": .array(results),
        ]
        return [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run],
        ]
    }

    private static let base = "WORKINGFOLDER"

    private mutating func number(of rule: String) -> Int {
        if let known = rules.firstIndex(of: rule) { return known }
        rules.append(rule)
        return rules.count - 1
    }

    private static func rule(_ id: String) -> JSONValue {
        let words = id.split(separator: "-").joined(separator: " ")
        return ["id": .string(id), "shortDescription": ["text": .string(words)]]
    }

    private static func message(_ finding: Diagnostic) -> String {
        guard let suggestion = finding.suggestion else { return finding.message }
        return "\(finding.message); did you mean '\(suggestion)'?"
    }

    private func location(_ finding: Diagnostic, in file: String, _ source: XMLSource?) -> JSONValue {
        var physical: JSONObject = ["artifactLocation": artifact(file)]
        if let place = finding.place {
            var region: JSONObject = ["startLine": JSONValue(place.line), "startColumn": JSONValue(place.column)]
            if let source { region["endColumn"] = JSONValue(place.column + source.extent(of: finding)) }
            physical["region"] = .object(region)
        }
        var location: JSONObject = ["physicalLocation": .object(physical)]
        if !finding.path.isEmpty {
            location["logicalLocations"] = [["fullyQualifiedName": .string(finding.path), "kind": "element"]]
        }
        return .object(location)
    }

    /// A relative name stays relative, so that a log made in a checkout fits every other checkout.
    private func artifact(_ file: String) -> JSONValue {
        if file == "-" { return ["uri": "file:///dev/stdin"] }
        if file.utf8.first == UInt8(ascii: "/") { return ["uri": .string("file://" + Self.escaped(file))] }
        let plain = file.hasPrefix("./") ? String(file.dropFirst(2)) : file
        return ["uri": .string(Self.escaped(plain)), "uriBaseId": .string(Self.base)]
    }

    /// A path as it stands in a URI: bytes that mean something else there as `%NN`.
    private static func escaped(_ path: String) -> String {
        var text = ""
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += digits.utf8.count < 2 ? "%0" + digits : "%" + digits
            }
        }
        return text
    }
}
