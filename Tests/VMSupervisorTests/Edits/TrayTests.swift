import Foundation
import QEMULauncher
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// Trays that move while somebody changes what is in them.
@Suite(.enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"), .timeLimit(.minutes(40)))
struct TrayTests {
    /// A machine with one drive. Its guest closes the tray at once as many times as the argument says, as a BIOS does that
    /// looks for something to boot.
    private static let program = """
        import json, socket, sys
        closings = int(sys.argv[1])
        server = socket.socket(fileno=\(LaunchPlan.monitorDescriptor))
        peer, _ = server.accept()
        def send(value): peer.sendall(json.dumps(value).encode() + b"\\r\\n")
        send({"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}, "package": ""}, "capabilities": ["oob"]}})
        tray, medium = False, "image"
        def move(is_open):
            global tray
            tray = is_open
            send({"event": "DEVICE_TRAY_MOVED", "data": {"device": "", "id": "cd0", "tray-open": is_open},
                  "timestamp": {"seconds": 1, "microseconds": 0}})
        def answer(name, arguments):
            global closings, medium
            if name == "query-status": return {"running": True, "status": "running"}
            if name == "query-block":
                drive = {"device": "", "qdev": "cd0", "locked": False, "removable": True, "tray_open": tray, "type": "unknown"}
                if medium: drive["inserted"] = {"node-name": medium, "file": "/dev/null", "drv": "raw", "ro": True}
                return [drive]
            if name == "blockdev-open-tray":
                move(True)
                if closings > 0:
                    closings -= 1
                    move(False)
            if name == "blockdev-remove-medium":
                if not tray: raise ValueError("Tray of device 'cd0' is not open")
                medium = None
            return [] if name.startswith("query-") else {}
        rest = ""
        while True:
            data = peer.recv(65536)
            if not data: sys.exit(0)
            rest += data.decode()
            while rest.strip():
                # Commands follow each other without anything between them.
                try: command, end = json.JSONDecoder().raw_decode(rest.lstrip())
                except ValueError: break
                rest = rest.lstrip()[end:]
                name = command.get("execute", command.get("exec-oob"))
                try: reply = {"return": answer(name, command.get("arguments", {}))}
                except ValueError as error: reply = {"error": {"class": "GenericError", "desc": str(error)}}
                if "id" in command: reply["id"] = command["id"]
                send(reply)
        """

    @Test("a tray that the guest closes again before anybody has looked is opened once more", arguments: [true, false])
    func closedAtOnce(force: Bool) throws {
        let (bench, script) = try drive(closings: 2)
        defer { unlink(script) }
        let result = try bench.manager.changeMedia("drive", target: "sda", .eject, live: true, force: force)
        #expect(result.before?.hasSuffix("/medium.iso") == true && result.after == nil)
    }

    /// A bench with a running machine of that program, and the program's file.
    private func drive(closings: Int) throws -> (Bench, String) {
        let script = "/tmp/vmctl-tray-\(getpid())-\(UInt32.random(in: 0 ... .max)).py"
        try Files.write(Array(Self.program.utf8), to: script)
        let bench = try Bench { domain in
            var domain = domain
            for index in domain.devices.disks.indices { domain.devices.disks[index].alias = Alias("cd0") }
            var plan = Bench.emptyMachine(domain, executable: "/usr/bin/python3")
            plan.arguments = [script, "\(closings)"]
            return plan
        }
        let medium = bench.folder + "/medium.iso"
        try Files.write([UInt8](repeating: 0, count: 1 << 16), to: medium)
        try bench.define(
            "drive",
            "<devices><disk type='file' device='cdrom'><source file='\(medium)'/><target dev='sda' bus='sata'/></disk></devices>"
        )
        _ = try bench.manager.start("drive")
        return (bench, script)
    }
}
