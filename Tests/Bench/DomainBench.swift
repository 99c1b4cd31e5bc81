package import Foundation
import Testing
import VMCore
package import VMManager

/// A manager that plans for real, with folders of its own: machines with real devices, all ended at its end.
package final class DomainBench {
    package let folder: String
    package let manager: VMManager
    /// The boot sector of every machine's floppy disk.
    package let image: String

    package static let mayMakeTaps = getuid() == 0 && access("/dev/net/tun", R_OK | W_OK) == 0 && has("ip")

    package static func has(_ program: String) -> Bool {
        ["/usr/bin/", "/usr/libexec/", "/usr/lib/qemu/", "/usr/sbin/", "/sbin/"]
            .contains { access($0 + program, X_OK) == 0 }
    }

    package init(guest: Data = Data()) throws {
        var template = Array("/tmp/vmctl-domains-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        image = folder + "/guest.img"
        try guest.write(to: URL(fileURLWithPath: image))
        manager = VMManager(
            paths: UserPaths(root: folder),
            supervisorExecutable: ProcessInfo.processInfo.environment["VMCTL_TEST_EXECUTABLE"])
    }

    deinit {
        for summary in (try? manager.list(.active)) ?? [] { _ = try? manager.destroy(summary.name) }
        removeForGood(folder)
    }

    /// Defines a small PC with shared memory and some devices.
    package func define(_ name: String, _ devices: String, boots: Bool = false) throws {
        let floppy =
            boots
            ? "<disk type='file' device='floppy'><driver name='qemu' type='raw'/><source file='\(image)'/>"
                + "<target dev='fda' bus='fdc'/></disk>" : ""
        let xml = """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
            <os><type arch='x86_64' machine='pc'>hvm</type><boot dev='fd'/></os><features><acpi/></features>
            <devices><emulator>\(Bench.qemu)</emulator>\(floppy)\(devices)</devices></domain>
            """
        _ = try manager.define(Array(xml.utf8), file: "test.xml")
    }

    /// What runs and has this bench's folder, or one of its sockets, in its command line or environment.
    package func processes() -> [String] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0) }.filter { $0 != getpid() }.compactMap { pid in
            let texts = ["cmdline", "environ"].map { file in
                String(
                    decoding: (FileManager.default.contents(atPath: "/proc/\(pid)/\(file)")) ?? Data(), as: UTF8.self)
            }
            return texts.contains { $0.contains(folder) } && isAlive(pid)
                ? "\(pid) " + texts[0].replacingOccurrences(of: "\0", with: " ").prefix(200) : nil
        }
    }

    package func journal(_ name: String) throws -> String {
        try manager.journalText(name)
    }
}
