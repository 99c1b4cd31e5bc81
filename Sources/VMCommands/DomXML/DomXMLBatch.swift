internal import Glibc
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

/// `domxml batch`: one request a line on standard input, one answer a line on standard output.
struct DomXMLBatch {
    private var known: [String: Capabilities] = [:]
    /// Whom to ask for what the installed emulators can do.
    private let manager: VMManager

    init(manager: VMManager) { self.manager = manager }

    /// Answers requests until the input ends.
    mutating func run() throws(VMError) {
        var lines = LineReader(descriptor: 0, limit: 1 << 20)
        while let line = try lines.next() {
            guard !line.isEmpty else { continue }
            StandardStream.output.write(DisplayText.json(answer(line)) + "\n")
        }
    }

    private mutating func answer(_ line: [UInt8]) -> JSONValue {
        var id: JSONValue = .null
        do throws(VMError) {
            let request = try JSONParser.parse(line)
            id = request["id"] ?? .null
            return ["id": id, "ok": true, "output": .string(try perform(request))]
        } catch {
            return ["id": id, "ok": false, "error": .string(error.description)]
        }
    }

    mutating func perform(_ request: JSONValue) throws(VMError) -> String {
        guard let operation = request["op"]?.string, let file = request["file"]?.string else {
            throw VMError(.invalidArgument, "a request needs 'op' and 'file'")
        }
        let bytes = try Files.read(file)
        if operation == "format" { return try Domain.read(bytes, file: file, options: .lenient).checked().xml }
        let isNew = request["tweaks"]?["abi_update"]?.bool == true
        let domain = try Domain.read(bytes, file: file, options: .lenient).checked()
        let translator = DomainTranslator(
            capabilities: try capabilities(request["capabilities"]?.string, for: domain),
            host: try hostFacts(for: domain), options: .init(isNewDefinition: isNew))
        switch operation {
        case "normalize": return try translator.normalize(bytes, file: file)
        case "to-argv": return try translator.commandLine(bytes, file: file).joined(separator: "\n")
        default: throw VMError(.invalidArgument, "there is no operation '\(operation)'")
        }
    }

    /// A host that a profile describes has no folders of this one.
    private func hostFacts(for domain: Domain) throws(VMError) -> HostFacts {
        let isMadeUp = getenv("VMCTL_TEST_HOST").map { $0.pointee != 0 } ?? false
        return try isMadeUp ? HostFacts.current(for: domain) : manager.hostFacts(for: domain)
    }

    /// The capabilities that a file records; without one, those of the emulator that the document is for.
    private mutating func capabilities(_ path: String?, for domain: Domain) throws(VMError) -> Capabilities {
        guard let path else { return try manager.capabilities(for: domain) }
        if let found = known[path] { return found }
        let loaded = try Capabilities.replay(try Files.read(path, limit: 64 << 20))
        known[path] = loaded
        return loaded
    }
}
