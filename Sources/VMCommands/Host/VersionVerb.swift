internal import QEMULauncher
internal import VMCore
internal import VMJSON
internal import VMManager

/// The program's own version.
enum Version {
    static let number = "0.1.0"

    /// What `--version` prints: the number alone; `-V` adds what the program was made for.
    static func report(isLong: Bool) -> Report {
        let text = isLong ? "vmctl \(number): libvirt domain XML for QEMU, domain format of libvirt 11.3" : number
        return Report(.text(text), value: ["vmctl": .string(number)], names: [number])
    }
}

extension Verb {
    /// `version`: this program's version and that of the QEMU it would run.
    static var version: Verb {
        Verb(
            "version", group: .host, "tell the versions of vmctl and of QEMU",
            parameters: [.option("emulator", "file", "the QEMU to ask", completion: .file)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let manager = try invocation.manager()
            let emulator = invocation.value("emulator") ?? "/usr/bin/qemu-system-x86_64"
            let qemu = try manager.capabilities(of: emulator).version
            let number = qemu.description
            return Report(
                .text("Using program: vmctl \(Version.number)\nRunning hypervisor: QEMU \(number)"),
                value: ["vmctl": .string(Version.number), "qemu": .string(number), "emulator": .string(emulator)],
                names: [Version.number])
        }
    }
}
