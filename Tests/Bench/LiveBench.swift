import Foundation
import MonitorJSON
import QEMULauncher
package import Testing
import VMCore
package import VMDomain
package import VMJSON
package import VMManager

/// Machines whose devices change: with no guest, or with the real one.
package final class LiveBench {
    package let bench: DomainBench
    package var manager: VMManager { bench.manager }

    package static let project = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path
    package static var hasGuest: Bool {
        FileManager.default.fileExists(atPath: project + "/build/guest/vmlinuz") && Bench.hasQEMU
    }
    package static var emulators: [String] {
        let newer = project + "/build/qemu-10/bin/qemu-system-x86_64"
        return [Bench.qemu] + (access(newer, X_OK) == 0 ? [newer] : [])
    }

    package init() throws { bench = try DomainBench() }

    /// Defines and starts a small PC.
    /// - Parameter failpoint: where its supervisor is to be killed.
    package func start(
        _ name: String, _ devices: String = "", guest: Bool = false, emulator: String = Bench.qemu,
        machine: String = "pc", failpoint: String? = nil
    ) throws {
        let build = LiveBench.project + "/build/guest"
        let boot =
            guest
            ? "<kernel>\(build)/vmlinuz</kernel><initrd>\(build)/initrd.img</initrd>"
                + "<cmdline>console=ttyS0 quiet loglevel=1</cmdline>" : ""
        let xml = """
            <domain type='qemu'><name>\(name)</name><maxMemory slots='4' unit='MiB'>512</maxMemory>
            <memory unit='MiB'>\(guest ? 256 : 32)</memory><vcpu current='1'>3</vcpu>
            <os><type arch='x86_64' machine='\(machine)'>hvm</type>\(boot)</os><features><acpi/></features>
            <cpu><numa><cell id='0' cpus='0-2' memory='\(guest ? 256 : 32)' unit='MiB'/></numa></cpu>
            <devices><emulator>\(emulator)</emulator><video><model type='vga'/></video>
            <interface type='user'><mac address='52:54:00:11:22:33'/><model type='virtio'/></interface>
            <serial type='pty'/>\(devices)</devices></domain>
            """
        _ = try manager.define(Array(xml.utf8), file: "test.xml")
        try (failpoint.map(failing) ?? manager).start(name)
    }

    /// A manager whose next supervisor is killed there. It has an environment of its own: other tests run beside.
    package func failing(at point: String) throws -> VMManager {
        let script = bench.folder + "/vmctl-\(point)"
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let program = manager.supervisorExecutable ?? (own as NSString).deletingLastPathComponent + "/vmctl"
        let text = "#!/bin/sh\nVMCTL_FAILPOINT=\(point) exec '\(program)' \"$@\"\n"
        // A shell writes it: a descriptor of this process's could be in a process that another test is just starting, and what
        // somebody may write to can't be executed.
        let writer = Process()
        writer.executableURL = URL(fileURLWithPath: "/bin/sh")
        writer.arguments = ["-c", "printf %s \"$1\" > \"$0\" && chmod 700 \"$0\"", script, text]
        try writer.run()
        writer.waitUntilExit()
        return VMManager(paths: manager.paths, supervisorExecutable: script)
    }

    /// A raw image of its own.
    package func image(_ name: String, megabytes: Int = 4) throws -> String {
        let path = bench.folder + "/" + name
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        truncate(path, megabytes << 20)
        return path
    }

    package func disk(_ path: String, _ target: String, bus: String = "virtio") throws -> Devices {
        try device(
            "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(path)'/>"
                + "<target dev='\(target)' bus='\(bus)'/></disk>")
    }

    package func device(_ xml: String) throws -> Devices {
        try DeviceDocument.read(Array(xml.utf8), file: "device.xml")
    }

    package func run(_ name: String, _ command: String, _ arguments: JSONObject = [:]) throws -> JSONValue {
        let deadline = Deadline.after(.seconds(10))
        return try manager.monitor(name).execute(command, arguments, deadline: deadline)
    }

    /// The names of all block nodes that were made by name.
    package func nodes(_ name: String) throws -> [String] {
        (try run(name, "query-named-block-nodes", ["flat": true]).array ?? [])
            .compactMap { $0["node-name"]?.string }.filter { !$0.hasPrefix("#") }.sorted()
    }

    package func has(_ name: String, device: String) throws -> Bool {
        let entries = try run(name, "qom-list", ["path": "/machine/peripheral"]).array ?? []
        return entries.contains { $0["name"]?.string == device }
    }

    /// Waits until the real guest has said that it is up.
    package func waitForGuest(_ name: String) throws {
        // It obeys its power button and its buses once it has loaded its drivers; asking it is simplest by trying.
        guard case .terminal(let path) = try manager.console(name) else { return }
        let terminal = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK)
        defer { close(terminal) }
        var text = ""
        var room = [UInt8](repeating: 0, count: 4096)
        try eventually("the guest is up", within: .seconds(60)) {
            let count = read(terminal, &room, room.count)
            if count > 0 { text += String(decoding: room[..<count], as: UTF8.self) }
            if text.contains("vmctl guest:") { return true }
            _ = write(terminal, "help\n", 5)
            Poll.sleep(.milliseconds(100))
            return false
        }
    }
}

/// Waits until something is so.
package func eventually(_ what: Comment, within time: Duration, _ isSo: () throws -> Bool) throws {
    let deadline = Deadline.after(time)
    while try !isSo() {
        guard !deadline.hasPassed else {
            Issue.record(what)
            return
        }
        Poll.sleep(.milliseconds(2))
    }
}
