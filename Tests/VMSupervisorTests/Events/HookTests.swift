import Foundation
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

@Suite("Hooks", .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct HookTests {
    private func hook(_ name: String, _ script: String, in bench: Bench, mode: mode_t = 0o700) throws {
        let folder = bench.folder + "/config/hooks"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/" + name
        try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
        chmod(path, mode)
    }

    private func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

    @Test("A state and an event of QEMU have their programs run, with the event on standard input")
    func runs() throws {
        let bench = try Bench()
        try bench.define("hooked")
        let out = bench.folder
        try hook("running", "cat > '\(out)/running'; echo \"$1 $2 $VMCTL_DOMAIN\" > '\(out)/words'", in: bench)
        try hook("STOP", "cat >> '\(out)/stop'", in: bench)
        try hook("shut-off", "cat > '\(out)/off'; echo a word for the log", in: bench)
        _ = try bench.manager.start("hooked")
        try eventually("the state's hook has run") { text(out + "/words") == "hooked running hooked\n" }
        let event = try JSONParser.parse(text(out + "/running"))
        #expect(event["event"] == "state" && event["state"] == "running" && event["domain"] == "hooked")
        _ = try bench.manager.suspend("hooked")
        try eventually("the event's hook has run") { text(out + "/stop").contains("\"name\":\"STOP\"") }
        _ = try bench.manager.destroy("hooked")
        try eventually("the last hook has run too") {
            try text(out + "/off").contains("\"reason\":\"destroyed\"")
                && text(bench.manager.logPath(of: "hooked")).contains("a word for the log")
        }
    }

    @Test("A hook that hangs, fails or is anybody's to write holds nothing up")
    func misbehaves() throws {
        let bench = try Bench()
        try bench.define("held")
        try hook("state", "sleep 100", in: bench)
        try hook("running", "exit 3", in: bench)
        try hook("RESUME", "echo > '\(bench.folder)/resumed'", in: bench, mode: 0o777)
        _ = try bench.manager.start("held")
        _ = try bench.manager.suspend("held")
        _ = try bench.manager.resume("held")
        #expect(try bench.manager.status("held").state == .running)
        try eventually("both are in the log") {
            let log = try text(bench.manager.logPath(of: "held"))
            return log.contains("'running' ended with status 3") && log.contains("everybody may write to it")
        }
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/resumed"))
        _ = try bench.manager.destroy("held")
    }

    @Test("a hook that is a link isn't followed, nor run")
    func link() throws {
        let bench = try Bench()
        try bench.define("linked")
        try hook("real", "echo > '\(bench.folder)/ran'", in: bench)
        let hooks = Files.folder(of: bench.manager.paths.domains) + "/hooks"
        symlink(hooks + "/real", hooks + "/running")
        _ = try bench.manager.start("linked")
        try eventually("it is told in the log") {
            try text(bench.manager.logPath(of: "linked")).contains("cannot run the hook")
        }
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/ran"))
        _ = try bench.manager.destroy("linked")
    }
}
