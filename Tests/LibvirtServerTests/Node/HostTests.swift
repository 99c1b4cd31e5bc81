import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// The host, its processors and command lines, as libvirt's programs ask for them.
@Suite(.needs(.virsh, .pythonLibvirt, .qemu))
struct HostTests {
    @Test
    func `Processors' models are listed, compared and combined`() throws {
        let bench = try ServerBench()
        #expect(try bench.virsh("cpu-models", "x86_64").text.contains("\nHaswell\n"))
        #expect(try !bench.virsh("cpu-models", "x86_64").text.contains("-v1"))
        #expect(try bench.virsh("cpu-models", "aarch64").text.contains("all CPU models are accepted"))
        #expect(try bench.virsh("cpu-models", "nosuch").text.contains("cannot find architecture nosuch"))
        let outcome = try bench.python(
            """
            def cpu(model, more=""): return f"<cpu mode='custom' match='exact'><model>{model}</model>{more}</cpu>"
            def ask(xml, flags=0):
                try: return c.compareHypervisorCPU(None, None, None, "qemu", xml, flags)
                except libvirt.libvirtError as e: return -e.get_error_code()
            print(ask(cpu("Nehalem")), ask(cpu("Nehalem", "<vendor>Nobody</vendor>")),
                ask(cpu("Nehalem", "<vendor>Nobody</vendor>"), 1), ask(cpu("qemu64", "<feature name='nosuch'/>")),
                ask(cpu("Skylake-Server")), ask("<cpu mode='host-passthrough'/>"), ask("<cpu"))
            print(c.baselineHypervisorCPU(None, None, None, "qemu", [cpu("Nehalem")]))
            both = c.baselineCPU([cpu("Haswell"), cpu("Nehalem", "<feature name='avx'/>")])
            print(("<model fallback='forbid'>Nehalem</model>" in both) or both, "avx" in both)
            print(c.baselineCPU([cpu("Nehalem")], 1).count("policy='require'") > 20)
            """)
        #expect(
            outcome.text == """
                2 0 -91 -1 0 2 -27
                <cpu mode='custom' match='exact'>
                  <model fallback='forbid'>Nehalem</model>
                </cpu>

                True True
                True

                """, "\(outcome.text)")
    }

    @Test
    func `The host's own processor is what it is compared with`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            import re
            own = re.search(r"<cpu>.*?</cpu>", c.getCapabilities(), re.S).group(0)
            print(c.compareCPU(own, 0), c.compareCPU("<cpu><model>486</model></cpu>", 0))
            """)
        #expect(outcome.text == "1 2\n", "\(outcome.text)")
    }

    @Test
    func `Pages and processors are counted, and what the answer can't hold is refused`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f):
                try: f(); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            count, online, _ = c.getCPUMap()
            print(count == len(online), sum(online) > 0)
            print(c.getFreePages([4], 0, 1)[0][4] > 0)
            print(code(lambda: c.getFreePages([4], 99, 1)), code(lambda: c.getFreePages([5], 0, 1)),
                code(lambda: c.allocPages({4: 1}, 0, 1, 0)), code(lambda: c.getFreePages([4] * 1024, 0, 1)))
            print(len(c.getMemoryParameters()) in (0, 8))
            print(code(lambda: c.suspendForDuration(0, 60)), code(lambda: c.getSEVInfo()))
            """)
        #expect(outcome.text == "True True\nTrue\n1 9 84 0\nTrue\n74 84\n", "\(outcome.text)")
    }

    @Test
    func `A document becomes a command line and comes back`() throws {
        let bench = try LiveServerBench()
        let outcome = try bench.python(
            """
            xml = \"\"\"\(ServerBench.document("web"))\"\"\"
            line = c.domainXMLToNative("qemu-argv", xml, 0)
            print("qemu-system-x86_64" in line and "-m " in line)
            back = c.domainXMLFromNative("qemu-argv", "qemu-system-x86_64 -name web -m 64 -smp 2", 0)
            print("<name>web</name>" in back, "<vcpu>2</vcpu>" in back or "<vcpu placement='static'>2</vcpu>" in back)
            try: c.domainXMLToNative("nosuch", xml, 0)
            except libvirt.libvirtError as e: print(e.get_error_code(), e)
            """)
        #expect(
            outcome.text == "True\nTrue True\n8 invalid argument: unsupported config type nosuch\n", "\(outcome.text)")
    }
}
