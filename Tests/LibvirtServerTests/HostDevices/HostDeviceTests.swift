import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// Devices and interfaces of the host, as libvirt's own library sees them.
@Suite(.needs(.pythonLibvirt, .qemu), .timeLimit(.minutes(40)))
struct HostDeviceTests {
    @Test
    func `Devices are listed, looked up and told of; none can be made`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f):
                try: return f()
                except libvirt.libvirtError as e: return (e.get_error_code(), e.get_error_domain())
            # Other tests make network devices meanwhile.
            def fixed(names): return [n for n in sorted(names) if not n.startswith("net_") or "_lo_" in n]
            names = [d.name() for d in c.listAllDevices()]
            print("computer" in names, fixed(names) == fixed(c.listDevices(None)), c.numOfDevices("system"))
            d = c.nodeDeviceLookupByName("computer")
            print(d.parent(), d.listCaps(), d.numOfCaps(), "<capability type='system'>" in d.XMLDesc())
            n = c.listAllDevices(libvirt.VIR_CONNECT_LIST_NODE_DEVICES_CAP_NET)[0]
            print(n.name().startswith("net_"), n.listCaps())
            print(d.isActive(), d.isPersistent(), d.autostart())
            print(code(lambda: c.nodeDeviceLookupByName("no")))
            print(code(lambda: c.nodeDeviceCreateXML("<device/>")))
            print(code(lambda: n.dettach()))
            """)
        #expect(
            outcome.text == """
                True True 1
                None ['system'] 1 True
                True ['net']
                1 0 0
                (53, 22)
                (84, 22)
                (67, 22)

                """, "\(outcome.text)")
    }

    @Test
    func `Interfaces are listed, looked up and told of; none can be changed`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f):
                try: return f()
                except libvirt.libvirtError as e: return (e.get_error_code(), e.get_error_domain())
            # Other tests make interfaces meanwhile.
            def fixed(names): return {n for n in names if n in ("lo", "eth0")}
            names = [i.name() for i in c.listAllInterfaces()]
            print("lo" in names, fixed(names) == fixed(c.listInterfaces() + c.listDefinedInterfaces()))
            i = c.interfaceLookupByName("lo")
            print(i.MACString(), i.isActive(), "name='lo'" in i.XMLDesc())
            print(code(lambda: c.interfaceLookupByName("no")))
            print(code(lambda: c.interfaceLookupByMACString("52:54:00:99:99:99")))
            print(code(lambda: c.changeBegin()))
            print(code(lambda: c.interfaceDefineXML("<interface/>")))
            print(code(lambda: c.nwfilterDefineXML("<filter/>")))
            """)
        #expect(
            outcome.text == """
                True True
                00:00:00:00:00:00 1 True
                (57, 26)
                (57, 26)
                (3, 26)
                (3, 26)
                (3, 33)

                """, "\(outcome.text)")
    }
}
