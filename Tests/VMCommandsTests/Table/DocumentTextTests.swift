import Testing

@testable import VMCommands

/// Values that XML can't hold: left out of a document without a word they would name another file, or another pool.
struct DocumentTextTests {
    private let program = Program()

    @Test(arguments: [
        ["pool-define-as", "p\u{1b}[2Jq", "dir", "--target", "/tmp/p"],
        ["pool-define-as", "p", "dir", "--target", "/tmp/\u{7}p"],
        ["desc", "m", "a\u{1}b", "--config"],
        ["attach-disk", "m", "/images/a\u{8}b", "vdb", "--config"],
        ["attach-interface", "m", "bridge", "br\u{2}0", "--config"],
    ])
    func `Control characters are refused, with the option they came by`(_ words: [String]) throws {
        #expect(program.run("define", try program.domain("m")).status == 0)
        let before = program.run("dumpxml", "m").output
        let result = program.run(words)
        #expect(result.status == 2 && result.errors.contains("has a control character"), "\(result.errors)")
        #expect(program.run("dumpxml", "m").output == before)
        #expect(program.run("pool-list", "--all", "--name").output.filter { !$0.isNewline } == "")
    }
}
