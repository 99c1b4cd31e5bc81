internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `uri`.
    static var uri: Verb {
        Verb("uri", group: .host, "tell whose machines this is about, as libvirt's URI") {
            (_: Invocation) throws(VMError) -> Report in
            let uri = VMManager.uri
            return Report(.text(uri), value: ["uri": .string(uri)], names: [uri])
        }
    }
}
