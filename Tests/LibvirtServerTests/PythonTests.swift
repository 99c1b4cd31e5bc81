import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// libvirt's Python library, whose programs see codes, flags and events.
@Suite(.needs(.pythonLibvirt, .qemu))
struct PythonTests {
    @Test
    func `Errors have libvirt's codes`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f):
                try: f(); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            d = c.defineXML(\"\"\"\(ServerBench.document("web"))\"\"\")
            print(code(lambda: c.lookupByName("nosuch")), code(lambda: c.lookupByID(99)),
                code(lambda: d.suspend()), code(lambda: d.createWithFlags(1 << 20)),
                code(lambda: c.networkLookupByName("default")), code(lambda: c.storagePoolLookupByName("default")),
                code(lambda: c.defineXML("<domain")), code(lambda: c.createXML("<domain/>")))
            """)
        #expect(outcome.text == "42 42 55 8 43 49 27 27\n")
    }

    @Test
    func `Events come in libvirt's order, a stop's after the state has changed`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            libvirt.virEventRegisterDefaultImpl()
            c = libvirt.open("\(bench.uri(bench.socket))")
            seen = []
            def tell(c, d, event, detail, data):
                seen.append((event, detail))
                if event == 5: seen.append(d.isActive())
            c.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, tell, None)
            def act():
                o = libvirt.open("\(bench.uri(bench.socket))")
                d = o.defineXML(\"\"\"\(ServerBench.document("web"))\"\"\")
                d.create(); d.suspend(); d.resume(); d.destroy(); d.undefine()
            t = threading.Thread(target=act); t.start()
            end = time.time() + 30
            while (1, 0) not in seen and time.time() < end: libvirt.virEventRunDefaultImpl()
            print(seen)
            """)
        #expect(outcome.text.hasPrefix("[(0, 0), (2, 0)"), "\(outcome.text)")
        #expect(outcome.text.contains("(3, 0), (4, 0)"), "\(outcome.text)")
        #expect(outcome.text.contains("(5, 1), 0, (1, 0)]"), "\(outcome.text)")
    }

    @Test
    func `A machine that is frozen holds up none of the others' calls`() throws {
        let bench = try ServerBench()
        try bench.bench.define("frozen")
        try bench.bench.define("fine")
        for name in ["frozen", "fine"] { try bench.manager.start(name) }
        let qemu = try #require(try bench.manager.status("frozen").qemu)
        kill(qemu.pid, SIGSTOP)
        defer { kill(qemu.pid, SIGKILL) }
        let outcome = try bench.python(
            """
            import libvirt_qemu
            frozen, fine = c.lookupByName("frozen"), c.lookupByName("fine")
            ended = []
            def ask():
                try: libvirt_qemu.qemuMonitorCommand(frozen, '{"execute":"query-version"}', 0)
                except libvirt.libvirtError: pass
                ended.append("frozen")
            t = threading.Thread(target=ask); t.start()
            time.sleep(0.3)
            for i in range(3): libvirt_qemu.qemuMonitorCommand(fine, '{"execute":"query-status"}', 0)
            ended.append("fine")
            t.join()
            print(ended)
            """)
        #expect(outcome.text == "['fine', 'frozen']\n")
    }

    @Test
    func `A machine that is to end with its client does`() throws {
        let bench = try ServerBench()
        _ = try bench.python(
            """
            c.createXML(\"\"\"\(ServerBench.document("leashed"))\"\"\", libvirt.VIR_DOMAIN_START_AUTODESTROY)
            """)
        let end = Date().addingTimeInterval(20)
        while try !bench.manager.list(.active).isEmpty, Date() < end { usleep(20_000) }
        #expect(try bench.manager.list(.active).isEmpty)
    }
}
