import Testing
import VMXML

@testable import VMDomain

/// Sleep states and performance counters.
@Suite struct PowerManagementTests {
    @Test("Sleep states come back as they were", arguments: ["yes", "no"])
    func states(enabled: String) throws {
        let xml =
            "<pm>\n<suspend-to-mem enabled='\(enabled)'/>\n<suspend-to-disk enabled='\(enabled == "yes" ? "no" : "yes")'/>\n</pm>"
        try expectUnchanged(xml, as: PowerManagement.self, root: "pm")
        let reading = try PowerManagement.read(Array(xml.utf8), file: "t.xml", root: "pm")
        #expect(reading.value.suspendToMem?.enabled?.rawValue == enabled)
        #expect(reading.value.suspendToDisk?.enabled?.rawValue != enabled)
    }

    /// The words of libvirt's documentation.
    @Test(
        "Each counter has libvirt's name",
        arguments: [
            "cmt", "mbmt", "mbml", "cpu_cycles", "instructions", "cache_references", "cache_misses",
            "branch_instructions", "branch_misses", "bus_cycles", "stalled_cycles_frontend", "stalled_cycles_backend",
            "ref_cpu_cycles", "cpu_clock", "task_clock", "page_faults", "context_switches", "cpu_migrations",
            "page_faults_min", "page_faults_maj", "alignment_faults", "emulation_faults",
        ])
    func counters(name: String) throws {
        try expectUnchanged("<event name='\(name)' enabled='no'/>", as: PerfEvent.self, root: "event")
        #expect(PerfEvent.Name.allCases.contains { $0.rawValue == name })
    }

    @Test("There is no counter beside them") func count() { #expect(PerfEvent.Name.allCases.count == 22) }
}
