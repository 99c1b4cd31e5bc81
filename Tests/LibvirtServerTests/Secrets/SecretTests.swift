import Foundation
import TestNeeds
import Testing
import VMCore
import VMManager

/// Secrets for libvirt's clients.
@Suite(.needs(.virsh))
struct SecretTests {
    @Test
    func `virsh makes a secret, gives it a value, asks for it and removes it`() throws {
        let bench = try ServerBench()
        let (file, value) = (bench.folder + "/s.xml", bench.folder + "/value")
        try "<secret><usage type='ceph'><name>c</name></usage></secret>"
            .write(toFile: file, atomically: true, encoding: .utf8)
        try "geheim".write(toFile: value, atomically: true, encoding: .utf8)
        #expect(try bench.virsh("secret-define", file).status == 0)
        let uuid = try #require(try bench.manager.secrets.secrets().first?.uuid.description)
        #expect(try bench.virsh("secret-get-value", uuid).text.contains("does not have a value"))
        let set = try bench.virsh("secret-set-value", uuid, "--file", value, "--plain")
        #expect(set.status == 0, "\(set.text)")
        #expect(try bench.virsh("secret-get-value", uuid).text.contains("Z2VoZWlt"))
        #expect(try bench.virsh("secret-list", "--no-ephemeral").text.contains("ceph"))
        #expect(try bench.virsh("secret-dumpxml", uuid).text.contains("<name>c</name>"))
        // Who may only look sees that it is there.
        let looking = bench.readOnlySocket
        #expect(try bench.virsh("secret-list", socket: looking).text.contains(uuid))
        #expect(try bench.virsh("secret-dumpxml", uuid, socket: looking).status == 0)
        let refused = try bench.virsh("secret-get-value", uuid, socket: looking)
        #expect(refused.status == 1 && !refused.text.contains("Z2VoZWlt"), "\(refused.text)")
        #expect(try bench.virsh("secret-undefine", uuid, socket: looking).status == 1)
        #expect(try bench.virsh("secret-undefine", uuid).status == 0)
        #expect(try bench.manager.secrets.secrets().isEmpty)
    }

    @Test(.needs(.pythonLibvirt))
    func `Errors have libvirt's codes, and events libvirt's numbers`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f, *a):
                try: f(*a); return 0
                except libvirt.libvirtError as e: return (e.get_error_code(), e.get_error_domain())
            libvirt.virEventRegisterDefaultImpl()
            w = libvirt.open("\(bench.uri(bench.socket))")
            seen = []
            w.secretEventRegisterAny(None, 0, lambda c, s, e, d, o: seen.append(e), None)
            w.secretEventRegisterAny(None, 1, lambda c, s, o: seen.append('value'), None)
            s = w.secretDefineXML("<secret private='yes'><usage type='iscsi'><target>t</target></usage></secret>", 0)
            assert code(s.value, 0) == (65, 30), code(s.value, 0)
            s.setValue(b'\\x00x', 0)
            assert code(w.secretDefineXML, "<secret><usage type='iscsi'><target>t</target></usage></secret>", 0) == (1, 30)
            assert code(w.secretLookupByUUIDString, "c7a5fdbd-edaf-9455-926a-d65c16db1809") == (66, 30)
            assert code(w.secretLookupByUsage, 1, "t") == (66, 30)
            assert w.secretLookupByUsage(3, "t").UUIDString() == s.UUIDString()
            assert w.numOfSecrets() == 1 and w.listSecrets() == [s.UUIDString()]
            assert len(w.listAllSecrets(4)) == 1 and len(w.listAllSecrets(8)) == 0
            assert s.usageType() == 3 and s.usageID() == "t"
            open_ = w.secretDefineXML("<secret/>", 0)
            assert code(open_.value, 0) == (66, 30)
            open_.setValue(b'abc', 0)
            assert open_.value(0) == b'abc'
            open_.undefine()
            end = time.time() + 30
            while len(seen) < 5 and time.time() < end: libvirt.virEventRunDefaultImpl()
            assert seen == [0, 'value', 0, 'value', 1], seen
            print("fine")
            """)
        #expect(outcome.text.contains("fine"), "\(outcome.text)")
    }
}
