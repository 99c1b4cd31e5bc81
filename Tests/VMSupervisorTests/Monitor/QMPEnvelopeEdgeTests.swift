import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol
@testable import VMSupervisor

@Suite("The outside of QMP messages, character by character")
struct QMPEnvelopeEdgeTests {
    @Test(
        "Strings with quotes, backslashes and brackets in them end where they end",
        arguments: [
            #""a""#, #""\"""#, #""\\""#, #""\\\"""#, #""C:\\""#, #""}],{:[""#, #"{"a":"\\"}"#, #"["\"]",{"}":"{"}]"#,
            "{}", "[]", "null", "-1.5e3", "[[[]],{}]",
        ])
    func values(value: String) throws {
        for text in [
            "{\"return\": \(value), \"id\": 7}", "{\"id\":7,\"return\":\(value)}",
            " { \"return\" : \(value) , \"id\" : 7 } \r\n",
        ] {
            let bytes = Array(text.utf8)[...]
            let envelope = try #require(QMPEnvelope(bytes))
            #expect(envelope.result.map { String(decoding: bytes[$0], as: UTF8.self) } == value)
            #expect(envelope.number(bytes) == 7)
            #expect(envelope.error == nil && envelope.event == nil && !envelope.isGreeting)
        }
    }

    @Test("Members inside of members count for nothing")
    func inner() throws {
        let bytes = Array(#"{"return": {"id": 1, "event": "X", "error": {}, "QMP": {}}, "id": 2}"#.utf8)[...]
        let envelope = try #require(QMPEnvelope(bytes))
        #expect(envelope.number(bytes) == 2 && envelope.event == nil && envelope.error == nil && !envelope.isGreeting)
    }

    @Test(
        "What is no whole object is none",
        arguments: ["", " ", "[]", "{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":\"x}", "{\"a\":\"\\", "x"])
    func broken(text: String) {
        #expect(QMPEnvelope(Array(text.utf8)[...]) == nil)
    }
}
