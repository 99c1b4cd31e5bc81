import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMJSON
import VMManager

/// Bytes of memory and disks, and what is set for later.
@Suite(.needs(.virsh, .pythonLibvirt, .qemu))
struct PeekTests {
    @Test
    func `Bytes of memory and of raw disks are those of the guest`() throws {
        let bench = try LiveServerBench()
        let image = try bench.live.image("a")
        try Data("what is on the disk".utf8).write(to: URL(fileURLWithPath: image))
        truncate(image, 1 << 20)
        let chain = bench.folder + "/b.qcow2"
        _ = try LiveServerBench.run("/usr/bin/qemu-img", ["create", "-q", "-f", "qcow2", chain, "1M"])
        try bench.live.start(
            "web",
            "<disk type='file' device='disk'><source file='\(image)'/><target dev='vda' bus='virtio'/></disk>"
                + "<disk type='file' device='disk'><driver type='qcow2'/><source file='\(chain)'/>"
                + "<target dev='vdb' bus='virtio'/></disk>")
        let outcome = try bench.python(
            """
            d = c.lookupByName("web")
            def code(f):
                try: f(); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            print(d.blockPeek("vda", 8, 11), d.blockPeek("\(image)", 1 << 20, 2))
            print(code(lambda: d.blockPeek("/etc/passwd", 0, 1)), code(lambda: d.blockPeek("vdb", 0, 1)))
            # The reset vector's far jump, as the firmware has it.
            print(d.memoryPeek(0xfffffff0, 1, libvirt.VIR_MEMORY_PHYSICAL), len(d.memoryPeek(0xe0000, 70000, 2)))
            print(code(lambda: d.memoryPeek(0, 1, 3)), code(lambda: d.memoryPeek(0, 1, 0)))
            """)
        #expect(outcome.text == "b'on the disk' b'\\x00\\x00'\n8 84\nb'\\xea' 70000\n8 8\n", "\(outcome.text)")
    }

    @Test
    func `Limits of migrations and the rate of changes are QEMU's`() throws {
        let bench = try LiveServerBench()
        try bench.live.start("web")
        #expect(try bench.virsh("migrate-setmaxdowntime", "web", "500").status == 0)
        #expect(try bench.virsh("migrate-getmaxdowntime", "web").text.contains("500"))
        #expect(try bench.virsh("migrate-setspeed", "web", "77").status == 0)
        #expect(try bench.virsh("migrate-getspeed", "web").text.contains("77"))
        #expect(
            try bench.live.run("web", "query-migrate-parameters")["max-bandwidth"]?.int == 77 << 20)
        #expect(try bench.virsh("domdirtyrate-calc", "web", "--seconds", "1").status == 0)
        let refused = try bench.virsh("domdirtyrate-calc", "web", "--seconds", "100")
        #expect(refused.text.contains("please choose value within [1, 60]"))
        #expect(try bench.live.run("web", "query-dirty-rate")["calc-time"]?.int == 1)
    }

    @Test
    func `The agent's patience is the machine's until it ends`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        try bench.manager.start("web")
        #expect(try bench.virsh("guest-agent-timeout", "web", "--timeout", "7").status == 0)
        #expect(try bench.manager.status("web").agentPatience == .atMost(.seconds(7)))
        #expect(try bench.virsh("guest-agent-timeout", "web", "--timeout", "-2").status == 0)
        #expect(try bench.manager.status("web").agentPatience == .forever)
        let refused = try bench.virsh("guest-agent-timeout", "web", "--timeout", "-5")
        #expect(refused.text.contains("guest agent timeout '-5' is less than the minimum '-2'"))
        try bench.manager.destroy("web")
        #expect(try bench.manager.status("web").agentPatience == nil)
    }
}
