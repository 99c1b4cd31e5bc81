import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager

/// Settings for which QEMU has no option on its command line.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct StartSettingTests {
    @Test("where a window and sound are to be found is told in variables, before those of whoever starts the machine")
    func variables() throws {
        let bench = try DomainBench()
        let text = """
            <domain type='qemu'><name>m</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator>
            <graphics type='sdl' display=':7.3' xauth='/root/.Other'/>
            <audio id='1' type='none'/></devices></domain>
            """
        let plan = try bench.manager.plan(try Domain(xml: text))
        #expect(plan.environment.filter { $0.name == "DISPLAY" }.map(\.value) == [":7.3"])
        #expect(plan.environment.filter { $0.name == "XAUTHORITY" }.map(\.value) == ["/root/.Other"])
    }

    @Test("what becomes of SPICE's clients when their password is set")
    func connected() throws {
        var display = Graphics()
        display.type = .spice
        (display.passwd, display.connected) = ("p", .disconnect)
        var domain = Domain()
        domain.devices.graphics = [display]
        let call = try #require(try domain.settings(isRestored: false).first { $0.command == "set_password" })
        #expect(call.arguments["connected"] == "disconnect")
        domain.devices.graphics[0].type = .vnc
        let other = try #require(try domain.settings(isRestored: false).first { $0.command == "set_password" })
        #expect(other.arguments["connected"] == nil)
    }

    @Test("memory in files: each machine has its own, and none stays behind")
    func memoryFiles() throws {
        let bench = try DomainBench()
        for name in ["one", "two"] {
            let text = """
                <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
                <memoryBacking><source type='file'/><access mode='shared'/></memoryBacking>
                <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator>
                </devices></domain>
                """
            _ = try bench.manager.define(Array(text.utf8))
            #expect(try bench.manager.check(name).causes.map(\.message) == [])
            try bench.manager.start(name, paused: true)
        }
        let files = try ["one", "two"].map { name in
            let pid = try #require(bench.manager.status(name).qemu?.pid)
            let folder = "/proc/\(pid)/map_files"
            return Set(try Folders.list(folder).compactMap { Files.linkTarget(folder + "/" + $0) })
                .filter { $0.contains("/memory/") }
        }
        #expect(files.allSatisfy { $0.count == 1 } && files[0].isDisjoint(with: files[1]), "\(files)")
        let path = try #require(files[0].first).prefix { $0 != " " }
        #expect(try Folders.list(Files.folder(of: String(path))) == [])
    }
}
