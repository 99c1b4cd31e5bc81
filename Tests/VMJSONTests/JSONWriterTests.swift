import Testing
import VMCore
import VMJSON

@Suite("JSON writing")
struct JSONWriterTests {
    @Test("Compact text has no blanks")
    func compact() {
        let value: JSONValue = ["execute": "query-status", "id": 1, "a": [1, nil, true, 2.5], "o": [:], "e": []]
        #expect(value.description == #"{"execute":"query-status","id":1,"a":[1,null,true,2.5],"o":{},"e":[]}"#)
    }

    @Test("Pretty text is indented by four blanks")
    func pretty() {
        let value: JSONValue = ["a": [1, ["b": "c"]], "e": []]
        #expect(
            value.prettyDescription == """
                {
                    "a": [
                        1,
                        {
                            "b": "c"
                        }
                    ],
                    "e": []
                }
                """)
    }

    @Test(
        "Reading gives back what was written",
        arguments: [
            JSONValue.integer(.min), .integer(.max), .unsigned(.max), .double(.leastNonzeroMagnitude),
            .double(.greatestFiniteMagnitude),
            .double(0.1), "", "\u{0}\u{1}\u{1f}\"\\/\u{7f}\u{80}é😀\u{2028}", ["": "", "k": [[], [:], nil]],
        ])
    func roundTrip(value: JSONValue) throws {
        #expect(try JSONParser.parse(value.description) == value)
        var writer = JSONWriter(layout: .init(indent: 2, escapesNonASCII: true))
        writer.append(value)
        #expect(writer.bytes.allSatisfy { $0 < 0x80 })
        #expect(try JSONParser.parse(writer.bytes) == value)
    }

    @Test("Control characters and characters outside ASCII are escaped as QEMU does")
    func escapes() {
        var writer = JSONWriter(layout: .init(escapesNonASCII: true))
        writer.append("\u{0}\n\u{7f}é😀")
        #expect(String(decoding: writer.bytes, as: UTF8.self) == #""\u0000\n\u007F\u00E9\uD83D\uDE00""#)
    }

    @Test(
        "Strings of every length, with something to escape at every place",
        arguments: Array(0...40) + [1023, 1024, 1025, 4093, 4094, 4095, 4096, 4097, 9000])
    func lengths(length: Int) {
        let plain = [UInt8](repeating: UInt8(ascii: "x"), count: length)
        check(plain)
        for place in stride(from: 0, to: length, by: length > 40 ? 509 : 1) {
            for special in [0x00, 0x1f, UInt8(ascii: "\""), UInt8(ascii: "\\")] {
                var text = plain
                text[place] = special
                check(text)
            }
        }
    }

    /// Compares with an escaping of byte after byte, at the beginning of the writer's memory and further in.
    private func check(_ text: [UInt8]) {
        var expected: [UInt8] = [UInt8(ascii: "\"")]
        for byte in text {
            switch byte {
            case 0x00: expected += Array("\\u0000".utf8)
            case 0x1f: expected += Array("\\u001F".utf8)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): expected += [UInt8(ascii: "\\"), byte]
            default: expected.append(byte)
            }
        }
        expected.append(UInt8(ascii: "\""))
        let value = String(decoding: text, as: UTF8.self)
        var writer = JSONWriter()
        writer.append([.string(value), .string(value), .unsigned(.max)] as JSONValue)
        let comma: [UInt8] = [UInt8(ascii: ",")]
        let array: [UInt8] = [UInt8(ascii: "[")] + expected + comma + expected + comma
        #expect(writer.bytes == array + Array("18446744073709551615]".utf8))
    }

    @Test("Objects are equal whatever the order of their keys")
    func equality() {
        let a: JSONValue = ["x": 1, "y": ["p": 1, "q": 2]]
        let b: JSONValue = ["y": ["q": 2, "p": 1], "x": 1]
        #expect(a == b)
        #expect(a.hashValue == b.hashValue)
        #expect(a != ["x": 1, "y": ["p": 1, "q": 3]])
    }

    @Test("Members are replaced where they stand and removed by nil")
    func members() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        #expect(object.description == #"{"a":3,"c":4}"#)
    }

    @Test("Accessors are exact or nil")
    func accessors() {
        #expect(JSONValue.unsigned(.max).int == nil)
        #expect(JSONValue.unsigned(.max).uint64 == .max)
        #expect(JSONValue.double(3).int == 3)
        #expect(JSONValue.double(3.5).int == nil)
        #expect(JSONValue.integer(-1).uint64 == nil)
        #expect(JSONValue.string("x")["a"] == nil)
        #expect(([1, 2] as JSONValue)[2] == nil)
    }
}
