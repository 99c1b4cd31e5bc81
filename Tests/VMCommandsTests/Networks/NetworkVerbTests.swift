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

    @Test
    func `Networks have titles, descriptions and elements of applications`() throws {
        let file = try program.file("net.xml", "<network><name>n</name><ip address='10.99.2.1' prefix='24'/></network>")
        _ = try check(["net-define", file])
        #expect(try check(["net-desc", "n"])["description"] == .null)
        _ = try check(["net-desc", "n", "a", "text"])
        _ = try check(["net-desc", "n", "--title", "a title"])
        #expect(try check(["net-desc", "n"])["description"]?.string == "a text")
        #expect(program.run("net-desc", "n", "--title").output == "a title\n")
        _ = try check(["net-metadata", "n", "http://e.x/", "--key", "e", "--set", "<own a='1'/>"])
        #expect(try check(["net-metadata", "n", "http://e.x/"])["xml"]?.string?.contains("a=\"1\"") == true)
        let xml = program.run("net-dumpxml", "n").output
        for part in [
            "<title>a title</title>", "<description>a text</description>", "<e:own xmlns:e=\"http://e.x/\" a=\"1\"/>",
        ] {
            #expect(xml.contains(part), "\(xml)")
        }
        // What was written is a document again.
        let again = try program.file("again.xml", xml)
        _ = try check(["net-define", again])
        _ = try check(["net-metadata", "n", "http://e.x/", "--remove"])
        #expect(program.run("net-metadata", "n", "http://e.x/").status == 3)
        _ = try check(["net-desc", "n", ""])
        #expect(!program.run("net-dumpxml", "n").output.contains("description"))
        #expect(program.run("net-desc", "n", "text", "--live").errors.contains("is not active"))
        #expect(program.run("net-desc", "n", "--title", "two\nlines").status != 0)
    }
}
