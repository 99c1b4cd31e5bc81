import Foundation
import Testing
import VMCore

struct Base64Tests {
    @Test
    func `Bytes come back, and are written as others write them`() {
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
            #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
            #expect(Base64.decode(Array(Base64.encode(bytes).utf8)) == bytes)
        }
    }

    @Test(arguments: ["a", "ab=", "ab=c", "a===", "ab\n=", "ä===", "=abc", "abc=abcd"])
    func `What isn't base64 is refused`(text: String) { #expect(Base64.decode(Array(text.utf8)) == nil) }
}
