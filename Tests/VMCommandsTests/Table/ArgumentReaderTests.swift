import Testing
import VMCore

@testable import VMCommands

@Suite("Arguments are read by virsh's rules")
struct ArgumentReaderTests {
    private static let verb = Verb(
        "sample", group: .domain, "a verb with every kind of parameter",
        parameters: [
            .domain(), .optional("source", "file", "a second value"), .flag("all", "a switch"),
            .flag("name", "another switch"),
            .option("timeout", "seconds", "a value by name"),
            .option("out", short: "o", "file", "a value with a letter"),
        ],
        exclusive: [["all", "name"]]
    ) { (_: Invocation) throws(VMError) -> Report in .finished() }

    private func read(_ words: String...) throws(VMError) -> Invocation? {
        switch try ArgumentReader.read(words[...], for: Self.verb, global: GlobalOptions()) {
        case .run(let invocation): return invocation
        case .help: return nil
        }
    }

    private func message(_ words: String...) -> String? {
        do throws(VMError) {
            _ = try ArgumentReader.read(words[...], for: Self.verb, global: GlobalOptions())
            return nil
        } catch {
            return error.code == .usage ? error.message : "wrong code \(error.code)"
        }
    }

    @Test("data fills the parameters in their order, options stand anywhere")
    func positions() throws {
        let invocation = try #require(try read("--all", "guest", "--timeout", "3", "file.iso"))
        #expect(invocation.value("domain") == "guest")
        #expect(invocation.value("source") == "file.iso")
        #expect(invocation.flag("all"))
        #expect(try invocation.seconds("timeout") == .seconds(3))
    }

    @Test("a parameter given by name leaves the data to the next one")
    func byName() throws {
        let invocation = try #require(try read("file.iso", "--domain", "guest"))
        #expect(invocation.value("domain") == "guest")
        #expect(invocation.value("source") == "file.iso")
    }

    @Test("values come behind a blank, an equals sign or a letter")
    func spellings() throws {
        let invocation = try #require(try read("--domain=a=b", "-o", "x", "--timeout=0.5"))
        #expect(invocation.value("domain") == "a=b")
        #expect(invocation.value("out") == "x")
        #expect(try invocation.seconds("timeout") == .milliseconds(500))
    }

    @Test("behind two dashes everything is data")
    func dashes() throws {
        let invocation = try #require(try read("--", "--all", "--output"))
        #expect(invocation.value("domain") == "--all")
        #expect(invocation.value("source") == "--output")
        #expect(!invocation.flag("all"))
    }

    @Test("global options may stand behind the verb, but a verb's own option of that name comes first")
    func globals() throws {
        let invocation = try #require(try read("guest", "--output", "yaml", "-q", "-c", "qemu:///system"))
        #expect(invocation.global.format == .yaml)
        #expect(invocation.global.isQuiet)
        #expect(invocation.global.connection == "qemu:///system")
    }

    @Test("errors are worded as virsh words them")
    func errors() {
        #expect(message() == "command 'sample' requires <domain> option")
        #expect(message("a", "b", "c") == "unexpected data 'c'")
        #expect(message("a", "--foo") == "command 'sample' doesn't support option --foo")
        #expect(message("--domain") == "expected syntax: --domain <string>")
        #expect(message("a", "--domain", "b", "--domain", "c") == "option --domain already seen")
        #expect(message("a", "--all=yes") == "invalid '=' after option --all")
        #expect(message("a", "--all", "--name") == "Options --all and --name are mutually exclusive")
    }

    @Test("an unknown option names the nearest known one")
    func nearMatch() {
        #expect(throws: VMError.self) { try read("a", "--timout", "3") }
        do throws(VMError) {
            _ = try read("a", "--timout", "3")
        } catch {
            #expect(error.remedy == "did you mean '--timeout'?")
        }
    }

    @Test("values that are no numbers, times or known words are refused")
    func typedValues() throws {
        let invocation = try #require(try read("a", "--timeout", "soon", "--out", "-5"))
        #expect(throws: VMError.self) { try invocation.seconds("timeout") }
        #expect(throws: VMError.self) { try invocation.number("out") }
        #expect(throws: VMError.self) { try invocation.word("timeout", among: ["now", "later"]) }
    }

    @Test("asking for help wins over everything")
    func help() throws {
        #expect(try read("--help") == nil)
        #expect(try read("a", "b", "c", "-h") == nil)
    }

    @Test("a rest parameter takes all that is left")
    func rest() throws {
        let verb = Verb(
            "check", group: .launcher, "reads files",
            parameters: [.flag("all", "a switch"), .rest("file", "file", "files")]
        ) { (_: Invocation) throws(VMError) -> Report in .finished() }
        guard
            case .run(let invocation) = try ArgumentReader.read(
                ["a", "--all", "b", "--", "--c"], for: verb, global: GlobalOptions())
        else {
            Issue.record("help instead of an invocation")
            return
        }
        #expect(invocation.all("file") == ["a", "b", "--c"])
        #expect(throws: VMError.self) { try ArgumentReader.read([], for: verb, global: GlobalOptions()) }
    }
}
