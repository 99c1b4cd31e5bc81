import Testing
import VMCore

@testable import VMCommands

@Suite("The table of verbs is sound")
struct VerbTableTests {
    @Test("no two verbs share a name or alias")
    func names() {
        let names = VerbTable.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
    }

    @Test("a verb is found by the name that it says itself, and by its aliases", arguments: VerbTable.all.map(\.name))
    func finding(_ name: String) throws {
        let verb = try VerbTable.find(name)
        #expect(verb.name == name)
        for alias in verb.aliases { #expect(try VerbTable.find(alias).name == name) }
    }

    @Test(
        "within a verb no parameter is named twice, and none hides a global option",
        arguments: VerbTable.all.map(\.name))
    func parameters(_ name: String) throws {
        let verb = try VerbTable.find(name)
        let names = verb.parameters.map(\.name)
        #expect(Set(names).count == names.count)
        #expect(Set(names).isDisjoint(with: GlobalOptions.longNames))
        let letters = verb.parameters.compactMap(\.short)
        #expect(Set(letters).count == letters.count)
        // A shell takes its command by -c, as sh and psql do; everywhere else that is --connect.
        let taken: Set<Character> = name == "qmp" ? ["e", "h", "q", "t"] : ["c", "e", "h", "q", "t"]
        #expect(Set(letters).isDisjoint(with: taken))
        for set in verb.exclusive { #expect(Set(set).isSubset(of: names)) }
        if let rest = verb.parameters.firstIndex(where: { $0.kind == .rest }) {
            #expect(verb.parameters[(rest + 1)...].allSatisfy { !$0.takesData }, "nothing can follow a rest parameter")
        }
    }

    @Test(
        "every verb's help names all its parameters and is not wider than a terminal",
        arguments: VerbTable.all.map(\.name))
    func help(_ name: String) throws {
        let verb = try VerbTable.find(name)
        let text = HelpText.text(for: verb)
        for parameter in verb.parameters { #expect(text.contains("--" + parameter.name)) }
        let synopsis = "    " + HelpText.synopsis(verb)
        for line in text.split(separator: "\n") where line != synopsis { #expect(line.count <= 110, "\(line)") }
        #expect(!verb.summary.hasSuffix("."))
    }

    @Test("an unknown verb is a usage error that names the nearest")
    func unknown() {
        do throws(VMError) {
            _ = try VerbTable.find("verison")
            Issue.record("found a verb that isn't there")
        } catch {
            #expect(error.code == .usage)
            #expect(error.message == "unknown command: 'verison'")
            #expect(error.remedy == "did you mean 'version'?")
        }
    }
}
