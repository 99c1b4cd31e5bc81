import MonitorJSON
import Testing
import VMJSON

/// Every way to say a secret to the shell. None of them may come into a history, a transcript or a log.
@Suite("Secrets in what is written down")
struct RedactionTests {
    private static let secret = "geheim"

    @Test(
        "A secret is hidden in every form of every command that takes one",
        arguments: [
            "set_password protocol=vnc password=geheim", "set_password password=geheim protocol=vnc",
            "set_password password='geheim' protocol=vnc", "set_password password=\"geheim geheim\"",
            "set_password {\"protocol\": \"vnc\", \"password\": \"geheim\"}", "change-vnc-password password=geheim",
            "block_passwd device=d password=geheim", "guest-set-user-password username=u password=geheim crypted=off",
            "object-add qom-type=secret id=s data=geheim", "object-add data=geheim id=s qom-type=secret",
            "object-add qom-type='secret' id=s data=geheim", "object-add qom-type=\"secret\" id=s data=geheim",
            "object-add qom-type=secret id=s props.data=geheim", "object-add id=s data=geheim",
            "object-add {\"qom-type\": \"secret\", \"id\": \"s\", \"data\": \"geheim\"}",
            "object-add {'qom-type': 'secret', 'id': 's', 'data': 'geheim'}",
            "object-add {\"qom-type\": \"secret\", \"id\": \"s\", \"props\": {\"data\": \"geheim\"}}",
            "object-add qom-type=secret id=s {\"data\": \"geheim\"}", "object-add {\"data\": \"geheim\"",
            "hmp change vnc password geheim", "hmp set_password vnc geheim", "hmp object_add secret,id=s,data=geheim",
            "human-monitor-command command-line='set_password vnc geheim'",
            "human-monitor-command {\"command-line\": \"set_password vnc geheim\"}",
            "exec-oob set_password password=geheim",
            "exec-oob object-add {\"qom-type\": \"secret\", \"data\": \"geheim\"}",
            "{\"execute\": \"set_password\", \"arguments\": {\"password\": \"geheim\"}}",
            "{\"exec-oob\": \"set_password\", \"arguments\": {\"password\": \"geheim\"}}",
            "{'execute': 'object-add', 'arguments': {'qom-type': 'secret', 'data': 'geheim'}}",
            "{\"execute\": \"object-add\", \"arguments\": {\"qom-type\": \"secret\", \"props\": {\"data\": \"geheim\"}}}",
            "{\"execute\": \"set_password\", geheim", "  set_password password=geheim",
        ])
    func hidden(line: String) {
        let text = Redaction.line(line)
        #expect(!text.contains(Self.secret), "\(text)")
        #expect(text.contains(Redaction.mark))
    }

    @Test(
        "What is no secret stays as it was typed",
        arguments: [
            "eject  id=cd0", "query-status", "object-add qom-type=iothread id=io0",
            "object-add qom-type=rng-random id=r filename=/dev/urandom", "hmp info block", "info block",
            "device_add driver=virtio-net-pci id=net0", "", "# set_password password=x", "/help set_password",
        ])
    func shown(line: String) {
        #expect(Redaction.line(line) == line)
    }

    @Test("Only the secret goes; the rest of the command says what was done")
    func rest() {
        #expect(
            Redaction.arguments("object-add", ["qom-type": "secret", "id": "s", "data": "geheim", "format": "base64"])
                == ["qom-type": "secret", "id": "s", "data": .string(Redaction.mark), "format": "base64"])
        #expect(
            Redaction.arguments(
                "object-add", ["qom-type": "secret", "id": "s", "props": ["data": "geheim", "iv": "x"]])["props"]?[
                    "data"] == .string(Redaction.mark))
        let plain: JSONObject = ["qom-type": "memory-backend-file", "id": "m", "data": "kept"]
        #expect(Redaction.arguments("object-add", plain) == plain)
        for verb in ["execute", "exec-oob"] {
            #expect(
                Redaction.line(
                    "{\"\(verb)\": \"set_password\", \"arguments\": {\"protocol\": \"vnc\", \"password\": \"x\"}}")
                    == "{\"\(verb)\":\"set_password\",\"arguments\":{\"protocol\":\"vnc\",\"password\":\"•••\"}}")
        }
        #expect(
            Redaction.line("set_password protocol=vnc password=geheim connected=keep")
                == "set_password protocol=vnc password=\(Redaction.mark) connected=keep")
    }
}
