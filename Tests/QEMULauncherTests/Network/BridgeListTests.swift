import Foundation
import Testing
import VMCore

@testable import QEMULauncher

@Suite struct BridgeListTests {
    @Test("a bridge is permitted by name or with all others, unless it is denied anywhere")
    func lists() throws {
        let folder = try #require(mkdtemp(strdup("/tmp/vmctl-bridges-XXXXXX")).map { String(cString: $0) })
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func permits(_ text: String) throws -> Bool? {
            try Files.write(Array(text.utf8), to: folder + "/bridge.conf")
            return BridgeList.permits("br0", file: folder + "/bridge.conf")
        }
        #expect(try permits("allow br0\n") == true)
        #expect(try permits("  allow\tall") == true)
        #expect(try permits("# allow br0\nallow br1\n") == false)
        #expect(try permits("deny br0\nallow all\n") == false)
        #expect(try permits("include \(folder)/more\n") == nil)
        try Files.write(Array("allow br0\ninclude \(folder)/bridge.conf\n".utf8), to: folder + "/more")
        #expect(try permits("include \(folder)/more\n") == true)
        #expect(BridgeList.permits("br0", file: folder + "/none") == false)
    }
}
