import Foundation
import TestBench
import Testing
import VMJSON

@testable import VMCommands

/// Damage, crowds and full disks: what is stored stays, and everybody is told the reason.
@Suite("The store under faults, with real processes", .enabled(if: Program.hasQEMU, "needs QEMU"))
struct StoreFaultTests {
    private func document(_ name: String, uuid: String? = nil, filler: Int = 0) -> String {
        """
        <domain type='qemu'><name>\(name)</name>\(uuid.map { "<uuid>\($0)</uuid>" } ?? "")
        <description>\(String(repeating: "x", count: filler))</description>
        <memory unit='MiB'>32</memory><os><type arch='x86_64' machine='none'>hvm</type></os></domain>
        """
    }

    private func names(_ program: Program) -> [String] {
        program.run("list", "--all", "--name").output.split(separator: "\n").map(String.init)
    }

    /// A program for running many at once.
    private func spawn(_ program: Program, _ words: [String], errors: Pipe? = nil) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: words.first == "sh" ? "/bin/sh" : Program.executable)
        process.arguments = words.first == "sh" ? Array(words.dropFirst()) : words
        process.environment = ProcessInfo.processInfo.environment.merging(["VMCTL_HOME": program.home]) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors ?? FileHandle.nullDevice
        try process.run()
        return process
    }

    @Test("what nobody knows is refused, or left out where that is asked for")
    func lenientDefine() throws {
        let program = Program()
        let text = document("odd").replacingOccurrences(of: "<memory ", with: "<unheard-of/><memory ")
        let file = try program.file("odd.xml", text)
        #expect(program.run("define", file).status != 0)
        let taken = program.run("define", "--lenient", file)
        #expect(taken.status == 0)
        #expect((taken.output + taken.errors).contains("unheard-of"))
        #expect(!program.run("dumpxml", "odd").output.contains("unheard-of"))
    }

    @Test("twenty defines at once, and readers meanwhile: all are there, and every reader gets its answer")
    func manyDefines() throws {
        let program = Program()
        _ = program.run("define", try program.file("first.xml", document("first")))
        let files = try (0..<20).map { try program.file("d\($0).xml", document("d\($0)")) }
        let defines = try files.map { try spawn(program, ["define", $0]) }
        let readers = try (0..<20).map { _ in try spawn(program, ["list", "--all"]) }
        for process in defines + readers {
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        #expect(Set(names(program)) == Set((0..<20).map { "d\($0)" } + ["first"]))
    }

    @Test("twenty defines of one name at once: one wins, the others are told so")
    func oneName() throws {
        let program = Program()
        _ = program.run("define", try program.file("first.xml", document("first")))
        let file = try program.file("same.xml", document("same"))
        let defines = try (0..<20).map { _ in try spawn(program, ["define", file]) }
        for process in defines { process.waitUntilExit() }
        #expect(defines.map(\.terminationStatus).sorted() == [0] + Array(repeating: 10, count: 19))
        #expect(names(program).sorted() == ["first", "same"])
    }

    @Test("of two editors the second is told, and its text is kept where it is told")
    func twoEditors() throws {
        let program = Program()
        _ = program.run("define", try program.file("e.xml", document("e", filler: 8)))
        let slow = program.run(
            ["edit", "e"],
            environment: [
                "VISUAL":
                    "sh -c 'sed -i s/xxxx/slow/ \"$0\"; VISUAL=\"sed -i s/32768/64768/\" \(Program.executable) edit e >&2'"
            ])
        #expect(slow.status == 8, "\(slow.errors)")
        #expect(slow.errors.contains("was changed meanwhile"))
        let path = try #require(slow.errors.split(separator: "'").map(String.init).first { $0.hasPrefix("/") })
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(program.run("dumpxml", "e").output.contains(">64768<"))
    }

    @Test("an edit with a fault in it is refused, and the text is kept")
    func badEdit() throws {
        let program = Program()
        _ = program.run("define", try program.file("e.xml", document("e", filler: 8)))
        let bad = program.run(["edit", "e"], environment: ["VISUAL": "sed -i s/memory/memorie/g"])
        #expect(bad.status == 5, "\(bad.errors)")
        #expect(bad.errors.contains("did you mean"))
        let path = try #require(bad.errors.split(separator: "'").map(String.init).first { $0.hasPrefix("/") })
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("memorie"))
        #expect(!program.run("dumpxml", "e").output.contains("memorie"))
    }

    @Test("damaged definitions are listed as broken, with the reason; nothing else is disturbed")
    func damage() throws {
        let program = Program()
        for name in ["good", "cut", "gone"] {
            _ = program.run("define", try program.file(name + ".in", document(name)))
        }
        let folder = program.home + "/config/domains/"
        let whole = try String(contentsOfFile: folder + "cut.xml", encoding: .utf8)
        try String(whole.dropLast(30)).write(toFile: folder + "cut.xml", atomically: true, encoding: .utf8)
        try "\u{1}\u{2}garbage".write(toFile: folder + "garbage.xml", atomically: true, encoding: .utf8)
        mkfifo(folder + "fifo.xml", 0o600)
        symlink("loop.xml", folder + "loop.xml")
        mkdir(folder + "folder.xml", 0o700)
        unlink(folder + "gone.xml")
        symlink("nowhere", folder + "gone.xml")
        let list = program.run("list", "--all", "--output", "json")
        #expect(list.status == 0)
        let problems = (list.json.array ?? []).reduce(into: [String: String]()) { result, domain in
            result[domain["name"]?.string ?? "?"] = domain["problem"]?.string ?? ""
        }
        #expect(problems["good"] == "")
        for (name, reason) in [
            ("cut", "not well-formed"), ("garbage", "not well-formed"), ("fifo", "it is a FIFO, not a file"),
            ("loop", "Too many levels"),
            ("folder", "it is a folder"), ("gone", "No such file"),
        ] {
            let problem = try #require(problems[name])
            #expect(problem.contains(reason), "\(name): \(problem)")
        }
        #expect(program.run("start", "cut").status != 0)
        #expect(program.run("dumpxml", "fifo").status != 0)
        #expect(program.run("doctor", "--output", "name").output.contains("domains"))
        #expect(program.run("dumpxml", "good").status == 0)
        // Whoever knows better may say so.
        #expect(program.run("define", program.home + "/cut.in").status == 0)
        #expect(program.run("undefine", "garbage").status == 0)
        #expect(!names(program).contains("garbage"))
    }

    @Test(
        "a definition that this user may not read is broken, and no other",
        .enabled(if: geteuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0, "needs root and setpriv"))
    func unreadable() throws {
        let program = Program()
        for name in ["open", "shut"] { _ = program.run("define", try program.file(name + ".in", document(name))) }
        let folder = program.home + "/config/domains"
        let copy = program.home + "/vmctl"
        try FileManager.default.copyItem(atPath: Program.executable, toPath: copy)
        let script = "chown -R 65534 '\(program.home)'; chown 0 '\(folder)/shut.xml'; chmod 600 '\(folder)/shut.xml'"
        let prepare = try spawn(program, ["sh", "-c", script])
        prepare.waitUntilExit()
        let output = program.home + "/seen"
        let seen = try spawn(
            program,
            [
                "sh", "-c",
                "setpriv --reuid=65534 --clear-groups '\(copy)' list --all --output json > '\(output)' 2>&1",
            ])
        seen.waitUntilExit()
        let list = try JSONParser.parse(try String(contentsOfFile: output, encoding: .utf8))
        #expect(list.array?.count == 2)
        let shut = list.array?.first { $0["name"]?.string == "shut" }
        #expect(shut?["problem"]?.string?.contains("Permission denied") == true, "\(list)")
        #expect(list.array?.first { $0["name"]?.string == "open" }?["problem"] == nil)
    }

    @Test("past a limit of file sizes nothing is stored, and what was there stays")
    func fileSizeLimit() throws {
        let program = Program()
        let uuid = "6f1a2c1e-0000-4000-8000-00000000000c"
        _ = program.run("define", try program.file("a.xml", document("a", uuid: uuid)))
        let before = program.run("dumpxml", "a").output
        let large = try program.file("large.xml", document("a", uuid: uuid, filler: 9000))
        let errors = Pipe()
        let define = try spawn(
            program, ["sh", "-c", "ulimit -f 8; exec '\(Program.executable)' define '\(large)'"], errors: errors)
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        define.waitUntilExit()
        #expect(define.terminationReason == .exit)
        #expect(define.terminationStatus == 13, "\(text)")
        #expect(text.contains("File too large"))
        #expect(program.run("dumpxml", "a").output == before)
    }

    @Test(
        "a full disk: define, edit and rename fail and say so, nothing is lost, undefine works all the same",
        .enabled(if: SmallDisk.isPossible, "needs root and mount"))
    func fullDisk() throws {
        let program = Program()
        let disk = try SmallDisk(program.home + "/config")
        let file = try program.file("a.xml", document("a", filler: 2000))
        #expect(program.run("define", file).status == 0)
        #expect(program.run("define", try program.file("b.xml", document("b", filler: 2000))).status == 0)
        let before = program.run("dumpxml", "a").output
        disk.fill()
        let define = program.run("define", try program.file("c.xml", document("c", filler: 9000)))
        #expect(define.status == 13)
        #expect(define.errors.contains("No space left"), "\(define.errors)")
        let edit = program.run(["edit", "a"], environment: ["VISUAL": "sed -i s/32768/64768/g"])
        #expect(edit.status == 13, "\(edit.errors)")
        #expect(edit.errors.contains("/edit/"))
        #expect(program.run("domrename", "a", "z").status == 13)
        #expect(program.run("dumpxml", "a").output == before)
        #expect(names(program) == ["a", "b"])
        #expect(program.run("undefine", "b").status == 0)
        #expect(names(program) == ["a"])
        disk.empty()
        #expect(program.run("domrename", "a", "z").status == 0)
        #expect(names(program) == ["z"])
    }
}
