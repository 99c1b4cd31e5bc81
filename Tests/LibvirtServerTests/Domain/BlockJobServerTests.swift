import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON
import VMManager

/// Jobs of disks as libvirt's clients begin, watch and end them.
@Suite(.needs(.virsh, .pythonLibvirt, .qemu), .timeLimit(.minutes(40)))
struct BlockJobServerTests {
    /// A running machine with a disk of three images, the topmost last.
    private func start(_ bench: LiveServerBench) throws -> [String] {
        let images = ["base", "middle", "top"].map { bench.folder + "/\($0).qcow2" }
        for (place, path) in images.enumerated() {
            let below = place == 0 ? [] : ["-b", images[place - 1], "-F", "qcow2"]
            let size = place == 0 ? ["8M"] : []
            let made = try LiveServerBench.run(
                "/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2"] + below + [path] + size)
            #expect(made.status == 0, "\(made.text)")
            _ = try LiveServerBench.run("/usr/bin/qemu-io", ["-c", "write -P \(place + 1) \(place)M 1M", path])
        }
        try bench.live.start(
            "web",
            "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(images[2])'/>"
                + "<target dev='vda' bus='virtio'/></disk>")
        return images
    }

    @Test
    func `virsh commits, and says what it says of libvirt's own daemon`() throws {
        let bench = try LiveServerBench()
        let images = try start(bench)
        let none = try bench.virsh("blockjob", "web", "vda")
        #expect(none.status == 0 && none.text.contains("No current block job for vda"))
        let refused = try bench.virsh("blockcommit", "web", "vda")
        #expect(refused.status != 0 && refused.text.contains("requires active flag"))
        let middle = try bench.virsh(
            "blockcommit", "web", "vda", "--top", images[1], "--base", images[0], "--wait", "--verbose")
        #expect(middle.status == 0 && middle.text.contains("Commit complete"), "\(middle.text)")
        // What is left of the image in the middle is in nobody's way.
        try eventually("it is known to be of no use", within: .seconds(20)) {
            try bench.manager.commitPlan("web", disk: "vda", .init()).user == nil
        }
        let started = try bench.virsh("blockcommit", "web", "vda", "--active")
        #expect(started.status == 0 && started.text.contains("Active Block Commit started"), "\(started.text)")
        let again = try bench.virsh("blockcommit", "web", "vda", "--active")
        #expect(again.status != 0 && again.text.contains("already in active block job"))
        try eventually("it is ready", within: .seconds(60)) {
            try bench.virsh("dumpxml", "web").text.contains("ready='yes'")
        }
        let info = try bench.virsh("blockjob", "web", "vda", "--info")
        #expect(info.text.contains("Active Block Commit: [100 %]"), "\(info.text)")
        #expect(try bench.virsh("dumpxml", "web").text.contains("<mirror type='file' job='active-commit' ready='yes'>"))
        #expect(try bench.virsh("blockjob", "web", "vda", "--pivot").status == 0)
        #expect(try bench.virsh("domblklist", "web").text.contains(images[0]))
        #expect(try bench.virsh("domblklist", "web", "--inactive").text.contains(images[0]))
        let over = try bench.virsh("blockjob", "web", "vda", "--abort")
        #expect(over.status != 0 && over.text.contains("does not have an active block job"))
    }

    @Test
    func `virsh copies and pulls`() throws {
        let bench = try LiveServerBench()
        let images = try start(bench)
        let copy = bench.folder + "/copy.img"
        let refused = try bench.virsh("blockcopy", "web", "vda", copy, "--wait")
        #expect(refused.status != 0 && refused.text.contains("domain is not transient"), "\(refused.text)")
        let finished = try bench.virsh(
            "blockcopy", "web", "vda", copy, "--format", "qcow2", "--transient-job", "--wait", "--verbose", "--finish")
        #expect(finished.status == 0 && finished.text.contains("Successfully copied"), "\(finished.text)")
        let exists = try bench.virsh("blockcopy", "web", "vda", copy, "--transient-job", "--wait", "--pivot")
        #expect(exists.status != 0 && exists.text.contains("already exists"), "\(exists.text)")
        let pivoted = try bench.virsh(
            "blockcopy", "web", "vda", copy, "--transient-job", "--reuse-external", "--wait", "--pivot", "--format",
            "qcow2", "--synchronous-writes", "--granularity", "65536", "--buf-size", "1048576")
        #expect(pivoted.status == 0 && pivoted.text.contains("Successfully pivoted"), "\(pivoted.text)")
        #expect(try bench.virsh("domblklist", "web").text.contains(copy))
        let shallow = bench.folder + "/shallow.img"
        let back = try bench.virsh(
            "blockcopy", "web", "vda", shallow, "--transient-job", "--wait", "--pivot", "--shallow", "--format", "qcow2"
        )
        #expect(back.status == 0, "\(back.text)")
        let pulled = try bench.virsh("blockpull", "web", "vda", "--wait", "--verbose")
        #expect(pulled.status == 0 && pulled.text.contains("Pull complete"), "\(pulled.text)")
        #expect(FileManager.default.fileExists(atPath: images[2]))
    }

    @Test
    func `Python hears of both kinds of events, and gets libvirt's numbers`() throws {
        let bench = try LiveServerBench()
        let images = try start(bench)
        let outcome = try bench.python(
            """
            libvirt.virEventRegisterDefaultImpl()
            c = libvirt.open("\(bench.uri(bench.socket))")
            def loop():
                while True: libvirt.virEventRunDefaultImpl()
            threading.Thread(target=loop, daemon=True).start()
            heard = []
            c.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB,
                lambda c, d, path, kind, status, o: heard.append((path.split("/")[-1], kind, status)), None)
            c.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_BLOCK_JOB_2,
                lambda c, d, target, kind, status, o: heard.append((target, kind, status)), None)
            d = c.lookupByName("web")
            def code(f):
                try: f(); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            def wait(what):
                for _ in range(3000):
                    if what(): return
                    time.sleep(0.02)
                print("never", heard, d.blockJobInfo("vda", 0))
            print(d.blockJobInfo("vda", 0), code(lambda: d.blockJobAbort("vda", 0)))
            print(code(lambda: d.blockCommit("vda", None, None, 0, 0)), code(lambda: d.blockPull("vdz", 0, 0)))
            print(code(lambda: d.blockCopy("vda", "<disk type='file'><source file='/x'/></disk>", {}, 0)))
            d.blockCommit("vda", None, None, 0, libvirt.VIR_DOMAIN_BLOCK_COMMIT_ACTIVE)
            print(code(lambda: d.blockPull("vda", 0, 0)))
            wait(lambda: ("vda", 4, 3) in heard)
            print(sorted(d.blockJobInfo("vda", 0).items())[-1], d.blockJobInfo("vda", 0)["type"])
            d.blockJobSetSpeed("vda", 7, 0)
            print(d.blockJobInfo("vda", 0)["bandwidth"], d.blockJobInfo("vda", 1)["bandwidth"])
            print(code(lambda: d.managedSave(0)))
            d.blockJobAbort("vda", libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT)
            wait(lambda: len(heard) == 4)
            print(sorted(heard, key=str))
            """)
        #expect(
            outcome.text == """
                {} 8
                8 8
                55
                83
                ('type', 4) 4
                7 7340032
                55
                [('base.qcow2', 4, 0), ('top.qcow2', 4, 3), ('vda', 4, 0), ('vda', 4, 3)]

                """, "\(outcome.text) \(images)")
    }

    @Test
    func `The older way to copy, and a pull to a base`() throws {
        let bench = try LiveServerBench()
        let images = try start(bench)
        let outcome = try bench.python(
            """
            d = c.lookupByName("web")
            def wait(what):
                for _ in range(3000):
                    if what(): return
                    time.sleep(0.02)
                print("never")
            d.blockRebase("vda", "\(images[0])", 0, 0)
            wait(lambda: d.blockJobInfo("vda", 0) == {})
            try: d.blockRebase("vda", "\(bench.folder)/old.img", 0, libvirt.VIR_DOMAIN_BLOCK_REBASE_COPY)
            except libvirt.libvirtError as e: print(e.get_error_code())
            print(d.XMLDesc().count("<backingStore type='file'"))
            """)
        #expect(outcome.text == "55\n1\n", "\(outcome.text)")
        #expect(try !bench.virsh("dumpxml", "web").text.contains(images[1]))
    }
}
