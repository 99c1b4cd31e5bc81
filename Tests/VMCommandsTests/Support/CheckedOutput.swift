import Testing
import VMJSON

@testable import VMCommands

extension Program {
    /// Runs a verb that is to end with that status, and expects its document to be as the verb's schema says.
    func checked(
        _ words: [String], status: Int32 = 0, environment: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws
        -> JSONValue
    {
        let result = run(words + ["--output", "json"], environment: environment)
        #expect(result.status == status, "\(words): \(result.output)\(result.errors)", sourceLocation: sourceLocation)
        let schema = run("help", "--json-schema", words[0]).json
        let value = try JSONParser.parse(result.output)
        let faults = SchemaValidator(root: schema).faults(value)
        #expect(faults.isEmpty, "\(words): \(faults)", sourceLocation: sourceLocation)
        return value
    }
}
