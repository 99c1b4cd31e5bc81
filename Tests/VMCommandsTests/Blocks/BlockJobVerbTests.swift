import Foundation
import Testing
import VMJSON

@Suite(
    "Jobs of disks on the command line", .enabled(if: Program.hasQEMU, "needs QEMU"), .timeLimit(.minutes(40)))
struct BlockJobVerbTests {
    private let program = Program()

    private func tool(_ words: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        process.arguments = words
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    private func start(_ name: String) throws -> [String] {
        let images = ["base", "middle", "top"].map { program.home + "/\(name)-\($0).img" }
        try tool(["create", "-q", "-f", "qcow2", images[0], "4M"])
        try tool(["create", "-q", "-f", "qcow2", "-b", images[0], "-F", "qcow2", images[1]])
        try tool(["create", "-q", "-f", "qcow2", "-b", images[1], "-F", "qcow2", images[2]])
        let xml = """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features>
            <devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(images[2])'/>
            <target dev='vda' bus='virtio'/></disk></devices></domain>
            """
        _ = program.run("define", try program.file("\(name).xml", xml))
        #expect(program.run("start", name).status == 0)
        return images
    }

    @Test("a commit: planned, begun, told of, ended")
    func commit() throws {
        let images = try start("c")
        let plan = program.run("blockcommit", "c", "vda", "--active", "--delete", "--dry-run")
        #expect(plan.status == 0)
        #expect(
            plan.output == """
                commit  \(images[2])
                commit  \(images[1])
                into    \(images[0])
                remove  \(images[2])
                remove  \(images[1])
                left    \(images[0])
                The job runs until the disk goes over to the base, or is told to end.

                """)
        #expect(program.run("blockjob", "c", "vda").output == "No current block job for vda\n")
        let refused = program.run("blockcommit", "c", "vda")
        #expect(refused.status == 2 && refused.errors.contains("requires active flag"))
        #expect(refused.errors.contains("--active"))
        #expect(program.run("blockcommit", "c", "vda", "--active").output == "Active Block Commit started\n")
        #expect(program.run("blockcommit", "c", "vda", "--active").status == 8)
        for _ in 0..<600 where program.run("blockjob", "c", "vda").output != "Active Block Commit: [100 %]\n" {
            usleep(50000)
        }
        #expect(
            program.run("blockjob", "c", "vda", "--raw").output.hasPrefix(" type=Active Block Commit\n bandwidth=0\n"))
        #expect(program.run("blockjob", "c", "vda", "5").status == 0)
        #expect(program.run("blockjob", "c", "vda", "--raw").output.contains(" bandwidth=5\n"))
        #expect(program.run("blockjob", "c", "vda", "--abort").status == 0)
        let done = program.run("blockcommit", "c", "vda", "--pivot", "--verbose", "--delete")
        #expect(done.output == "Successfully pivoted\n")
        #expect(done.errors.contains("Block commit: [100 %]"))
        #expect(program.run("domblklist", "c").output.contains(images[0]))
        for _ in 0..<200 where FileManager.default.fileExists(atPath: images[1]) { usleep(50000) }
        #expect(!FileManager.default.fileExists(atPath: images[1]))
        #expect(!FileManager.default.fileExists(atPath: images[2]))
    }

    @Test("a copy and a pull")
    func copy() throws {
        _ = try start("p")
        let copy = program.home + "/copy.img"
        #expect(program.run("blockcopy", "p", "vda", copy).errors.contains("domain is not transient"))
        #expect(program.run("blockcopy", "p", "vda").status == 2)
        let first = program.run("blockcopy", "p", "vda", copy, "--transient-job", "--shallow", "--finish")
        #expect(first.output == "Successfully copied\n", "\(first.errors)")
        let second = program.run(
            "blockcopy", "p", "vda", copy, "--transient-job", "--reuse-external", "--pivot", "--output", "json")
        #expect(second.output.contains("\"state\": \"pivoted\"") || second.output.contains("\"state\":\"pivoted\""))
        #expect(program.run("blockpull", "p", "vda", "--wait").output == "Pull complete\n")
    }

    @Test("an image that something else builds on is named, and not written")
    func shared() throws {
        let images = try start("s")
        let other = program.home + "/other.img"
        try tool(["create", "-q", "-f", "qcow2", "-b", images[0], "-F", "qcow2", other])
        let refused = program.run("blockcommit", "s", "vda", "--pivot")
        #expect(refused.status == 8 && refused.errors.contains("'\(other)', which builds on it"))
        let plan = program.run("blockcommit", "s", "vda", "--active", "--dry-run")
        #expect(plan.status == 8 && plan.output.contains("It would be refused"))
    }
}
