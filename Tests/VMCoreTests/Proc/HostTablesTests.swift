import Testing

@testable import VMCore

/// The kernel's tables of processors and mounts.
struct HostTablesTests {
    private static let stat = """
        cpu  10 20 30 40 50 60 70 80 0 0
        cpu0 1 2 3 4 5 6 7 8 0 0
        cpu1 18446744073709551615 2 x 4 5 6 7 8 0 0
        cpu2 1 2 3
        intr 5 0

        """

    @Test
    func `Processors' times, of one or of all`() throws {
        let all = try #require(ProcessorTimes(of: nil, text: Array(Self.stat.utf8)))
        #expect([all.user, all.nice, all.system, all.idle, all.ioWait] == [10, 20, 30, 40, 50])
        #expect([all.interrupts, all.softInterrupts] == [60, 70])
        #expect(ProcessorTimes(of: 0, text: Array(Self.stat.utf8))?.idle == 4)
        let odd = try #require(ProcessorTimes(of: 1, text: Array(Self.stat.utf8)))
        #expect(odd.user == .max && odd.system == 0)
        for missing in [2, 3, 22, -1] { #expect(ProcessorTimes(of: missing, text: Array(Self.stat.utf8)) == nil) }
        #expect(ProcessorTimes(of: nil, text: []) == nil)
        #expect(ProcessorTimes(of: nil) != nil)
    }

    @Test
    func `Mounts, with blanks in their paths`() {
        let text = """
            none /dev/huge\\040pages hugetlbfs rw,relatime,pagesize=2M 0 0
            proc /proc proc rw 0 0
            x /back\\134slash\\04 tmpfs rw
            short /line

            """
        let mounts = Mount.all(in: Array(text.utf8))
        #expect(mounts.map(\.path) == ["/dev/huge pages", "/proc", "/back\\slash\\04"])
        #expect(mounts.first?.type == "hugetlbfs")
        #expect(mounts.first?.options == ["rw", "relatime", "pagesize=2M"])
        #expect(Mount.all().contains { $0.path == "/" })
    }
}
