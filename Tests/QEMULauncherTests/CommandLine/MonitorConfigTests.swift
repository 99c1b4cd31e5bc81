import Foundation
import MonitorJSON
import Testing
import VMCore
import VMJSON

@testable import QEMULauncher

@Suite struct MonitorConfigTests {
    @Test("the file has the two sections and nothing else")
    func text() throws {
        let text = try MonitorConfig(.unix(path: "/run/user/1000/vmctl/a b,c=d/qmp.sock")).readConfig()
        #expect(
            text == """
                [chardev "qmp"]
                  backend = "socket"
                  path = "/run/user/1000/vmctl/a b,c=d/qmp.sock"
                  server = "on"
                  wait = "off"

                [mon "qmp"]
                  chardev = "qmp"
                  mode = "control"

                """)
    }

    @Test("a TCP endpoint has host and port, a passed socket its number")
    func otherEndpoints() throws {
        let tcp = try MonitorConfig(.tcp(host: "127.0.0.1", port: 4444)).readConfig()
        #expect(tcp.contains("  host = \"127.0.0.1\"\n  port = \"4444\"\n"))
        #expect(try MonitorConfig(.descriptor(3)).readConfig().contains("  fd = \"3\"\n"))
    }

    @Test(
        "paths the format or a socket can't hold are refused with one sentence",
        arguments: ["/tmp/a\"b", "/tmp/a\nb", "/tmp/a\0b", "", "/tmp/" + String(repeating: "x", count: 103)])
    func refusals(path: String) {
        let error = #expect(throws: VMError.self) { try MonitorConfig(.unix(path: path)).readConfig() }
        #expect(error?.message.contains("\n") == false)
    }

    @Test("comments can't smuggle sections in")
    func comments() throws {
        let text = try MonitorConfig(.descriptor(3)).readConfig(comment: "one\n[name]\n  guest = \"x\"")
        #expect(text.hasPrefix("# one\n# [name]\n#   guest = \"x\"\n"))
    }

    @Test("QEMU listens where the file says, and negotiates", arguments: RealQEMU.all)
    func realQEMU(qemu: RealQEMU) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let socket = folder.path + "/q,m=p .sock"
        let config = try folder.write(MonitorConfig(.unix(path: socket)).readConfig(), to: "qemu-qmp.conf")
        let machine = try RunningQEMU(qemu, ["-M", "none", "-readconfig", config], until: socket)
        defer { machine.stop() }
        let deadline = Deadline.after(.seconds(20))
        let monitor = try BlockingMonitor(connectingTo: .unix(path: socket), deadline: deadline)
        #expect(monitor.greeting != nil)
        #expect(try monitor.execute("query-status", deadline: deadline)["status"] == "prelaunch")
    }

    @Test(
        "socat drives the monitor", .enabled(if: RunningQEMU.socat != nil, "socat is not installed"),
        arguments: RealQEMU.all)
    func socat(qemu: RealQEMU) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let socket = folder.path + "/qmp.sock"
        let config = try folder.write(MonitorConfig(.unix(path: socket)).readConfig(), to: "qemu-qmp.conf")
        let machine = try RunningQEMU(qemu, ["-M", "none", "-readconfig", config], until: socket)
        defer { machine.stop() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(RunningQEMU.socat))
        // Its input ends at once: QEMU isn't told, and is waited for as long as it takes to quit.
        process.arguments = ["-t", "60", "-", "UNIX-CONNECT:" + socket + ",shut-none"]
        let commands = #"{"execute":"qmp_capabilities"} {"execute":"query-name"} {"execute":"quit"}"# + "\n"
        let (text, _) = try process.run(input: commands)
        #expect(text.hasPrefix("{\"QMP\""), "\(text)")
        #expect(text.contains("\"SHUTDOWN\""))
        #expect(text.components(separatedBy: "\"return\"").count == 4)
    }
}
