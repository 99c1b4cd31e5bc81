import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// Open files that travel with calls and answers.
@Suite(.needs(.pythonLibvirt, .qemu))
struct DescriptorTests {
    @Test
    func `A display is served over a socket of the client's, and over one of the server's`() throws {
        let bench = try LiveServerBench()
        try bench.live.start("web", "<graphics type='vnc' autoport='yes' passwd='secret'/>")
        let outcome = try bench.python(
            """
            import os, socket
            d = c.lookupByName("web")
            def hello(s): return s.recv(12), s.send(b"RFB 003.008\\n"), s.recv(1)[0], s.recv(1)[0]
            fd = d.openGraphicsFD(0, libvirt.VIR_DOMAIN_OPEN_GRAPHICS_SKIPAUTH)
            print(hello(socket.socket(fileno=fd)))
            mine, its = socket.socketpair()
            d.openGraphics(0, its.fileno(), 0)
            its.close()
            print(hello(mine))
            def code(f):
                try: f(); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            print(code(lambda: d.openGraphicsFD(7)), code(lambda: d.openGraphicsFD(0, 2)))
            d.destroy()
            print(code(lambda: d.openGraphicsFD(0)))
            """)
        // One kind of authentication each: none, and VNC's password.
        #expect(
            outcome.text == """
                (b'RFB 003.008\\n', 12, 1, 1)
                (b'RFB 003.008\\n', 12, 1, 2)
                1 8
                55

                """, "\(outcome.text)")
    }

    @Test
    func `A connection that only reads gets no display`() throws {
        let bench = try LiveServerBench()
        try bench.live.start("web", "<graphics type='vnc' autoport='yes'/>")
        let outcome = try bench.python(
            """
            try: c.lookupByName("web").openGraphicsFD(0)
            except libvirt.libvirtError as e: print(e.get_error_code(), e)
            """, socket: bench.readOnlySocket)
        #expect(outcome.text.contains("29 "), "\(outcome.text)")
    }

    @Test
    func `Open files go with commands of QEMU's monitor`() throws {
        let bench = try LiveServerBench()
        try bench.live.start("web")
        let outcome = try bench.python(
            """
            import json, libvirt_qemu, os
            d = c.lookupByName("web")
            r, w = os.pipe()
            answer = libvirt_qemu.qemuMonitorCommandWithFiles(d, '{"execute":"add-fd"}', [w], 0)
            print(json.loads(answer[0])["return"]["fdset-id"])
            """)
        #expect(outcome.text == "0\n", "\(outcome.text)")
    }

    @Test
    func `Open files are no virtual machine's`() throws {
        let bench = try ServerBench()
        try bench.bench.define("web")
        let outcome = try bench.python(
            """
            import os
            d = c.lookupByName("web")
            r, w = os.pipe()
            try: d.createWithFiles([r], 0)
            except libvirt.libvirtError as e: print(e.get_error_code())
            d.createWithFiles([], 0)
            print(d.isActive())
            """)
        #expect(outcome.text == "3\n1\n", "\(outcome.text)")
    }
}
