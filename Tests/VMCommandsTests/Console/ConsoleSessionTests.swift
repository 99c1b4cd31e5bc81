import Foundation
import Testing
import VMCore

@testable import VMCommands

@Suite("Consoles")
struct ConsoleSessionTests {
    @Test(
        "an escape character is one character or a caret with one", arguments: [("^]", 0x1d), ("^a", 1), ("x", 0x78)])
    func escape(_ text: String, _ byte: UInt8) throws {
        #expect(try ConsoleSession.escapeByte(text) == byte)
    }

    @Test("anything else is refused", arguments: ["", "^", "^1x", "ab", "^é"])
    func refused(_ text: String) {
        if text == "^" {
            #expect(throws: Never.self) { try ConsoleSession.escapeByte(text) }
        } else {
            #expect(throws: VMError.self) { try ConsoleSession.escapeByte(text) }
        }
    }
}
