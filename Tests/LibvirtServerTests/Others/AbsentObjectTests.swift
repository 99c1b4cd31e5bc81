import TestBench
import TestNeeds
import Testing
import VMCore
import VMManager

/// Kinds of objects that this server has none of: lists are empty, lookups say what isn't there, with libvirt's numbers.
@Suite(.needs(.pythonLibvirt, .qemu), .timeLimit(.minutes(40)))
struct AbsentObjectTests {
    @Test
    func `Lists are empty, and what is looked up isn't there`() throws {
        let bench = try ServerBench()
        let outcome = try bench.python(
            """
            def code(f):
                try: return f()
                except libvirt.libvirtError as e: return (e.get_error_code(), e.get_error_domain())
            print(code(lambda: c.listAllNWFilters()))
            print(code(lambda: c.nwfilterLookupByName("clean-traffic")))
            print(code(lambda: c.nwfilterLookupByUUIDString("8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d")))
            """)
        #expect(outcome.text == "[]\n(62, 33)\n(62, 33)\n", "\(outcome.text)")
    }
}
