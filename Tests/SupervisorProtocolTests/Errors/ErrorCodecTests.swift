import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol

/// Errors as they cross the border of a process.
@Suite("Errors as they travel")
struct ErrorCodecTests {
    private func travel(_ error: VMError) throws -> VMError {
        VMError(json: try #require(JSONParser.parse(JSONValue.object(error.json).description).object))
    }

    @Test("Everything an error carries arrives")
    func whole() throws {
        let place = SourcePlace(file: "a\nb.xml", line: 3, column: 7, offset: 99)
        let finding = Diagnostic(
            .warning, rule: "unknown-attribute", "a \u{1b}[1m word", place: place, path: "/domain/name", found: "x",
            accepted: ["y", "z"], suggestion: "y")
        let cause = VMError(.timeout, "it took too long")
        let error = VMError(
            .invalidXML, "not so", remedy: "use \(option: "force") or \(command: "undefine")", cause: cause,
            diagnostics: [finding], libvirt: LibvirtError(.deviceMissing))
        let read = try travel(error)
        #expect(read.json.description == error.json.description)
        #expect(read.code == .invalidXML && read.message == "not so" && read.cause?.code == .timeout)
        #expect(read.remedy?.parts == error.remedy?.parts)
        #expect(read.libvirt == LibvirtError(.deviceMissing))
        let found = try #require(read.diagnostics.first)
        #expect(found.severity == .warning && found.place == place && found.accepted == ["y", "z"])
        #expect(found.path == "/domain/name" && found.found == "x" && found.suggestion == "y")
    }

    @Test("Every code arrives as it is, with libvirt's numbers")
    func codes() throws {
        let codes: [VMError.Code] = [
            .usage, .noDomain, .notFound, .wrongState, .invalidXML, .unsupported, .timeout, .busy, .connection, .exists,
            .agentUnresponsive, .launchAborted, .launchFailed, .monitor, .io, .invalidArgument, .cancelled,
            .protocolViolation, .internalError,
        ]
        for code in codes {
            let read = try travel(VMError(code, "m"))
            #expect(read.code == code && read.libvirt == code.libvirt)
        }
    }

    @Test("What can't be read is an error all the same, and nothing of it traps")
    func odd() throws {
        for text in [
            "{}", #"{"code": 5, "message": []}"#, #"{"code": "from-the-future", "message": "m"}"#,
            #"{"libvirt": [99999999999, -1]}"#, #"{"libvirt": "x", "diagnostics": {}, "remedy": 7, "cause": "c"}"#,
            #"{"diagnostics": [1, {}, {"message": "m"}, {"message": "m", "rule": "r", "place": {"line": 1e300}}]}"#,
        ] {
            let error = VMError(json: try #require(JSONParser.parse(text).object))
            #expect(!error.message.isEmpty, "\(text)")
            #expect(error.code == .internalError)
        }
    }

    @Test("A chain of causes without end is cut")
    func chain() throws {
        var object: JSONObject = ["code": "timeout", "message": "m"]
        for _ in 0..<100 { object = ["code": "timeout", "message": "m", "cause": .object(object)] }
        var (error, depth) = (VMError(json: object), 0)
        while let cause = error.cause { (error, depth) = (cause, depth + 1) }
        #expect(depth == 16)
    }

    @Test("A list of findings without end is cut")
    func findings() throws {
        let finding: JSONValue = ["message": "m", "rule": "r"]
        let object: JSONObject = ["diagnostics": .array(Array(repeating: finding, count: 5000))]
        #expect(VMError(json: object).diagnostics.count == 1000)
    }
}
