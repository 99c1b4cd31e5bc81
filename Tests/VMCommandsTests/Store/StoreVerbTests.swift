import Foundation
import Testing
import VMJSON

@testable import VMCommands

/// Verbs that change what is stored, run as a user runs them.
@Suite("Verbs of the store", .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
struct StoreVerbTests {
    private let program = Program()

    private func names(_ words: String...) -> [String] {
        program.run(["list", "--name"] + words).output.split(separator: "\n").map(String.init)
    }

    @Test("a domain gets another name, and keeps its UUID, its mark and its place in the index")
    func rename() throws {
        _ = program.run("define", try program.domain("old"))
        let uuid = program.run("domuuid", "old").output
        _ = program.run("autostart", "old")
        #expect(program.run("domrename", "old", "new").status == 0)
        #expect(names("--all") == ["new"])
        #expect(names("--all", "--autostart") == ["new"])
        #expect(program.run("domuuid", "new").output == uuid)
        _ = program.run("define", try program.domain("other"))
        let taken = program.run("domrename", "new", "other")
        #expect(taken.status == 10)
        #expect(taken.errors.contains("domain with name 'other' already exists"))
        #expect(program.run("domrename", "new", "a/b").status != 0)
        #expect(names("--all") == ["new", "other"])
    }

    @Test("a document comes through standard input, by any of its names", arguments: ["-", "/dev/stdin", "/dev/fd/0"])
    func piped(_ name: String) throws {
        let text = try String(contentsOfFile: program.domain("piped"), encoding: .utf8)
        #expect(program.run("define", name, input: text).output == "Domain 'piped' defined from \(name)\n")
        #expect(program.run("define", "/dev/fd/77", input: text).errors.contains("/dev/fd/77"))
    }

    @Test("a mark is shown, and taken away")
    func autostart() throws {
        _ = program.run("define", try program.domain("a"))
        #expect(program.run("autostart", "a").output == "Domain 'a' marked as autostarted\n")
        #expect(program.run("dominfo", "a").output.contains("Autostart:      enable\n"))
        #expect(program.run("autostart", "--run").output == "Domain 'a' started\n")
        #expect(program.run("autostart", "--run").output == "Domain 'a' is running already\n")
        // Nothing in it hears its power button.
        #expect(program.run("autostart", "--shutdown", "--timeout", "0.2").status == 7)
        #expect(program.run("autostart", "a", "--disable").output == "Domain 'a' unmarked as autostarted\n")
        #expect(names("--all", "--no-autostart") == ["a"])
    }

    @Test("an undefined domain comes back as it was; its images stay unless they were asked for")
    func undefine() throws {
        let image = try program.file("image.raw", String(repeating: " ", count: 4096))
        let medium = try program.file("medium.iso", "medium")
        let file = try program.domain(
            "d",
            devices: """
                <disk type='file' device='disk'><source file='\(image)'/><target dev='vda' bus='virtio'/></disk>
                <disk type='file' device='cdrom'><source file='\(medium)'/><target dev='hdc' bus='ide'/></disk>
                """)
        _ = program.run("define", file)
        let xml = program.run("dumpxml", "d").output
        let plan = program.run("undefine", "d", "--remove-all-storage", "--plan")
        #expect(plan.output.contains("would be removed: disk 'vda' \(image)"), "\(plan.output)")
        #expect(plan.output.contains(medium))
        #expect(names("--all") == ["d"])
        #expect(program.run("undefine", "d").status == 0)
        #expect(FileManager.default.fileExists(atPath: image))
        #expect(names("--all").isEmpty)
        #expect(program.run("list", "--undefined", "--output", "name").output == "d\n")
        #expect(program.run("undefine", "--undo", "d").output == "Domain 'd' is defined again\n")
        #expect(program.run("dumpxml", "d").output == xml)
        let removal = program.run("undefine", "d", "--remove-all-storage")
        #expect(removal.status == 0, "\(removal.errors)")
        #expect(removal.output.contains("Volume 'vda'(\(image)) removed."))
        #expect(!FileManager.default.fileExists(atPath: image))
        #expect(FileManager.default.fileExists(atPath: medium))
    }

    @Test("a definition that differs from what runs is marked so")
    func pending() throws {
        _ = program.run("define", try program.domain("p"))
        #expect(program.run("start", "p").status == 0)
        #expect(program.run("list").output.hasSuffix("running\n"))
        #expect(
            program.run(["edit", "p"], environment: ["VISUAL": "sed -i 's/<vcpu.*/<vcpu>2<\\/vcpu>/'"]).status == 0)
        #expect(program.run("list").output.hasSuffix("running, restart pending\n"))
        #expect(program.run("status", "p").output.contains("Pending:"))
        #expect(program.run("diff", "p").output.contains("vcpu"))
    }

    @Test("a transient domain is gone when it ends, and stays when it is defined meanwhile")
    func create() throws {
        let file = try program.domain("t")
        #expect(program.run("create", file).output == "Domain 't' created from \(file)\n")
        #expect(names("--transient") == ["t"])
        #expect(program.run("autostart", "t").errors.contains("cannot set autostart for transient domain"))
        #expect(program.run("destroy", "t").status == 0)
        #expect(names("--all").isEmpty)
        #expect(program.run("create", file).status == 0)
        let live = try program.file("live.xml", program.run("dumpxml", "t").output)
        #expect(program.run("define", live).status == 0)
        #expect(names("--persistent") == ["t"])
        #expect(program.run("destroy", "t").status == 0)
        #expect(names("--all") == ["t"])
    }

    @Test("title, description and metadata are stored and shown")
    func describe() throws {
        _ = program.run("define", try program.domain("d"))
        #expect(program.run("desc", "d").output == "No description for domain: d\n")
        #expect(program.run("desc", "d", "--title", "--new-desc", "A title").status == 0)
        #expect(program.run("list", "--all", "--title").output.contains("A title"))
        #expect(program.run("metadata", "d", "urn:tags", "--key", "t", "--set", "<tags>one</tags>").status == 0)
        #expect(program.run("metadata", "d", "urn:tags").output.contains("<tags>one</tags>"))
        #expect(program.run("metadata", "d", "urn:tags", "--remove").status == 0)
        #expect(program.run("metadata", "d", "urn:tags").status != 0)
    }

    // MARK: On a terminal

    /// What the program shows on a terminal whose user types `input`.
    private func terminal(_ command: String, input: String, environment: [String: String] = [:]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
        process.arguments = ["-qec", "'\(Program.executable)' " + command, "/dev/null"]
        process.environment = ["VMCTL_HOME": program.home, "PATH": "/usr/bin:/bin", "TERM": "xterm"]
            .merging(environment) { $1 }
        let (source, output) = (Pipe(), Pipe())
        process.standardInput = source
        process.standardOutput = output
        try process.run()
        source.fileHandleForWriting.write(Data(input.utf8))
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try? source.fileHandleForWriting.close()
        return text
    }

    private static var hasTerminal: Bool { access("/usr/bin/script", X_OK) == 0 }

    @Test(
        "on a terminal the loss of data is confirmed first; --yes and scripts aren't asked", .enabled(if: hasTerminal))
    func confirmation() throws {
        let image = try program.file("image.raw", String(repeating: " ", count: 4096))
        let file = try program.domain(
            "d",
            devices: "<disk type='file'><source file='\(image)'/><target dev='vda' bus='virtio'/></disk>")
        _ = program.run("define", file)
        let refused = try terminal("undefine d --remove-all-storage", input: "n\n")
        #expect(refused.contains("Really? [y/N]"))
        #expect(refused.contains(image))
        #expect(refused.contains("nothing was changed"))
        #expect(FileManager.default.fileExists(atPath: image))
        #expect(names("--all") == ["d"])
        #expect(!(try terminal("undefine d --remove-all-storage --yes", input: "")).contains("Really?"))
        #expect(!FileManager.default.fileExists(atPath: image))
    }

    @Test("colours are for terminals, and for those who want them", .enabled(if: hasTerminal))
    func colours() throws {
        _ = program.run("define", try program.domain("c"))
        _ = program.run("start", "c")
        #expect(try terminal("list", input: "").contains("\u{1b}[32mrunning"))
        #expect(try terminal("start nobody", input: "").contains("\u{1b}[1;31merror:"))
        #expect(try !terminal("list", input: "", environment: ["NO_COLOR": "1"]).contains("\u{1b}["))
        #expect(try terminal("list", input: "", environment: ["NO_COLOR": ""]).contains("\u{1b}["))
        #expect(try !terminal("list", input: "", environment: ["TERM": "dumb"]).contains("\u{1b}["))
        #expect(!program.run("list").output.contains("\u{1b}["))
        #expect(!program.run("start", "nobody").errors.contains("\u{1b}["))
        #expect(try !terminal("list --output json", input: "").contains("\u{1b}["))
    }
}
