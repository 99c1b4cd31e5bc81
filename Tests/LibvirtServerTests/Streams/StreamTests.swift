import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// Consoles, channels and pictures as streams of libvirt's programs.
@Suite(.needs(.pythonLibvirt, .qemu), .timeLimit(.minutes(40)))
struct StreamTests {
    @Test
    func `A channel is one client's, until another takes it by force`() throws {
        let bench = try LiveServerBench()
        try bench.live.start(
            "web", "<channel type='unix'><target type='virtio' name='org.test.0'/></channel>")
        let outcome = try bench.python(
            """
            d = c.lookupByName("web")
            def code(f):
                try: f(); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            first, second = c.newStream(0), c.newStream(0)
            d.openChannel("org.test.0", first, 0)
            print(first.send(b"hello"))
            print(code(lambda: d.openChannel("channel0", second, 0)))
            o = libvirt.open("\(bench.uri(bench.socket))")
            third = o.newStream(0)
            o.lookupByName("web").openChannel(None, third, libvirt.VIR_DOMAIN_CHANNEL_FORCE)
            print(repr(first.recv(10)))
            print(code(lambda: d.openChannel("nosuch", c.newStream(0), 0)), code(lambda: d.openChannel(None, c.newStream(0), 8)))
            third.abort()
            """)
        #expect(outcome.text == "5\n87\nb''\n1 8\n", "\(outcome.text)")
    }

    @Test
    func `A picture comes whole and ends; one that nobody reads to its end leaves nothing open`() throws {
        let bench = try LiveServerBench()
        try bench.live.start("web")
        let outcome = try bench.python(
            """
            d = c.lookupByName("web")
            s = c.newStream(0)
            print(d.screenshot(s, 0, 0))
            whole = b""
            while True:
                part = s.recv(65536)
                if not part: break
                whole += part
            s.finish()
            print(whole[:4] == b"\\x89PNG", len(whole) > 500)
            for _ in range(20):
                s = c.newStream(0)
                d.screenshot(s, 0, 0)
                s.abort()
            print(d.isActive())
            """)
        #expect(outcome.text == "image/png\nTrue True\n1\n", "\(outcome.text)")
    }

    @Test
    func `A stream that is used for nothing, or for two things, is refused`() throws {
        let bench = try LiveServerBench()
        try bench.live.start("web")
        let outcome = try bench.python(
            """
            d = c.lookupByName("web")
            def code(f):
                try: f(); return 0
                except libvirt.libvirtError as e: return e.get_error_code()
            s = c.newStream(0)
            print(code(lambda: s.send(b"x")) != 0, code(lambda: s.recv(1)) != 0)
            d.openConsole(None, s, 0)
            print(code(lambda: d.openConsole(None, s, 0)) != 0)
            s.abort()
            print(code(lambda: d.openConsole("nosuch", c.newStream(0), 0)), d.isActive())
            """)
        #expect(outcome.text == "True True\nTrue\n1 1\n", "\(outcome.text)")
    }
}
