import Foundation
import Testing

@testable import VMCommands

@Suite("The manual page and what is installed")
struct ManualPageTests {
    @Test("text can't give orders to troff")
    func escapes() {
        #expect(ManualPage.escaped(".SH x") == "\\&.SH x")
        #expect(ManualPage.escaped("a\\b-c '…'") == "a\\eb\\-c \\(aq\\[u2026]\\(aq")
        #expect(ManualPage.escaped("\"", inQuotes: true) == "\\(dq")
    }

    @Test("it names every verb and option")
    func complete() {
        let page = ManualPage.overview(VerbTable.all)
        for verb in VerbTable.all where !verb.isHidden {
            #expect(page.contains("\n.SS " + ManualPage.escaped(verb.name) + "\n"))
            for parameter in verb.parameters { #expect(page.contains(ManualPage.escaped("--" + parameter.name))) }
        }
        #expect(!page.contains("__supervise"))
    }

    private static let groff = "/usr/bin/groff"

    @Test("groff has nothing to say about it", .enabled(if: access(groff, X_OK) == 0, "needs groff"))
    func renders() throws {
        let file = NSTemporaryDirectory() + "vmctl-page-" + String(UInt64.random(in: 0...(.max)), radix: 36)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let pages = [ManualPage.overview(VerbTable.all)] + VerbTable.all.map { ManualPage.page(for: $0) }
        for page in pages {
            try page.write(toFile: file, atomically: true, encoding: .utf8)
            let (output, errors) = try run(Self.groff, ["-man", "-ww", "-Tutf8", "-Kutf8", "-P-cbou", file])
            #expect(errors.isEmpty, "\(errors)")
            #expect(output.contains("vmctl"))
        }
    }

    @Test("everything is installed below DESTDIR, and uninstalled again")
    func install() throws {
        let place = NSTemporaryDirectory() + "vmctl-install-" + String(UInt64.random(in: 0...(.max)), radix: 36)
        defer { try? FileManager.default.removeItem(atPath: place) }
        let project = Program.project
        let made = try run(
            project + "/scripts/install-files",
            [Program.executable, place, "/opt/x", "/opt/x/lib/systemd/system", "/opt/x/lib/systemd/user"])
        #expect(made.errors.isEmpty, "\(made.errors)")
        let files = try FileManager.default.subpathsOfDirectory(atPath: place + "/opt/x").sorted()
        for file in [
            "bin/vmctl", "share/man/man1/vmctl.1", "share/zsh/site-functions/_vmctl",
            "lib/systemd/system/vmctl@.service", "lib/systemd/user/vmctl-autostart.service",
        ] { #expect(files.contains(file), "\(file)") }
        let unit = try String(contentsOfFile: place + "/opt/x/lib/systemd/user/vmctl@.service", encoding: .utf8)
        #expect(unit.contains("ExecStart=:/opt/x/bin/vmctl start -- %I\n"))
        #expect(!unit.contains("@bindir@"))
        let removed = try run("/usr/bin/make", ["-C", project, "uninstall", "DESTDIR=\(place)", "PREFIX=/opt/x"])
        #expect(removed.errors.isEmpty, "\(removed.errors)")
        var left: [String] = []
        for file in try FileManager.default.subpathsOfDirectory(atPath: place) {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: place + "/" + file, isDirectory: &isFolder)
            if !isFolder.boolValue { left.append(file) }
        }
        #expect(left.isEmpty)
    }

    private static let analyze = "/usr/bin/systemd-analyze"

    @Test(
        "systemd finds no fault in the units", .enabled(if: access(analyze, X_OK) == 0, "needs systemd-analyze"),
        arguments: ["system", "user"])
    func units(_ kind: String) throws {
        let place = NSTemporaryDirectory() + "vmctl-units-" + String(UInt64.random(in: 0...(.max)), radix: 36)
        defer { try? FileManager.default.removeItem(atPath: place) }
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        let folder = Program.project + "/share/systemd/" + kind
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let unit = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
                .replacingOccurrences(of: "@bindir@/vmctl", with: "/bin/true")
            try unit.write(toFile: place + "/" + name, atomically: true, encoding: .utf8)
        }
        let verdict = try run(
            Self.analyze,
            [
                "--\(kind)", "verify", "--man=no", "--recursive-errors=no", place + "/vmctl@a-b.service",
                place + "/vmctl-autostart.service",
            ])
        #expect(!verdict.errors.contains("vmctl"), "\(verdict.errors)")
    }

    private func run(_ program: String, _ words: [String]) throws -> (output: String, errors: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = words
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let complaint = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: text, as: UTF8.self), String(decoding: complaint, as: UTF8.self))
    }
}
