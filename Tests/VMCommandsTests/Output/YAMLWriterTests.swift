import Testing
import VMJSON

@testable import VMCommands

/// Every text that some YAML reader takes for something else is quoted; texts that none does are plain.
@Suite("Scalars in YAML")
struct YAMLWriterTests {
    private func scalar(_ text: String) -> String { String(YAMLWriter.text(.string(text)).dropLast()) }

    @Test(
        "Words with a meaning are quoted, however they are spelled",
        arguments: [
            "true", "false", "null", "yes", "no", "on", "off", "y", "n", "True", "FALSE", "Null", "Yes", "NO", "On",
            "OFF", "Y", "N",
        ])
    func words(text: String) {
        #expect(scalar(text) == "\"\(text)\"")
    }

    @Test(
        "What may be a number, a date, a mark or nothing is quoted",
        arguments: [
            "", " ", "0", "7", "123", "1e3", "0x1f", "0o7", "1_000", "1.5", ".5", "-1", "+1", "-", "--", "---", "...",
            ".", ".inf", ".nan", "~", "2026-05-17", "12:30", "1:30:00", "=", "<<", "?", ":", "- a", "a: b", "a:",
            "a #b",
            "#", "&a", "*a", "!a", "|", ">", "%", "@", "`", "[a]", "{a}", "a,b", "a b", " a", "a ", "'", "it's", "über",
        ])
    func others(text: String) {
        #expect(scalar(text) == "\"\(text)\"")
    }

    @Test(
        "Plain names and paths stay plain",
        arguments: [
            "demo", "nothing", "yesterday", "off-line", "n1", "_x", "/dev/vda", "pc-q35-7.2", "shut_off", "A.B",
            String(repeating: "x", count: 64),
        ])
    func plain(text: String) {
        #expect(scalar(text) == text)
    }

    @Test("Quotes, backslashes and characters that YAML can't hold are escaped")
    func escapes() {
        #expect(scalar("a\"b\\c\n\t") == #""a\"b\\c\n\t""#)
        #expect(scalar("\u{1b}[31m") == #""\u001B[31m""#)
        #expect(scalar("\u{7f}\u{80}\u{9f}\u{a0}") == "\"\\x7f\\x80\\x9f\u{a0}\"")
        #expect(scalar("\u{feff}\u{fffe}\u{ffff}") == #""\ufeff\ufffe\uffff""#)
        #expect(scalar("🐧\u{7f}") == "\"🐧\\x7f\"")
        #expect(scalar(String(repeating: "x", count: 65)).hasPrefix("\""))
    }

    @Test("Keys are quoted as texts are; empty lists and objects stand on their line")
    func structure() {
        let value: JSONValue = [
            "no": nil, "1": true, "a b": -5, "empty": [:], "list": [[], [1, [2]], ["x": ["y": "n"], "z": "on"]],
        ]
        #expect(
            YAMLWriter.text(value) == """
                "no": null
                "1": true
                "a b": -5
                empty: {}
                list:
                  - []
                  -
                    - 1
                    -
                      - 2
                  - x:
                      "y": "n"
                    z: "on"

                """)
    }
}
