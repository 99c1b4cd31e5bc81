import Foundation
import Testing
import VMJSON

@testable import VMCommands

/// One change of a secret or of a stored network, which is interrupted at every place at which it has changed anything.
enum DefinitionWalk: String, CaseIterable {
    case defineSecret, setValue, undefineSecret, defineNetwork, updateNetwork, undefineNetwork

    static let uuid = "c7a5fdbd-edaf-9455-926a-d65c16db1809"
    private static let defineSecretWords = ["secret-define", "SECRET"]
    private static let setValueWords = ["secret-set-value", uuid, "--file", "VALUE", "--plain"]
    private static let defineNetworkWords = ["net-define", "NETWORK"]

    var before: [[String]] {
        switch self {
        case .defineSecret, .defineNetwork: []
        case .setValue: [Self.defineSecretWords]
        case .undefineSecret: [Self.defineSecretWords, Self.setValueWords]
        case .updateNetwork, .undefineNetwork: [Self.defineNetworkWords]
        }
    }

    var words: [String] {
        switch self {
        case .defineSecret: Self.defineSecretWords
        case .setValue: Self.setValueWords
        case .undefineSecret: ["secret-undefine", Self.uuid]
        case .defineNetwork: Self.defineNetworkWords
        case .updateNetwork:
            ["net-update", "n", "add", "dns-host", "<host ip='10.98.0.9'><hostname>h</hostname></host>", "--config"]
        case .undefineNetwork: ["net-undefine", "n"]
        }
    }
}

struct DefinitionKillTests {
    private func view(_ program: Program) -> [String] {
        let secrets = program.run("secret-list", "--output", "json")
        let networks = program.run("net-list", "--all", "--output", "json")
        #expect(secrets.status == 0 && networks.status == 0, "\(secrets.errors)\(networks.errors)")
        let value = program.run("secret-get-value", DefinitionWalk.uuid).output
        return [
            secrets.output, networks.output, value,
            program.run("net-dumpxml", "n").output.contains("10.98.0.9").description,
        ]
    }

    @Test(arguments: DefinitionWalk.allCases)
    func `kill -9 anywhere leaves what was before or what was meant`(walk: DefinitionWalk) throws {
        let program = Program()
        let files = [
            "SECRET": try program.file("s.xml", "<secret><uuid>\(DefinitionWalk.uuid)</uuid></secret>"),
            "VALUE": try program.file("v", "geheim"),
            "NETWORK": try program.file(
                "n.xml",
                "<network><name>n</name><uuid>\(DefinitionWalk.uuid)</uuid><bridge name='vmk9'/>"
                    + "<mac address='52:54:00:00:00:01'/><ip address='10.98.0.1' prefix='24'/></network>"),
        ]
        func filled(_ words: [String]) -> [String] { words.map { files[$0] ?? $0 } }
        func begin() {
            for name in ["config", "run"] { try? FileManager.default.removeItem(atPath: program.home + "/" + name) }
            for words in walk.before {
                let result = program.run(filled(words))
                #expect(result.status == 0, "\(words): \(result.errors)")
            }
        }
        begin()
        let before = view(program)
        #expect(program.run(filled(walk.words)).status == 0)
        let after = view(program)
        var places = 0
        while places < 100 {
            begin()
            let killed = program.run(filled(walk.words), environment: ["VMCTL_FAILPOINT": "#\(places + 1)"])
            if killed.status == 0 { break }
            try #require(killed.status == SIGKILL, "\(killed.errors)")
            places += 1
            let seen = view(program)
            // A secret that is being removed loses its value first.
            let isHalf = walk == .undefineSecret && seen[2].isEmpty && seen[0].contains(DefinitionWalk.uuid)
            #expect(seen == before || seen == after || isHalf, "place \(places): \(seen)")
            if seen != after { #expect(program.run(filled(walk.words)).status == 0, "place \(places)") }
            #expect(view(program) == after, "place \(places)")
        }
        #expect(places > 0)
    }
}
