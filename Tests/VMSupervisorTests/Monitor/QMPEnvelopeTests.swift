import Testing

@testable import VMManager
@testable import VMSupervisor

@Suite struct QMPEnvelopeTests {
    private func look(_ text: String) -> (envelope: QMPEnvelope, bytes: ArraySlice<UInt8>)? {
        // Offsets must be those of the slice, wherever it begins.
        let bytes = (Array("  ".utf8) + Array(text.utf8))[2...]
        return QMPEnvelope(bytes).map { ($0, bytes) }
    }

    private func text(_ range: Range<Int>?, _ bytes: ArraySlice<UInt8>) -> String? {
        range.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test("the parts of a reply are found whatever is inside them and in whatever order")
    func replies() throws {
        let (reply, bytes) = try #require(
            look("{\"id\": 42, \"return\": {\"a\": [1, {\"id\": \"}\\\"]\"}], \"error\": 2}}"))
        #expect(text(reply.result, bytes) == "{\"a\": [1, {\"id\": \"}\\\"]\"}], \"error\": 2}")
        #expect(reply.error == nil)
        #expect(reply.number(bytes) == 42)
        let (scalar, other) = try #require(look("{\"return\": -1.5e3 , \"id\":7}"))
        #expect(text(scalar.result, other) == "-1.5e3")
        #expect(scalar.number(other) == 7)
    }

    @Test("events and greetings are told apart")
    func kinds() throws {
        let (event, bytes) = try #require(look("{\"timestamp\": {\"seconds\": 1}, \"event\": \"STOP\"}"))
        #expect(event.eventName(bytes) == "STOP")
        #expect(event.number(bytes) == nil)
        #expect(look("{\"QMP\": {\"version\": {}}}")?.envelope.isGreeting == true)
    }

    @Test(
        "what is no object, or breaks off, is none",
        arguments: ["", "[]", "42", "{", "{\"a\"", "{\"a\":", "{\"a\": \"x", "{\"a\": \"x\\", "{\"a\": [1, 2", "{:}"])
    func broken(text: String) {
        #expect(look(text) == nil)
    }
}
