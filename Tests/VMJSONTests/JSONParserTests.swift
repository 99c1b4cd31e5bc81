import Testing
import VMCore
import VMJSON

@Suite("JSON reading")
struct JSONParserTests {
    @Test(
        "Integers are exact over Int64 and UInt64",
        arguments: [
            ("0", JSONValue.integer(0)), ("-0", .integer(0)), ("9007199254740993", .integer(9_007_199_254_740_993)),
            ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .unsigned(1 << 63)), ("18446744073709551615", .unsigned(.max)),
            ("18446744073709551616", .double(1.8446744073709552e19)),
            ("-9223372036854775809", .double(-9.223372036854775808e18)),
            ("1e3", .double(1000)), ("0.1", .double(0.1)), ("-1.5E-2", .double(-0.015)),
        ])
    func numbers(text: String, value: JSONValue) throws {
        #expect(try JSONParser.parse(text) == value)
    }

    @Test(
        "Malformed texts are refused",
        arguments: [
            "", " ", "{", "[", "]", "}", "[1,]", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "+1", ".5", "01",
            "-",
            "1.", "1e", "1e+", "NaN", "inf", "TRUE", "nul", "truex", "\"", "\"\\", "\"\\x\"", "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\u{01}\"", "\"a\nb\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "1 2", "{} x", "/* */ 1",
            "1e400",
            "'a'", "{\"a\":1,\"a\":2}", "[1 2]", "{\"a\" 1}", "\u{feff}1",
        ])
    func malformed(text: String) {
        #expect(throws: VMError.self) { try JSONParser.parse(text) }
    }

    @Test("Strings: escapes, surrogate pairs, NUL, UTF-8")
    func strings() throws {
        #expect(try JSONParser.parse(#""\u00E9\uD83D\uDE00\u0000\u007F""#) == .string("é😀\0\u{7f}"))
        #expect(try JSONParser.parse(#""a\"\\\/\b\f\n\r\tz""#) == .string("a\"\\/\u{8}\u{c}\n\r\tz"))
        #expect(try JSONParser.parse("\"grün 😀\"") == .string("grün 😀"))
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [
            [0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xe2, 0x82],
        ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect(throws: VMError.self) { try JSONParser.parse([0x22] + bytes + [0x22]) }
        #expect(throws: VMError.self) { try JSONParser.parse([0x22, 0x5c, 0x6e] + bytes + [0x22]) }
    }

    @Test("Depth is bounded at the limit, not before")
    func depth() throws {
        func nested(_ count: Int) -> String {
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        _ = try JSONParser.parse(nested(1024))
        #expect(throws: VMError.self) { try JSONParser.parse(nested(1025)) }
        #expect(throws: VMError.self) { try JSONParser.parse(String(repeating: "[", count: 1_000_000)) }
        #expect(throws: VMError.self) { try JSONParser.parse("[[1]]", limits: .init(depth: 1)) }
        #expect(throws: VMError.self) { try JSONParser.parse("[1,2]", limits: .init(bytes: 4)) }
    }

    @Test("A duplicate among many keys is found")
    func manyKeys() throws {
        let keys = (0..<500).map { "\"key\($0)\":\($0)" }
        let object = try JSONParser.parse("{" + keys.joined(separator: ",") + "}").object
        #expect(object?.count == 500)
        #expect(object?["key499"] == 499)
        #expect(object?.keys.first == "key0")
        let doubled = keys + ["\"key7\":1"]
        let error = #expect(throws: VMError.self) {
            try JSONParser.parse("{" + doubled.joined(separator: ",") + "}")
        }
        #expect(error?.message.contains("'key7' appears twice") == true)
    }

    @Test("The offset of a fault is told")
    func offset() {
        let error = #expect(throws: VMError.self) { try JSONParser.parse("{\"a\": ?}") }
        #expect(error?.message == "the JSON text is malformed at byte 6: '?' is out of place")
    }

    @Test("QEMU's dialect takes single quotes")
    func singleQuotes() throws {
        let value = try JSONParser.parse("{'execute': 'it\\'s \"x\"'}", dialect: .qemu)
        #expect(value["execute"] == "it's \"x\"")
    }

    @Test("Values one after the other")
    func sequence() throws {
        let bytes = Array("{\"a\":1}\n\n[2] 3 ".utf8)
        var position = 0
        var values: [JSONValue] = []
        while let value = try JSONParser.parseNext(bytes.span, from: &position) { values.append(value) }
        #expect(values == [["a": 1], [2], 3])
    }

    @Test("Every truncation of a text is refused without a trap")
    func truncations() {
        let text = Array(
            #"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",true,false,null,{"b":{}}],"c":18446744073709551615}"#.utf8)
        for count in 0..<text.count {
            #expect(throws: VMError.self) { try JSONParser.parse(Array(text[..<count])) }
        }
    }
}
