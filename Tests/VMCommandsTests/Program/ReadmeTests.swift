import Foundation
import Testing
import VMCore
import VMManager

// The example that README.md shows, between the two markers.
// README: begin
/// Runs a machine through a short life and tells what happened to it.
func shortLife(of xml: String, manager: VMManager) async throws -> [String] {
    let machine = try await manager.define(xml: xml)
    try await machine.start()
    // From its definition on; the sequence ends when the machine has ended.
    let events = try await machine.events(since: 0)
    async let story = events.reduce(into: [String]()) { story, event in
        switch event.kind {
        case .lifecycle(let change): story.append("\(change.state.rawValue) (\(change.reason.rawValue))")
        case .trayChange: story.append("tray moved")
        default: break
        }
    }
    try await machine.eject("hdc")
    // A guest obeys its power button when it has booted; until then press it again.
    while try await machine.status().state.isActive {
        _ = try? await machine.shutdown(wait: .seconds(5))
    }
    try await machine.undefine()
    return await story
}
// README: end

@Suite("README.md keeps its word")
struct ReadmeTests {
    @Test("the example is the one that is compiled here")
    func sameText() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let begin = try #require(source.range(of: "// README: begin\n"))
        let end = try #require(source.range(of: "// README: end\n", range: begin.upperBound..<source.endIndex))
        let example = source[begin.upperBound..<end.lowerBound]
        let readme = try String(contentsOfFile: Program.project + "/README.md", encoding: .utf8)
        #expect(readme.contains(example), "copy the example into README.md")
    }

    @Test(
        "the example runs a real guest", .enabled(if: Program.hasQEMU && Program.hasGuest, "needs QEMU and the guest"))
    func runs() async throws {
        let program = Program()
        let xml = try String(contentsOfFile: Program.project + "/examples/domains/cdrom.xml", encoding: .utf8)
            .replacingOccurrences(of: "../..", with: Program.project)
        let manager = VMManager(paths: UserPaths(root: program.home), supervisorExecutable: Program.executable)
        let story = try await shortLife(of: xml, manager: manager)
        #expect(story.contains("running (booted)"))
        #expect(story.contains("tray moved"))
        #expect(story.last == "shut off (shutdown)")
        #expect(try manager.list(.all).isEmpty)
    }

    @Test("every file that README.md links to is there")
    func links() throws {
        let readme = try String(contentsOfFile: Program.project + "/README.md", encoding: .utf8)
        for match in readme.matches(of: /\]\(([^)#:]+)\)/) {
            let path = Program.project + "/" + match.1
            #expect(FileManager.default.fileExists(atPath: path), "\(path)")
        }
    }
}
