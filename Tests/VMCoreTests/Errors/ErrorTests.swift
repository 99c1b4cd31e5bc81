import Testing
import VMCore

/// Errors and what they say one can do.
@Suite struct ErrorTests {
    @Test("A remedy's commands and options are worded by whoever shows it")
    func wording() {
        let remedy: Remedy = "start it with \(command: "start", "web server"), or use \(option: "force") \(5) times"
        #expect(
            remedy.parts == [
                .text("start it with "), .command(.init("start", "web server")), .text(", or use "), .option("force"),
                .text(" 5 times"),
            ])
        #expect(remedy.text == "start it with 'start web server', or use 'force' 5 times")
        let shell = remedy.worded(
            { "vmctl " + ([$0.name] + $0.arguments.map { "[\($0)]" }).joined(separator: " ") }, option: { "--\($0)" })
        #expect(shell == "start it with vmctl start [web server], or use --force 5 times")
    }

    @Test("Remedies are put together, one within another as well")
    func together() {
        let first: Remedy = "use \(option: "a")"
        let both: Remedy = "\(first) or \(Remedy("wait"))"
        #expect(both.text == "use 'a' or wait")
        #expect((first + " now").text == "use 'a' now")
        #expect((first + " now").parts.count == 3)
        #expect(Remedy("").text.isEmpty)
    }

    /// virterror.h.
    @Test(
        "Each code is known by its name, and is libvirt's number",
        arguments: [
            (VMError.Code.usage, "usage", 2, 8), (.noDomain, "no-domain", 3, 42), (.notFound, "not-found", 3, 8),
            (.wrongState, "wrong-state", 4, 55), (.invalidXML, "invalid-xml", 5, 27),
            (.unsupported, "unsupported", 6, 67), (.timeout, "timeout", 7, 68),
            (.agentUnresponsive, "agent-unresponsive", 7, 86), (.busy, "busy", 8, 87),
            (.connection, "connection", 9, 38), (.exists, "exists", 10, 9), (.launchFailed, "launch-failed", 11, 1),
            (.launchAborted, "launch-aborted", 11, 1), (.monitor, "monitor", 12, 1), (.io, "io", 13, 38),
            (.invalidArgument, "invalid-argument", 2, 8),
        ] as [(VMError.Code, String, Int32, Int32)])
    func codes(code: VMError.Code, name: String, status: Int32, number: Int32) {
        #expect(code.name == name && code.description == name && code.exitStatus == status)
        #expect(code.libvirt.number.rawValue == number)
        #expect(VMError.Code(named: name) == code)
    }

    @Test("A name of no code is none") func unknown() { #expect(VMError.Code(named: "no-such") == nil) }

    @Test("An error of the system says which, and keeps its kind")
    func system() {
        let missing = VMError.system("cannot open '/x'", errno: 2)
        #expect(missing.message.contains("cannot open '/x'") && missing.message.contains("No such file"))
        #expect(missing.code == .io)
        #expect(VMError.system("m", errno: 2, remedy: "make it").remedy?.text == "make it")
    }
}
