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
            stopped = threading.Event()
            def tell(c, d, event, detail, data):
                seen.append((event, detail))
                if event == 5:
                    seen.append(d.isActive())
                    stopped.set()
            c.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, tell, None)
            def act():
                o = libvirt.open("\(bench.uri(bench.socket))")
                d = o.defineXML(\"\"\"\(ServerBench.document("web"))\"\"\")
                d.create(); d.suspend(); d.resume(); d.destroy()
                stopped.wait(30) # Who is told of the stop asks for the machine, which must be there still.
                d.undefine()
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
    func `A user's library tells of itself in the flags by which it opens a connection`() throws {
        let bench = try ServerBench()
        let outcome = try ServerBench.run(
            "/usr/bin/python3",
            [
                "-c",
                """
                import socket, struct
                s = socket.socket(socket.AF_UNIX); s.connect("\(bench.socket)")
                def ask(procedure, body):
                    s.sendall(struct.pack(">IIIiiIi", 28 + len(body), 0x20008086, 1, procedure, 0, procedure, 0) + body)
                    length = struct.unpack(">I", s.recv(4, socket.MSG_WAITALL))[0]
                    return struct.unpack(">i", s.recv(length - 4, socket.MSG_WAITALL)[20:24])[0]
                print(ask(66, b""), ask(1, struct.pack(">II", 1, 15) + b"qemu:///session" + b"\\0" + struct.pack(">I", 6)))
                """,
            ])
        #expect(outcome.text == "0 0\n", "\(outcome.text)")
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

    @Test
    func `QEMU's refusal of a command is an answer, and the answer has the command's id`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        try bench.manager.start("web")
        let outcome = try bench.python(
            """
            import json, libvirt_qemu
            d = c.lookupByName("web")
            def ask(text): return json.loads(libvirt_qemu.qemuMonitorCommand(d, text, 0))
            print(ask('{"execute":"no-such-thing"}')["error"]["class"], ask('{"execute":"query-name","id":"7"}'))
            d.destroy()
            try: ask('{"execute":"query-name"}')
            except libvirt.libvirtError as e: print(e.get_error_code())
            """)
        #expect(outcome.text == "CommandNotFound {'return': {'name': 'web'}, 'id': '7'}\n55\n")
    }
}
