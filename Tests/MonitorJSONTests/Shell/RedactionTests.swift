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
            "set_password protocol=vnc password = geheim", "set_password protocol=vnc password =geheim",
            "set_password protocol=vnc password= geheim", "set_password password geheim", "set_password vnc geheim",
            "set_password \"password\"=geheim", "set_pasword protocol=vnc password=geheim", "password = geheim",
            "object-add secret,id=s,data=geheim", "object-add qom-type=secret id=s data = geheim",
            "qom-set path=/objects/s property=data value=geheim", "# set_password password=geheim",
            "blockdev-add driver=http node-name=n url=https://user:geheim@example.org/a.iso",
            "blockdev-add driver=http node-name=n url=https://user:ge/geheim@example.org/a.iso",
            "blockdev-add driver=https node-name=n url=https://example.org/ cookie='a=geheim'",
            "blockdev-add {\"driver\": \"https\", \"node-name\": \"n\", \"cookie\": \"a=geheim\"}",
            "blockdev-add {\"driver\": \"qcow2\", \"file\": {\"driver\": \"ftp\", \"url\": \"ftp://u:geheim@h/\"}}",
            "{\"execute\": \"blockdev-add\", \"arguments\": {\"file\": {\"url\": \"ftp://u:geheim@h/\"}}}",
            "hmp drive_add 0 file=ftp://u:geheim@h/a",
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
            "device_add driver=virtio-net-pci id=net0", "", "/help set_password",
            "device_add driver=usb-storage id=a drive=ftp://host/a@b", "qom-set path=/machine property=x value=1",
            "blockdev-add driver=https node-name=n url=https://example.org:8080/a@b password-secret=s",
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
        #expect(
            Redaction.text("a ftp://u:geheim@h/x, http://v@h/ and https://w:geheim@i:80/y?z")
                == "a ftp://u:\(Redaction.mark)@h/x, http://v@h/ and https://w:\(Redaction.mark)@i:80/y?z")
        #expect(
            Redaction.value([["password": "x", "enabled": true], ["password": true, "url": "nbd://a:b@c"]])
                == [
                    ["password": .string(Redaction.mark), "enabled": true],
                    ["password": true, "url": .string("nbd://a:\(Redaction.mark)@c")],
                ])
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
