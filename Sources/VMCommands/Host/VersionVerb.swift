internal import VMCore
internal import VMJSON

/// The program's own version.
enum Version {
    static let number = "0.1.0"

    /// What `--version` prints: the number alone; `-V` adds what the program was made for.
    static func report(isLong: Bool) -> Report {
        let text = isLong ? "vmctl \(number): libvirt domain XML for QEMU, domain format of libvirt 9.0" : number
        return Report(.text(text), value: ["vmctl": .string(number)], names: [number])
    }
}

extension Verb {
    /// `version`: this program's version and that of the QEMU it would run.
    static var version: Verb {
        Verb("version", group: .host, "show the versions of vmctl and QEMU") {
            (_: Invocation) throws(VMError) -> Report in
            Version.report(isLong: false)
        }
    }
}
