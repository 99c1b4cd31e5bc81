import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// Events that libvirt's programs ask for.
@Suite(.needs(.pythonLibvirt, .qemu), .timeLimit(.minutes(40)))
struct SubscriptionTests {
    /// Runs libvirt's event loop until as many events have come, or none comes any more.
    private static let loop = """
        import threading, time
        libvirt.virEventRegisterDefaultImpl()
        c.close()
        c = libvirt.open(uri)
        seen = []
        def lifecycle(c, d, event, detail, tag): seen.append((tag, d.name(), event, detail))
        def until(count):
            end = time.time() + 60
            libvirt.virEventAddTimeout(50, lambda *a: None, None)
            while len(seen) < count and time.time() < end: libvirt.virEventRunDefaultImpl()

        """

    @Test
    func `Each who asked gets each event of a machine's life once, in order, and none after leaving`() throws {
        let bench = try ServerBench()
        for name in ["one", "two"] { try bench.bench.define(name) }
        let outcome = try bench.python(
            "uri = \"\(bench.uri(bench.socket))\"\n" + Self.loop + """
                d = c.lookupByName("one")
                every = c.domainEventRegisterAny(None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, "all")
                own = c.domainEventRegisterAny(d, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle, "one")
                d.create()
                c.lookupByName("two").create()
                d.suspend()
                until(7)
                for tag in ("all", "one"):
                    print(tag, [e[1:] for e in seen if e[0] == tag and e[2] != libvirt.VIR_DOMAIN_EVENT_RESUMED])
                c.domainEventDeregisterAny(every)
                del seen[:]
                d.resume()
                until(1)
                print(sorted(set(e[0] for e in seen)))
                """)
        // VIR_DOMAIN_EVENT_STARTED is 2, SUSPENDED 3.
        #expect(
            outcome.text == """
                all [('one', 2, 0), ('two', 2, 0), ('one', 3, 0)]
                one [('one', 2, 0), ('one', 3, 0)]
                ['one']

                """, "\(outcome.text)")
    }

    @Test
    func `A callback that isn't there can't be left`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            "uri = \"\(bench.uri(bench.socket))\"\n" + Self.loop + """
                try: c.domainEventDeregisterAny(77)
                except libvirt.libvirtError as e: print("refused")
                print(c.isAlive())
                """)
        #expect(outcome.text == "refused\n1\n", "\(outcome.text)")
    }
}
