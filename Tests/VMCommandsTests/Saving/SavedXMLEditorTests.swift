import Foundation
import Testing

@Suite("Editing the XML of saved machines", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct SavedXMLEditorTests {
    /// An editor that needs a terminal it may read from, as vi does: it waits for a line, and puts it into the title.
    private func editor(_ program: Program) throws -> String {
        let path = try program.file(
            "editor",
            """
            #!/bin/sh
            exec < /dev/tty || exit 9
            printf 'editing\\n' > /dev/tty
            read line || exit 8
            sed -i "s#<memory #<title>$line</title><memory #" "$1"
            """)
        chmod(path, 0o700)
        return path
    }

    private func saved(_ program: Program, managed: Bool) throws -> String {
        #expect(program.run("define", try program.domain("s")).status == 0)
        #expect(program.run("start", "s").status == 0)
        let file = program.home + "/s.save"
        let done = managed ? program.run("managedsave", "s") : program.run("save", "s", file)
        try #require(done.status == 0, "\(done.errors)")
        return file
    }

    @Test("The editor has the terminal, of save-image-edit and of managedsave-edit", arguments: [false, true])
    func terminal(managed: Bool) throws {
        let program = Program()
        let file = try saved(program, managed: managed)
        let editor = try editor(program)
        let words = managed ? ["managedsave-edit", "s"] : ["save-image-edit", file]
        let terminal = try Terminal(program, words, environment: ["VISUAL": "", "EDITOR": editor])
        #expect(terminal.wait(for: "editing"))
        terminal.type("typed\r")
        #expect(terminal.wait(for: "edited."))
        #expect(terminal.end() == 0)
        let xml =
            managed ? program.run("managedsave-dumpxml", "s").output : program.run("save-image-dumpxml", file).output
        #expect(xml.contains("<title>typed</title>"))
    }

    @Test("A text that isn't accepted is kept, and its place told")
    func kept() throws {
        let program = Program()
        let file = try saved(program, managed: false)
        let editor = try program.file("breaker", "#!/bin/sh\nsed -i 's#<name>s</name>#<name>t</name>#' \"$1\"\n")
        chmod(editor, 0o700)
        let refused = program.run(["save-image-edit", file], environment: ["EDITOR": editor, "VISUAL": ""])
        #expect(refused.status != 0 && refused.errors.contains("does not match source"))
        let start = try #require(refused.errors.range(of: "your text is kept in '"))
        let path = String(refused.errors[start.upperBound...].prefix { $0 != "'" })
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("<name>t</name>"))
    }
}
