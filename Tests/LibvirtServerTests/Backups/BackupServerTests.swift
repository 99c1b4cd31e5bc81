import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager
import VMSnapshot

/// Checkpoints and backups for libvirt's clients.
@Suite(.serialized, .needs(.virsh, .pythonLibvirt, .qemu, .qemuImg), .timeLimit(.minutes(40)))
struct BackupServerTests {
    private func bench() throws -> LiveServerBench {
        let bench = try LiveServerBench()
        let image = bench.folder + "/a.qcow2"
        _ = try LiveServerBench.run("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", image, "8M"])
        let xml = """
            <domain type='qemu'><name>b</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(image)'/>
            <target dev='vda' bus='virtio'/></disk></devices></domain>
            """
        _ = try bench.manager.define(Array(xml.utf8), file: "test.xml")
        try bench.manager.start("b")
        return bench
    }

    private func run(_ bench: LiveServerBench, _ lines: [[String]]) throws {
        for words in lines {
            let outcome = try LiveServerBench.run("/usr/bin/virsh", ["-c", bench.uri(bench.socket)] + words)
            #expect(outcome.status == 0, "\(words): \(outcome.text)")
        }
    }

    private func file(_ bench: LiveServerBench, _ name: String, _ text: String) throws -> String {
        let path = bench.folder + "/" + name
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test
    func `virsh makes checkpoints, backs up whole and what was written since, and deletes`() throws {
        let bench = try bench()
        let first = try file(
            bench, "1.xml",
            "<domainbackup><disks><disk name='vda' type='file'><target file='\(bench.folder)/full'/></disk></disks>"
                + "</domainbackup>")
        let second = try file(
            bench, "2.xml",
            "<domainbackup><incremental>one</incremental><disks><disk name='vda' type='file'>"
                + "<target file='\(bench.folder)/inc'/></disk></disks></domainbackup>")
        let one = try file(bench, "c1.xml", "<domaincheckpoint><name>one</name></domaincheckpoint>")
        try run(bench, [["backup-begin", "b", first, one]])
        try eventually("it is complete", within: .seconds(30)) { try bench.manager.job("b")?.phase == .completed }
        #expect(try bench.virsh("domjobinfo", "b", "--completed", "--anystats").text.contains("Backup"))
        try run(bench, [["backup-begin", "b", second]])
        try eventually("it is complete", within: .seconds(30)) { try bench.manager.job("b")?.phase == .completed }
        try run(
            bench,
            [
                ["checkpoint-create-as", "b", "two", "second"], ["checkpoint-info", "b", "two"],
                ["checkpoint-parent", "b", "two"], ["checkpoint-dumpxml", "b", "two", "--size", "--no-domain"],
            ])
        #expect(try bench.virsh("checkpoint-list", "b", "--name").text == "one\ntwo\n\n")
        #expect(try bench.virsh("checkpoint-list", "b", "--roots", "--name").text == "one\n\n")
        #expect(try bench.virsh("checkpoint-list", "b", "--from", "one", "--name").text == "two\n\n")
        #expect(try bench.virsh("list", "--all", "--with-checkpoint", "--name").text.contains("b"))
        #expect(try bench.virsh("backup-dumpxml", "b").text.contains("no domain backup job present"))
        try run(bench, [["checkpoint-delete", "b", "one", "--children"]])
        #expect(try bench.manager.checkpoints("b").records.isEmpty)
    }

    @Test
    func `a pulled backup is one of libvirt's jobs, with its events`() throws {
        let bench = try bench()
        let script = try file(
            bench, "pull.py",
            """
            import libvirt, sys, threading, time
            libvirt.virEventRegisterDefaultImpl()
            c = libvirt.open(sys.argv[1])
            d = c.lookupByName("b")
            seen = []
            def job(conn, dom, params, opaque): seen.append(params)
            def block(conn, dom, disk, kind, status, opaque): seen.append((disk, kind, status))
            c.domainEventRegisterAny(d, libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, job, None)
            c.domainEventRegisterAny(d, libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2, block, None)
            d.backupBegin(\"\"\"<domainbackup mode='pull'><server transport='unix' socket='\(bench.folder)/s'/>
              </domainbackup>\"\"\", "<domaincheckpoint><name>c</name></domaincheckpoint>")
            assert "exportname='vda'" in d.backupGetXMLDesc()
            assert d.jobStats()["operation"] == libvirt.VIR_DOMAIN_JOB_OPERATION_BACKUP, d.jobStats()
            try:
                d.backupBegin("<domainbackup/>", None)
                assert False
            except libvirt.libvirtError as e:
                assert (e.get_error_code(), e.get_error_domain()) == (55, 10), str(e)
            k = d.checkpointLookupByName("c")
            assert [x.getName() for x in d.listAllCheckpoints()] == ["c"]
            d.abortJob()
            for n in range(300):
                libvirt.virEventRunDefaultImpl() if n < 0 else None
                t = threading.Timer(0.05, lambda: None)
                t.start()
                libvirt.virEventAddTimeout(50, lambda *a: None, None)
                libvirt.virEventRunDefaultImpl()
                if len(seen) == 2: break
            assert ("vda", 5, 2) in seen, seen
            stats = [s for s in seen if isinstance(s, dict)]
            assert stats and stats[0]["operation"] == 9 and stats[0]["success"], seen
            try:
                d.backupGetXMLDesc()
                assert False
            except libvirt.libvirtError as e:
                assert e.get_error_code() == 104
            k.delete()
            try:
                d.checkpointLookupByName("c")
                assert False
            except libvirt.libvirtError as e:
                assert e.get_error_code() == 103
            print("fine")
            """)
        let outcome = try LiveServerBench.run("/usr/bin/python3", [script, bench.uri(bench.socket)])
        #expect(outcome.text.contains("fine"), "\(outcome.text)")
    }
}
