import Testing

@testable import VMCore

struct PercentEncodingTests {
    @Test(arguments: [
        ("a%20b", "a b"), ("%41%c3%a9", "A\u{e9}"), ("", ""), ("%00", "\0"), ("100%25", "100%"),
    ])
    func `Numbers stand for bytes`(_ text: String, _ expected: String) {
        #expect(PercentEncoding.bytes(of: text.utf8) == Array(expected.utf8))
    }

    @Test(arguments: ["%", "a%4", "%zz", "%4g", "%%20"])
    func `What is no number is refused`(_ text: String) {
        #expect(PercentEncoding.bytes(of: text.utf8) == nil)
    }
}
