internal import Glibc
internal import VMCore
internal import VMJSON

extension Verb {
    /// `uri`.
    static var uri: Verb {
        Verb("uri", group: .host, "tell whose machines this is about, as libvirt's URI") {
            (_: Invocation) throws(VMError) -> Report in
            let uri = geteuid() == 0 ? "qemu:///system" : "qemu:///session"
            return Report(.text(uri), value: ["uri": .string(uri)], names: [uri])
        }
    }
}
