import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager
import VMSnapshot

/// Snapshots for libvirt's clients.
@Suite(.serialized, .needs(.virsh, .pythonLibvirt, .qemu, .qemuImg), .timeLimit(.minutes(40)))
struct SnapshotTests {
    private func bench(_ name: String) throws -> LiveServerBench {
        let bench = try LiveServerBench()
        let image = bench.folder + "/a.qcow2"
        _ = try LiveServerBench.run("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", image, "8M"])
        let xml = """
            <domain type='qemu'><name>\(name)</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(image)'/>
            <target dev='vda' bus='virtio'/></disk></devices></domain>
            """
        _ = try bench.manager.define(Array(xml.utf8), file: "test.xml")
        return bench
    }

    private func run(_ bench: LiveServerBench, _ lines: [[String]]) throws {
        for words in lines {
            let outcome = try LiveServerBench.run("/usr/bin/virsh", ["-c", bench.uri(bench.socket)] + words)
            #expect(outcome.status == 0, "\(words): \(outcome.text)")
        }
    }

    @Test
    func `virsh makes, lists, goes back to and deletes snapshots of a machine that doesn't run`() throws {
        let bench = try bench("off")
        try run(
            bench,
            [
                ["snapshot-create-as", "off", "one", "the first"], ["snapshot-create-as", "off", "two"],
                ["snapshot-revert", "off", "one"], ["snapshot-create-as", "off", "three"],
                ["snapshot-current", "off", "--name"], ["snapshot-parent", "off", "two"],
                ["snapshot-info", "off", "one"], ["snapshot-dumpxml", "off", "one"],
                ["snapshot-current", "off", "--snapshotname", "two"],
            ])
        #expect(try bench.virsh("snapshot-list", "off", "--name").text == "one\nthree\ntwo\n\n")
        #expect(try bench.virsh("snapshot-list", "off", "--roots", "--name").text == "one\n\n")
        #expect(try bench.virsh("snapshot-list", "off", "--leaves", "--name").text == "three\ntwo\n\n")
        #expect(try bench.virsh("snapshot-list", "off", "--from", "one", "--name").text == "three\ntwo\n\n")
        #expect(try bench.virsh("snapshot-list", "off", "--internal", "--inactive", "--name").text.contains("one"))
        #expect(try bench.virsh("snapshot-list", "off", "--external", "--name").text == "\n")
        let tree = try bench.virsh("snapshot-list", "off", "--tree").text
        #expect(tree.contains("one\n  |\n  +- three\n  |\n  +- two") || tree.contains("one\n  |\n  +- three\n  +- two"))
        let info = try bench.virsh("snapshot-info", "off", "two").text
        for line in [
            "Current:        yes", "State:          shutoff", "Location:       internal", "Parent:         one",
        ] {
            #expect(info.contains(line), "\(info)")
        }
        #expect(try bench.virsh("list", "--all", "--with-snapshot", "--name").text.contains("off"))
        #expect(try bench.virsh("undefine", "off").text.contains("with 3 snapshots"))
        // A dumped document comes back.
        let xml = try bench.virsh("snapshot-dumpxml", "off", "one", "--security-info").text
        let file = bench.folder + "/one.xml"
        try xml.write(toFile: file, atomically: true, encoding: .utf8)
        try run(
            bench,
            [
                ["snapshot-delete", "off", "one", "--metadata"], ["snapshot-create", "off", file, "--redefine"],
                ["snapshot-delete", "off", "one", "--children-only"], ["snapshot-delete", "off", "one"],
                ["snapshot-delete", "off", "--current"], ["snapshot-delete", "off", "three", "--children"],
                ["undefine", "off"],
            ])
    }

    @Test
    func `virsh makes snapshots of a machine that runs`() throws {
        let bench = try bench("on")
        let folder = bench.folder
        try run(
            bench,
            [
                ["start", "on"], ["snapshot-create-as", "on", "inside"], ["snapshot-revert", "on", "inside"],
                ["snapshot-delete", "on", "inside"],
                ["snapshot-create-as", "on", "disks", "--disk-only", "--atomic"],
                [
                    "snapshot-create-as", "on", "whole", "--memspec", "file=\(folder)/memory,snapshot=external",
                    "--diskspec", "vda,snapshot=external,file=\(folder)/whole.qcow2",
                ],
            ])
        #expect(try bench.virsh("snapshot-list", "on", "--disk-only", "--name").text == "disks\n\n")
        #expect(try bench.virsh("snapshot-list", "on", "--active", "--name").text == "whole\n\n")
        #expect(try bench.virsh("domblklist", "on").text.contains("whole.qcow2"))
        #expect(try bench.virsh("dumpxml", "on").text.contains("<backingStore type='file' index='"))
        // The newest and one in the middle, while it runs.
        try run(
            bench,
            [
                ["snapshot-create-as", "on", "third", "--disk-only"],
                ["snapshot-create-as", "on", "last", "--disk-only"],
            ])
        let deleted = try bench.virsh("snapshot-delete", "on", "last")
        #expect(deleted.status == 0 && deleted.text == "Domain snapshot last deleted\n\n")
        try run(bench, [["snapshot-delete", "on", "third"]])
        #expect(try bench.virsh("snapshot-list", "on", "--name").text == "disks\nwhole\n\n")
        #expect(try bench.virsh("domblklist", "on").text.contains("whole.qcow2"))
        #expect(try bench.virsh("domstate", "on").text.contains("running"))
        try run(
            bench,
            [
                ["snapshot-revert", "on", "whole"], ["destroy", "on"], ["snapshot-revert", "on", "disks", "--paused"],
                ["destroy", "on"], ["snapshot-delete", "on", "whole"], ["undefine", "on", "--snapshots-metadata"],
            ])
    }

    @Test
    func `libvirt-python gets libvirt's errors`() throws {
        let bench = try bench("py")
        let outcome = try bench.python(
            """
            d = c.lookupByName("py")
            def ask(f, *a):
                try: return f(*a)
                except libvirt.libvirtError as e: return (e.get_error_code(), e.get_error_domain())
            def make(name, more="", flags=0):
                return ask(d.snapshotCreateXML, f"<domainsnapshot><name>{name}</name>{more}</domainsnapshot>", flags)
            print(d.snapshotNum(), d.hasCurrentSnapshot(), ask(d.snapshotCurrent), ask(d.snapshotLookupByName, "no"))
            s = make("one")
            print(s.getName(), s.isCurrent(), s.hasMetadata(), s.numChildren(), ask(s.getParent))
            print(make("one"), make("a/b"), make(".a"))
            print(make("x", "<memory snapshot='external' file='/tmp/x'/>"))
            print(make("x", "<disks><disk name='vdz'/></disks>"))
            print(ask(d.snapshotCreateXML, "<domainsnap/>", 0))
            print(make("x", "", libvirt.VIR_DOMAIN_SNAPSHOT_CREATE_QUIESCE))
            t = make("two")
            print([x.getName() for x in s.listAllChildren()], s.listChildrenNames(), t.getParent().getName())
            print([x.getName() for x in d.listAllSnapshots(libvirt.VIR_DOMAIN_SNAPSHOT_LIST_ROOTS)], d.snapshotListNames())
            print(ask(d.undefine), d.snapshotCurrent().getName())
            print("<domain type='qemu'>" in t.getXMLDesc(), d.revertToSnapshot(s), s.delete(1), d.snapshotNum())
            """)
        #expect(
            outcome.text == """
                0 0 (72, 10) (72, 10)
                one 1 1 0 (72, 10)
                (9, 20) (35, 10) (35, 10)
                (27, 35)
                (67, 35)
                (27, 5)
                (67, 10)
                ['two'] ['two'] one
                ['one'] ['one', 'two']
                (55, 10) two
                True 0 0 0

                """)
    }
}
