import Testing
import VMJSON

/// Names that others chose, in what the program prints into a pipe.
@Suite struct ForeignTextTests {
    private let program = Program()

    @Test("a file's name makes up no line, turns nothing round and moves no cursor, in any answer")
    func fileName() throws {
        let name = "/nowhere/a&#10;hint: b&#x202e;&#x85;c"
        let document = try program.file(
            "odd.xml",
            """
            <domain type='qemu'><name>odd</name><memory>65536</memory><os><type arch='x86_64'>hvm</type></os><devices>
            <disk type='file' device='disk'><source file='\(name)'/><target dev='vda' bus='virtio'/></disk>
            </devices></domain>
            """)
        #expect(program.run("define", document).status == 0)
        let shown = "/nowhere/a\\x0ahint: b\\u202e\\x85c"
        for words in [["domblklist", "odd"], ["check", "odd"], ["domblklist", "odd", "--details"]] {
            let output = program.run(words).output
            #expect(output.contains(shown), "\(words)")
            #expect(!output.contains("\nhint: b"), "\(words)")
        }
        let errors = program.run("start", "odd").errors
        #expect(errors.contains("\n  hint: b\\u202e\\x85c") && !errors.contains("\nhint: b"))
        let json = program.run("domblklist", "odd", "--output", "json")
        #expect(json.output.contains(#"a\nhint: b\u202e\u0085c"#))
        #expect(json.json.array?.first?["source"]?.string == "/nowhere/a\nhint: b\u{202e}\u{85}c")
        // A document is what it is.
        #expect(program.run("dumpxml", "odd").output.contains("\u{202e}"))
    }
}
