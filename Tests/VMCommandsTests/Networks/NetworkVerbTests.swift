import Foundation
import Testing
import VMJSON

@testable import VMCommands

/// Verbs of networks that need nothing of the host.
struct NetworkVerbTests {
    private let program = Program()

    private func check(_ words: [String], status: Int32 = 0) throws -> JSONValue {
        try program.checked(words, status: status)
    }

    @Test
    func `Every verb of networks says what its schema has`() throws {
        let file = try program.file(
            "net.xml",
            "<network><name>n</name><forward mode='nat'/><ip address='10.99.0.1' prefix='24'/></network>")
        #expect(try check(["net-define", file])["bridge"]?.string?.hasPrefix("virbr") == true)
        #expect(try check(["net-list", "--all"]).array?.count == 1)
        #expect(try check(["net-list"]).array?.isEmpty == true)
        for verb in ["net-info", "net-name", "net-uuid", "net-dumpxml", "net-dhcp-leases", "net-port-list"] {
            _ = try check([verb, "n"])
        }
        _ = try check(["net-autostart", "n"])
        #expect(try check(["net-list", "--autostart", "--inactive"]).array?.count == 1)
        _ = try check(["net-update", "n", "add", "ip-dhcp-range", "<range start='10.99.0.5' end='10.99.0.9'/>"])
        #expect(program.run("net-dumpxml", "n").output.contains("10.99.0.5"))
        _ = try check(["net-event", "--list"])
        let edited = program.run(["net-edit", "n", "--output", "json"], environment: ["EDITOR": "true"])
        #expect(edited.json["changed"]?.bool == false, "\(edited.errors)")
        _ = try check(["net-destroy", "n"], status: 4)
        _ = try check(["net-undefine", "n"])
        _ = try check(["net-info", "n"], status: 3)
    }
}
