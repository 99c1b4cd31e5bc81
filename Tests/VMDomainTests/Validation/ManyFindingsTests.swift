import Testing
import VMCore
import VMDomain
import VMXML

/// Documents in which thousands of things are wrong with each other.
@Suite struct ManyFindingsTests {
    private func findings(_ devices: String, count: Int, _ around: String = "") throws -> [Diagnostic] {
        let text = """
            <domain type='qemu'><name>m</name><memory unit='MiB'>64</memory>\(around)
            <os><type arch='x86_64' machine='q35'>hvm</type></os>
            <devices>\(String(repeating: devices, count: count))</devices></domain>
            """
        return try Domain.read(Array(text.utf8), file: "m.xml").validated().diagnostics
    }

    @Test(
        "Thousands of devices that are in each other's way are told of in some findings and a number",
        arguments: [
            "<disk type='file'><source file='/a'/><target dev='vda' bus='virtio'/></disk>",
            "<hostdev mode='subsystem' type='pci'><source><address bus='1' slot='2'/></source></hostdev>",
            "<controller type='usb' index='0' model='ich9-uhci1'/>",
            "<interface type='user'><alias name='ua-a'/><boot order='1'/></interface>",
            "<memory model='dimm'><target><size unit='MiB'>128</size><address base='0x1000'/></target></memory>",
        ])
    func devices(device: String) throws {
        let found = try findings(device + "\n", count: 4000)
        #expect(found.count <= 2 * XMLLimits.standard.findings + 1)
        #expect(found.last?.rule == "too-many-findings")
        #expect(found.first?.place?.line == 3 || found.first?.place?.line == 4)
    }

    @Test("Modules of memory that overlap are told of at the later one")
    func memory() throws {
        func module(_ base: String, _ size: Int) -> String {
            "<memory model='dimm'><target><size unit='MiB'>\(size)</size><node>0</node></target>"
                + "<address type='dimm' base='\(base)'/></memory>\n"
        }
        let text = module("0x140000000", 1024) + module("0x100000000", 1024) + module("0x130000000", 512)
        let found = try findings(text, count: 1).filter { $0.rule == "memory-overlap" }
        #expect(found.map(\.place?.line) == [5])
    }

    @Test("Threads, processors and nodes that two elements name are told of at the second")
    func numbers() throws {
        let around = """
            <vcpu>4</vcpu><iothreads>3</iothreads><iothreadids><iothread id='2'/></iothreadids>
            <cputune><vcpusched vcpus='0-1' scheduler='batch'/><vcpusched vcpus='1-2' scheduler='idle'/>
            <vcpusched vcpus='0,9' scheduler='idle'/>
            <iothreadsched iothreads='1-3' scheduler='batch'/><iothreadsched iothreads='3' scheduler='batch'/>
            <iothreadsched iothreads='4' scheduler='batch'/></cputune>
            """
        let found = try findings("", count: 1, around).filter { $0.path.contains("cputune") }
        #expect(
            found.map { "\($0.rule) \($0.path.split(separator: "/").suffix(2).joined(separator: "/"))" } == [
                "duplicate-scheduling vcpusched[2]/@vcpus", "duplicate-scheduling vcpusched[3]/@vcpus",
                "unknown-vcpu vcpusched[3]/@vcpus", "duplicate-scheduling iothreadsched[2]/@iothreads",
                "unknown-iothread iothreadsched[3]/@iothreads",
            ])
    }
}
