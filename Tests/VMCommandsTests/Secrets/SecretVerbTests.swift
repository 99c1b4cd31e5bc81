import Foundation
import Testing
import VMJSON

@testable import VMCommands

struct SecretVerbTests {
    private let program = Program()

    private func check(_ words: [String], status: Int32 = 0) throws -> JSONValue {
        try program.checked(words, status: status)
    }

    @Test
    func `Every verb of secrets says what its schema has, and none the value`() throws {
        let file = try program.file("s.xml", "<secret><usage type='volume'><volume>/a</volume></usage></secret>")
        let uuid = try #require(try check(["secret-define", file])["uuid"]?.string)
        #expect(try check(["secret-list", "--no-private"]).array?.count == 1)
        #expect(try check(["secret-list", "--ephemeral"]).array?.isEmpty == true)
        _ = try check(["secret-get-value", uuid], status: 3)
        let value = try program.file("value", "geheim")
        #expect(try check(["secret-set-value", uuid, "--file", value, "--plain"])["has_value"]?.bool == true)
        #expect(program.run("secret-get-value", uuid, "--plain").output == "geheim")
        #expect(try check(["secret-get-value", uuid])["base64"] == "Z2VoZWlt")
        let warned = program.run("secret-set-value", uuid, "Z2VoZWlt")
        #expect(warned.status == 0 && warned.errors.contains("insecure"))
        _ = try check(["secret-set-value", uuid, "!!"], status: 2)
        let typed = program.run(["secret-set-value", uuid, "--file", "-"], input: "Z2VoZWlt\n")
        #expect(typed.status == 0, "\(typed.errors)")
        let prompted = program.run("secret-set-value", uuid, "--interactive")
        #expect(prompted.status != 0 && prompted.errors.contains("no terminal"))
        _ = try check(["secret-dumpxml", uuid])
        _ = try check(["secret-event", "--list"])
        let events = program.run("events")
        #expect(events.output.contains("secret \(uuid): value-changed"), "\(events.output)\(events.errors)")
        // Nobody else has it.
        for path in FileManager.default.subpaths(atPath: program.home) ?? [] where path != "value" {
            guard !path.hasSuffix(".value"), let bytes = FileManager.default.contents(atPath: program.home + "/" + path)
            else { continue }
            #expect(bytes.range(of: Data("geheim".utf8)) == nil, "\(path)")
        }
        _ = try check(["secret-undefine", uuid])
        _ = try check(["secret-dumpxml", uuid], status: 3)
    }
}
