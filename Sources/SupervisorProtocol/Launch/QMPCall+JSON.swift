package import QEMULauncher
package import VMJSON

extension QMPCall {
    /// The command as QMP spells it, without an id.
    package var json: JSONObject { ["execute": .string(command), "arguments": .object(arguments)] }

    package init?(json: JSONValue) {
        guard let command = json["execute"]?.string else { return nil }
        self.init(command, json["arguments"]?.object ?? [:])
    }
}
