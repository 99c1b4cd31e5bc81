import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite("What goes wrong in the first hour is told in one sentence")
struct FailureTests {
    private let program = Program()

    /// Checks a failure's exit status and that its text holds all the words, as text and as JSON.
    private func expect(_ words: String..., status: Int32, code: String, says: [String]) {
        let result = program.run(words)
        #expect(result.status == status, "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(result.errors.hasPrefix("error: "))
        for text in says { #expect(result.errors.contains(text), "\(result.errors)") }
        let document = program.run(words + ["--output", "json"])
        #expect(document.status == status)
        #expect(document.errors.isEmpty)
        #expect(document.json["error"]?["code"]?.string == code)
        #expect(document.json["error"]?["message"]?.string?.isEmpty == false)
    }

    @Test("a domain that isn't there, with the nearest name")
    func noDomain() throws {
        _ = program.run("define", try program.domain("build"))
        expect(
            "start", "biuld", status: 3, code: "no-domain",
            says: ["failed to get domain 'biuld'", "Domain not found", "did you mean 'build'?"])
        expect("domstate", "nosuch", status: 3, code: "no-domain", says: ["failed to get domain 'nosuch'"])
    }

    @Test("a domain that doesn't run")
    func notRunning() throws {
        _ = program.run("define", try program.domain("off"))
        for verb in ["suspend", "resume", "reset", "reboot", "shutdown", "destroy", "console"] {
            expect(verb, "off", status: 4, code: "wrong-state", says: ["domain is not running"])
        }
    }

    @Test("a file that isn't there, isn't XML, or has a misspelt element or attribute")
    func documents() throws {
        expect("define", "/nonexistent.xml", status: 13, code: "io", says: ["/nonexistent.xml", "No such file"])
        expect(
            "define", try program.file("broken.xml", "<domain type='qemu'>\n<name>x</nam>\n"), status: 5,
            code: "invalid-xml", says: ["broken.xml:2:"])
        expect(
            "define",
            try program.file("misspelt.xml", "<domain type='qemu'>\n  <name>x</name>\n  <memry>1</memry>\n</domain>"),
            status: 5, code: "invalid-xml", says: ["misspelt.xml:3:", "memry", "did you mean 'memory'?"])
        expect(
            "define", try program.file("attribute.xml", "<domain typ='qemu'><name>x</name></domain>"), status: 5,
            code: "invalid-xml", says: ["attribute.xml:1:", "did you mean 'type'?"])
        #expect(program.run("list", "--all", "--name").output.isEmpty)
    }

    @Test("a name or UUID that another domain has")
    func taken() throws {
        let first = try program.file(
            "a.xml",
            "<domain type='qemu'><name>a</name><uuid>11111111-2222-4333-8444-555555555555</uuid><memory>1024</memory><os><type>hvm</type></os></domain>"
        )
        let second = try program.file(
            "b.xml",
            "<domain type='qemu'><name>b</name><uuid>11111111-2222-4333-8444-555555555555</uuid><memory>1024</memory><os><type>hvm</type></os></domain>"
        )
        let third = try program.file(
            "c.xml",
            "<domain type='qemu'><name>a</name><uuid>99999999-2222-4333-8444-555555555555</uuid><memory>1024</memory><os><type>hvm</type></os></domain>"
        )
        #expect(program.run("define", first).status == 0)
        expect("define", second, status: 10, code: "exists", says: ["already"])
        expect("define", third, status: 10, code: "exists", says: ["already"])
    }

    @Test("arguments that make no sense are usage errors")
    func usage() {
        expect("nosuchverb", status: 2, code: "usage", says: ["unknown command: 'nosuchverb'"])
        expect("start", status: 2, code: "usage", says: ["requires <domain> option"])
        expect("wait", "x", "--for", "runing", status: 2, code: "usage", says: ["did you mean 'running'?"])
        expect("readconfig", "--socket", "/tmp/\"quote", status: 6, code: "unsupported", says: ["quote"])
    }

    @Test(
        "standard output that can't take the answer is no success",
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
    func fullDisk() throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Program.executable)
        process.arguments = ["help"]
        process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus != 0)
    }
}
