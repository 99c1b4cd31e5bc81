import Testing
import VMCore
import VMJSON

/// The first and the last of everything that has a limit.
@Suite("The edges of JSON")
struct EdgeTests {
    @Test(
        "Escapes name every character, those beyond 16 bits by two",
        arguments: [
            (#""\u0041""#, "A"), (#""\u20ac""#, "€"), (#""\uD7FF\uE000""#, "\u{d7ff}\u{e000}"),
            (#""\ud800\udc00""#, "\u{10000}"), (#""\ud83d\ude00""#, "\u{1f600}"), (#""\udbff\udfff""#, "\u{10ffff}"),
            (#""\ud801\udc37x""#, "\u{10437}x"),
        ])
    func escapes(text: String, value: String) throws {
        #expect(try JSONParser.parse(text) == .string(value))
    }

    @Test("No control character stands in a string as it is, and every other one may")
    func controls() throws {
        for byte in UInt8(0)..<0x80 where byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
            for front in ["", "\\n"] {
                let text = [0x22] + Array(front.utf8) + [byte, 0x22]
                let value = try? JSONParser.parse(text)
                #expect((value != nil) == (byte >= 0x20), "byte \(byte) behind '\(front)'")
            }
        }
    }

    @Test("Numbers: no zeros in front", arguments: ["00", "01", "-01", "-00", "01.5", "00e1"])
    func zeros(text: String) {
        #expect(throws: VMError.self) { try JSONParser.parse(text) }
    }

    @Test("The ends of 64 bits are exact, and written as they were read")
    func integers() throws {
        for text in ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615"] {
            #expect(try JSONParser.parse(text).description == text)
        }
        #expect(try JSONParser.parse("-9223372036854775808").int64 == .min)
        #expect(try JSONParser.parse("-9223372036854775807").int64 == .min + 1)
        #expect(try JSONParser.parse("9223372036854775808").int64 == nil)
        #expect(try JSONParser.parse("-1").uint64 == nil)
        #expect(try JSONParser.parse("1e2").int == 100)
        #expect(try JSONParser.parse("1.5").int == nil)
    }

    @Test("A key that comes twice is refused in small objects and in large ones, wherever it stands")
    func duplicates() {
        for count in [1, 2, 15, 16, 17, 18, 40] {
            let members = (0..<count).map { "\"k\($0)\":0" }
            #expect((try? JSONParser.parse("{" + members.joined(separator: ",") + "}"))?.object?.count == count)
            for again in 0..<count {
                let text = "{" + (members + ["\"k\(again)\":1"]).joined(separator: ",") + "}"
                #expect((try? JSONParser.parse(text)) == nil, "\(again) again behind \(count)")
                let later = "{" + (members + ["\"z\":0", "\"k\(again)\":1"]).joined(separator: ",") + "}"
                #expect((try? JSONParser.parse(later)) == nil, "\(again) again behind \(count + 1)")
            }
        }
    }

    @Test("Objects are equal when they have the same members in any order, and no more")
    func equality() {
        for count in [0, 1, 16, 17] {
            let members = (0..<count).map { ("k\($0)", JSONValue($0)) }
            let object = JSONObject(members)
            #expect(object == JSONObject(members.reversed()))
            #expect(object.hashValue == JSONObject(members.reversed()).hashValue)
            let larger = JSONObject(members + [("more", 1)])
            #expect(object != larger && larger != object)
            #expect(JSONObject(members + [("less", 1)]) != larger)
            #expect(JSONObject(members + [("more", 2)]) != larger)
        }
    }

    @Test("Control characters are written as escapes of four digits, or by their letter")
    func writtenEscapes() {
        #expect(JSONValue.string("\u{1}\u{f}\u{10}\u{1f}").description == #""\u0001\u000F\u0010\u001F""#)
        #expect(JSONValue.string("\u{8}\t\n\u{c}\r\"\\/\u{7f}").description == "\"\\b\\t\\n\\f\\r\\\"\\\\/\u{7f}\"")
        var writer = JSONWriter(layout: .init(escapesNonASCII: true))
        writer.append("é€\u{1f600}\u{7f}")
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #""\u00E9\u20AC\uD83D\uDE00\u007F""#)
    }
}
