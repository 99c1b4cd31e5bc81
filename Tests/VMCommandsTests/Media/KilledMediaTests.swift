import Foundation
import Testing
import VMJSON

@Suite("a supervisor is killed while it changes a medium", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct KilledMediaTests {
    private let program = Program()

    @Test(
        "the next one makes the change, the live definition says what is in the drive, and the next change works",
        arguments: [
            "media.mark", "media.blockdev-open-tray", "media.blockdev-remove-medium", "media.blockdev-add",
            "media.blockdev-insert-medium", "media.blockdev-close-tray", "media.done",
        ])
    func killed(at point: String) throws {
        let (one, two) = (try program.file("one.iso", "1"), try program.file("two.iso", "2"))
        truncate(one, 1 << 20)
        truncate(two, 1 << 20)
        let drive =
            "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='\(one)'/>"
            + "<target dev='hdc' bus='ide'/><readonly/></disk>"
        _ = program.run("define", try program.domain("m", devices: drive))
        // A firmware that looks for something to boot has its own way with trays.
        let started = program.run(["start", "m", "--paused"], environment: ["VMCTL_FAILPOINT": point])
        #expect(started.status == 0)
        let before = program.run("status", "m", "--output", "json").json["supervisor_pid"]
        #expect(program.run("change-media", "m", "hdc", two).output == "Successfully updated media.\n")
        #expect(program.run("status", "m", "--output", "json").json["supervisor_pid"] != before)
        // A confined QEMU got the second one open, under the name of a set of descriptors that says which file it is.
        let block = program.run("qemu-monitor-command", "m", #"{"execute":"query-block"}"#).output
        let sets = program.run("qemu-monitor-command", "m", #"{"execute":"query-fdsets"}"#).output
        let answer = block.contains("/dev/fdset/") ? sets : block
        let inside = [one, two].first { answer.contains("\($0)\"") }
        let xml = program.run("dumpxml", "m").output
        #expect(inside == two && xml.contains("'\(two)'") && !xml.contains("'\(one)'"))
        #expect(program.run("change-media", "m", "hdc", one).output == "Successfully updated media.\n")
        #expect(program.run("dumpxml", "m").output.contains("'\(one)'"))
        let nodes = program.run("qemu-monitor-command", "m", #"{"execute":"query-named-block-nodes"}"#).output
        #expect(nodes.components(separatedBy: "\"medium-").count == 2)
    }
}
