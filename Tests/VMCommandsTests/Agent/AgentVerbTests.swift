import Foundation
import Testing
import VMJSON

@testable import VMCommands

@Suite("The guest agent's verbs", .enabled(if: Program.hasQEMU, "needs qemu-system-x86_64"))
struct AgentVerbTests {
    private func program(_ devices: String) throws -> Program {
        let program = Program()
        let xml = try program.file(
            "domain.xml",
            """
            <domain type='qemu'><name>g</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os>
            <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>\(devices)</devices></domain>
            """)
        #expect(program.run("define", xml).status == 0)
        #expect(program.run("start", "g").status == 0)
        return program
    }

    private let channel = "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"

    @Test("Without a channel, and without an agent, the error says which")
    func missing() throws {
        let bare = try program("").run("qemu-agent-command", "g", "{\"execute\":\"guest-ping\"}")
        #expect(bare.status == 6)
        #expect(bare.errors.contains("QEMU guest agent is not configured"))
        let silent = try program(channel).run("guestinfo", "g", "--timeout", "0.3")
        #expect(silent.status == 7)
        #expect(silent.errors.contains("Guest agent is not responding: QEMU guest agent is not connected"))
    }

    @Test("The live definition names the socket; what answers there is shown as virsh shows it")
    func answers() throws {
        let program = try program(channel)
        let xml = program.run("dumpxml", "g").output
        let start = try #require(xml.range(of: "<source mode='bind' path='"))
        let path = String(xml[start.upperBound...].prefix { $0 != "'" })
        // The guest is an empty one: a scripted agent takes its place at the socket.
        try FileManager.default.moveItem(atPath: path, toPath: path + ".qemu")
        let script = """
            import json, os, socket, sys
            server = socket.socket(socket.AF_UNIX)
            server.bind(sys.argv[1])
            server.listen(5)
            print("ready", flush=True)
            answers = {
                "guest-ping": {}, "guest-get-host-name": {"host-name": "inside"},
                "guest-get-timezone": {"zone": "CET", "offset": 3600},
                "guest-info": {"version": "1", "supported_commands": [
                    {"name": "guest-get-host-name", "enabled": True}, {"name": "guest-get-timezone", "enabled": True},
                    {"name": "guest-get-users", "enabled": False}]},
                "guest-fsfreeze-freeze": 2, "guest-fsfreeze-freeze-list": 1, "guest-fsfreeze-thaw": 2,
                "guest-fstrim": {"paths": [{"path": "/", "trimmed": 4096, "minimum": 0},
                                           {"path": "/boot", "error": "not supported"}]},
                "guest-get-vcpus": [{"logical-id": 0, "online": True, "can-offline": False},
                                    {"logical-id": 1, "online": True, "can-offline": True},
                                    {"logical-id": 2, "online": False, "can-offline": True}],
                "guest-set-vcpus": 1, "guest-ssh-get-authorized-keys": {"keys": ["ssh-ed25519 AAAA me"]},
                "guest-ssh-add-authorized-keys": {}, "guest-ssh-remove-authorized-keys": {},
                "guest-get-time": 951782400000000000, "guest-set-time": {}, "guest-set-user-password": {},
                "guest-network-get-interfaces": [
                    {"name": "eth0", "hardware-address": "52:54:00:00:00:01", "ip-addresses": [
                        {"ip-address": "10.0.2.15", "ip-address-type": "ipv4", "prefix": 24},
                        {"ip-address": "fe80::1", "ip-address-type": "ipv6", "prefix": 64}]}],
                "guest-get-fsinfo": [{"name": "vda1", "mountpoint": "/", "type": "ext4", "disk": [{"dev": "/dev/vda"}]}],
            }
            while True:
                peer, _ = server.accept()
                for line in peer.makefile("rb"):
                    message = json.loads(line.lstrip(b"\\xff"))
                    name = message["execute"]
                    with open(sys.argv[1] + ".heard", "a") as heard:
                        heard.write(json.dumps([name, message.get("arguments", {})]) + "\\n")
                    if name == "guest-sync-delimited":
                        peer.sendall(b"\\xff" + json.dumps({"return": message["arguments"]["id"]}).encode() + b"\\n")
                    elif name in ("guest-shutdown", "guest-suspend-ram"):
                        pass
                    elif name in answers:
                        peer.sendall(json.dumps({"return": answers[name]}).encode() + b"\\n")
                    else:
                        peer.sendall(b'{"error": {"class": "CommandNotFound", "desc": "no such command"}}\\n')
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        // A child inherits the signals that this process blocks, SIGTERM perhaps among them.
        defer {
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        _ = pipe.fileHandleForReading.availableData

        #expect(program.run("qemu-agent-command", "g", "{\"execute\":\"guest-ping\"}").output == "{\"return\":{}}\n")
        let refused = program.run("qemu-agent-command", "g", "guest-nothing")
        #expect(refused.status == 6)
        #expect(refused.errors.contains("the guest agent refused 'guest-nothing': no such command"))
        #expect(
            program.run("guestinfo", "g").output == """
                timezone.name       : CET
                timezone.offset     : 3600
                hostname            : inside

                """)
        let table = program.run("domfsinfo", "g").output
        #expect(table.contains("Mountpoint") && table.contains("/dev/vda"))
        #expect(program.run("guestinfo", "g", "--user").status == 6)
        try actions(program, heard: path + ".heard")
    }

    private func actions(_ program: Program, heard: String) throws {
        #expect(program.run("domhostname", "g").output == "inside\n")
        let addresses = program.run("domifaddr", "g")
        #expect(addresses.output.contains("eth0   52:54:00:00:00:01   ipv4       10.0.2.15/24"), "\(addresses)")
        #expect(addresses.output.contains(" -      -                   ipv6       fe80::1/64"))
        #expect(program.run("domifaddr", "g", "--interface", "eth1", "--output", "json").json.array == [])
        #expect(program.run("domifaddr", "g", "--source", "arp").status == 0)
        #expect(program.run("domifaddr", "g", "--source", "lease", "--output", "json").json.array == [])
        #expect(program.run("domfsfreeze", "g").output == "Froze 2 filesystem(s)\n")
        #expect(program.run("domfsfreeze", "g", "--mountpoint", "/,/boot").output == "Froze 1 filesystem(s)\n")
        #expect(program.run("domfsthaw", "g").output == "Thawed 2 filesystem(s)\n")
        let trimmed = program.run("domfstrim", "g", "--minimum", "512")
        #expect(trimmed.output.isEmpty && trimmed.errors == "warning: /boot: not supported\n")
        #expect(program.run("domtime", "g").output == "Time: 951782400\n")
        #expect(program.run("domtime", "g", "--pretty").output == "Time: 2000-02-29 00:00:00 UTC\n")
        #expect(program.run("domtime", "g", "--time", "5").status == 0)
        #expect(program.run("domtime", "g", "--sync").status == 0)
        #expect(program.run("domtime", "g", "--time", "9223372036854775807").status == 2)
        let changed = program.run(["set-user-password", "g", "root", "-"], input: "geheim\n")
        #expect(changed.output == "Password set successfully for root in g\n")
        #expect(program.run("domcontrol", "g").output == "ok\n")

        #expect(
            program.run("guestvcpus", "g").output
                == "vcpus          : 0-2\nonline         : 0-1\nofflinable     : 1-2\n")
        #expect(program.run("guestvcpus", "g", "1", "--disable").status == 0)
        let half = program.run("guestvcpus", "g", "1-2", "--enable")
        #expect(half.status == 12 && half.errors.contains("stopped at cpu 2"))
        #expect(program.run("guestvcpus", "g", "1").status == 2)
        #expect(program.run("vcpucount", "g", "--guest").output.hasPrefix("2\n"))
        #expect(program.run("vcpucount", "g", "--guest", "--maximum").output.hasPrefix("3\n"))
        #expect(program.run("setvcpus", "g", "3", "--guest").status == 0)
        func changes() throws -> [String] {
            try String(contentsOfFile: heard, encoding: .utf8).split(separator: "\n")
                .filter { $0.contains("guest-set-vcpus") }.map(String.init)
        }
        // Two are on line already; the one that the guest can't do without is the last to stay.
        let before = try changes()
        #expect(program.run("setvcpus", "g", "2", "--guest").status == 0)
        #expect(try changes() == before)
        #expect(program.run("setvcpus", "g", "1", "--guest").status == 0)
        #expect(
            try changes().dropFirst(before.count)
                == ["[\"guest-set-vcpus\", {\"vcpus\": [{\"logical-id\": 1, \"online\": false}]}]"])
        #expect(program.run("setvcpus", "g", "4", "--guest").errors.contains("4 > 3"))
        #expect(program.run("get-user-sshkeys", "g", "root").output == "ssh-ed25519 AAAA me\n")
        #expect(program.run(["set-user-sshkeys", "g", "root", "-"], input: "key one\nkey two\n").status == 0)
        #expect(program.run(["set-user-sshkeys", "g", "root", "-", "--remove"], input: "key one\n").status == 0)
        #expect(program.run("set-user-sshkeys", "g", "root", "--reset").status == 0)
        #expect(program.run("set-user-sshkeys", "g", "root").status == 2)
        #expect(program.run("shutdown", "g", "--mode", "agent").output == "Domain 'g' is being shutdown\n")
        #expect(program.run("reboot", "g", "--mode", "agent,acpi").output == "Domain 'g' is being rebooted\n")
        #expect(program.run("shutdown", "g", "--mode", "initctl").status == 6)
        #expect(program.run("shutdown", "g", "--mode", "nothing").status == 2)
        #expect(program.run("dompmsuspend", "g", "mem").output == "Domain 'g' successfully suspended\n")
        #expect(program.run("dompmsuspend", "g", "never").status == 2)
        #expect(program.run("dompmwakeup", "g").errors.contains("domain is not pmsuspended"))

        let said = try String(contentsOfFile: heard, encoding: .utf8)
        #expect(said.contains("[\"guest-fsfreeze-freeze-list\", {\"mountpoints\": [\"/\", \"/boot\"]}]"))
        #expect(said.contains("[\"guest-fstrim\", {\"minimum\": 512}]"))
        #expect(said.contains("[\"guest-set-time\", {\"time\": 5000000000}]"))
        #expect(said.contains("[\"guest-set-time\", {}]"))
        #expect(said.contains("[\"guest-set-vcpus\", {\"vcpus\": [{\"logical-id\": 1, \"online\": false}]}]"))
        #expect(said.contains("[\"guest-set-vcpus\", {\"vcpus\": [{\"logical-id\": 2, \"online\": true}]}]"))
        #expect(said.contains("\"keys\": [\"key one\", \"key two\"], \"reset\": false"))
        #expect(said.contains("\"keys\": [], \"reset\": true"))
        #expect(
            said.contains("[\"guest-ssh-remove-authorized-keys\", {\"username\": \"root\", \"keys\": [\"key one\"]}]"))
        #expect(said.contains("[\"guest-shutdown\", {\"mode\": \"powerdown\"}]"))
        #expect(said.contains("[\"guest-shutdown\", {\"mode\": \"reboot\"}]"))
        #expect(said.contains("[\"guest-suspend-ram\", {}]"))
        #expect(said.contains("\"username\": \"root\", \"password\": \"Z2VoZWlt\", \"crypted\": false"))
    }
}
