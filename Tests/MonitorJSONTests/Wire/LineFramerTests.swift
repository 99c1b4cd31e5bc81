import MonitorJSON
import Testing

@Suite("Cutting a server's stream into messages")
struct LineFramerTests {
    /// Feeds `text` in pieces of `size` bytes and gathers the messages.
    private func messages(_ text: String, size: Int, limit: Int = 1 << 20) -> [String] {
        var framer = LineFramer(limit: limit)
        var result: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            var position = 0
            loop: while true {
                switch framer.next(in: piece.span, at: &position) {
                case .here(let range): result.append(String(decoding: piece[range], as: UTF8.self))
                case .held: result.append(String(decoding: framer.takeHeld(), as: UTF8.self))
                case .tooLong: result.append("too long")
                case .nothing: break loop
                }
            }
        }
        return result
    }

    @Test("Messages are the same however the bytes are cut", arguments: [1, 2, 3, 7, 1000])
    func cuts(size: Int) {
        let text = "{\"a\": 1}\r\n\r\n{\"b\": \"\\u00e9\"}\n{}\r\n"
        #expect(
            messages(text, size: size).map { $0.filter { $0 != "\r" } } == ["{\"a\": 1}", "{\"b\": \"\\u00e9\"}", "{}"])
    }

    @Test("Objects over several lines stay together", arguments: [1, 2, 5, 1000])
    func pretty(size: Int) {
        let text =
            "{\r\n    \"a\": {\r\n        \"b\": \"}\"\r\n    }\r\n}\r\n{\r\n    \"c\": {\r\n    }\r\n}\r\n{\"d\": 1}\r\n"
        let found = messages(text, size: size).map { $0.filter { !$0.isWhitespace } }
        #expect(found == ["{\"a\":{\"b\":\"}\"}}", "{\"c\":{}}", "{\"d\":1}"])
    }

    @Test("A message of just the greatest length is whole, one byte more is too long", arguments: [1, 2, 3, 7])
    func exactLimit(size: Int) {
        let fits = "{\"abc\":\"" + String(repeating: "y", count: 9) + "\"}"
        #expect(fits.utf8.count == 19)
        #expect(messages(fits + "\n{}\n", size: size, limit: 19) == [fits, "{}"])
        #expect(messages(fits + "\n{}\n", size: size, limit: 18) == ["too long", "{}"])
    }

    @Test("A message beyond the limit is dropped, the next one is not", arguments: [1, 4, 1000])
    func limit(size: Int) {
        let long = "{\"x\": \"" + String(repeating: "y", count: 100) + "\"}\n"
        let found = messages("{\"a\":1}\n" + long + "{\"b\":2}\n", size: size, limit: 20)
        if size == 1000 {
            // A message that arrives whole costs nothing to keep.
            #expect(found.first == "{\"a\":1}" && found.last == "{\"b\":2}")
        } else {
            #expect(found == ["{\"a\":1}", "too long", "{\"b\":2}"])
        }
    }
}

@Suite("Cutting a client's stream into commands")
struct ValueFramerTests {
    private func values(_ bytes: [UInt8], size: Int, limit: Int = 1 << 20) -> [String] {
        var framer = ValueFramer(limit: limit)
        var result: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            let piece = Array(bytes[start..<min(start + size, bytes.count)])
            var position = 0
            loop: while true {
                switch framer.next(in: piece.span, at: &position) {
                case .here(let range): result.append(String(decoding: piece[range], as: UTF8.self))
                case .held: result.append(String(decoding: framer.takeHeld(), as: UTF8.self))
                case .broken: result.append("broken")
                case .nothing: break loop
                }
            }
        }
        return result
    }

    @Test("Commands need no newline between them", arguments: [1, 2, 3, 1000])
    func concatenated(size: Int) {
        let text = #" {"execute":"a","x":"}\"{"}{'b':'"}'} [1] null {"c":[{}]}"#
        #expect(
            values(Array(text.utf8), size: size).map { $0.filter { $0 != " " } }
                == [#"{"execute":"a","x":"}\"{"}"#, #"{'b':'"}'}"#, "[1]", "null", #"{"c":[{}]}"#])
    }

    @Test("The byte 0xFF forgets what was begun", arguments: [1, 1000])
    func resynchronise(size: Int) {
        #expect(
            values(Array("{\"a\": \"".utf8) + [0xff] + Array("{\"b\":1}".utf8), size: size) == ["broken", "{\"b\":1}"])
    }

    @Test("A command of just the greatest length is whole, one byte more is broken", arguments: [1, 2, 3, 7, 1000])
    func exactLimit(size: Int) {
        let fits = "{\"abc\":\"" + String(repeating: "y", count: 9) + "\"}"
        #expect(values(Array((fits + " {}").utf8), size: size, limit: 19) == [fits, "{}"])
        #expect(values(Array((fits + " {}").utf8), size: size, limit: 18) == ["broken", "{}"])
    }

    @Test("A command beyond the limit is broken", arguments: [1, 1000])
    func limit(size: Int) {
        let text = "{\"a\":\"" + String(repeating: "x", count: 50) + "\"}{\"b\":1}"
        #expect(values(Array(text.utf8), size: size, limit: 20) == ["broken", "{\"b\":1}"])
    }

    @Test("A closing brace too many is a value of its own")
    func stray() {
        #expect(values(Array("}{\"a\":1}".utf8), size: 1000) == ["}", "{\"a\":1}"])
    }
}
