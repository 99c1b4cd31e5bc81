import Foundation
import TestNeeds
import Testing
import VMCore
import VMJSON

@testable import QEMULauncher

/// What `capabilities` and `domcapabilities` print.
@Suite struct DescriptionTests {
    static let emulator = RealQEMU.installed?.path ?? ""

    private func values(_ document: DescribedElement, _ device: String, _ enumeration: String) -> [String] {
        let section = document.children.first { $0.name == "devices" }?.children.first { $0.name == device }
        let list = section?.children.first { $0.attributes.contains { $0.value == enumeration } }
        return list?.children.compactMap(\.text) ?? []
    }

    @Test(
        "the devices of a real QEMU are those that it has",
        .enabled(if: RealQEMU.installed != nil, "QEMU is not installed"))
    func devices() throws {
        let capabilities = try Capabilities.probe(emulator: Self.emulator)
        let pc = try DomainCapabilities(capabilities, emulator: Self.emulator, machine: "pc", type: "qemu").document
        let q35 = try DomainCapabilities(capabilities, emulator: Self.emulator, machine: "q35", type: "qemu").document
        #expect(values(pc, "disk", "bus") == ["ide", "fdc", "scsi", "virtio", "usb", "sata"])
        #expect(values(q35, "disk", "bus") == ["fdc", "scsi", "virtio", "usb", "sata"])
        #expect(values(q35, "rng", "backendModel") == ["random", "egd", "builtin"])
        #expect(values(q35, "video", "modelType").contains("virtio"))
        #expect(q35.xml.contains("<model usable='yes' vendor='unknown' canonical='qemu64-v1'>qemu64</model>"))
        #expect(q35.xml.contains("<blockers model="))
    }

    @Test(
        "a machine, a type or an architecture that isn't there is refused by name",
        .enabled(if: RealQEMU.installed != nil, "QEMU is not installed"))
    func refusals() throws {
        let capabilities = try Capabilities.probe(emulator: Self.emulator)
        let machine = #expect(throws: VMError.self) {
            try DomainCapabilities(capabilities, emulator: "/q", machine: "q53")
        }
        #expect(machine?.message == "the machine 'q53' is not supported by emulator '/q'")
        #expect(machine?.remedy == "did you mean 'q35'?")
        let type = #expect(throws: VMError.self) { try DomainCapabilities(capabilities, emulator: "/q", type: "xen") }
        #expect(type?.message == "unknown virttype: xen")
        #expect(throws: VMError.self) { try Emulators.find("nonsense") }
    }

    @Test(
        "each recording of the corpus can be described, with every machine",
        .needs(.corpus),
        arguments: Corpus.recordings)
    func corpus(path: String) throws {
        let capabilities = try Capabilities.replay([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
        let guest = HostCapabilities.Guest(emulator: "/q", capabilities: capabilities)
        #expect(guest.element.xml.contains("<arch name='\(capabilities.architecture)'>"))
        let result = try DomainCapabilities(capabilities, emulator: "/q", type: "qemu")
        #expect(result.document.xml.contains("<machine>\(result.machine)</machine>"))
        #expect(result.maximumCPUs > 0)
    }

    @Test("the host is read from its files, and a value says what they say")
    func host() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func write(_ text: String, _ path: String) throws {
            let whole = folder.path + path
            let parent = URL(fileURLWithPath: whole).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
        }
        try write(
            "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 85\nstepping\t: 7\nmicrocode\t: 0x10\n"
                + "flags\t\t: fpu sse4_1\naddress sizes\t: 46 bits physical, 48 bits virtual\n", "/proc/cpuinfo")
        for cpu in 0..<4 {
            let topology = "/sys/devices/system/cpu/cpu\(cpu)/topology"
            try write("\(cpu / 2)\n", topology + "/core_id")
            try write("0\n", topology + "/physical_package_id")
            try write("\(cpu / 2 * 2)-\(cpu / 2 * 2 + 1)\n", topology + "/thread_siblings_list")
            try write("", "/sys/devices/system/node/node0/cpu\(cpu)/online")
        }
        try write("Node 0 MemTotal:   8192 kB\n", "/sys/devices/system/node/node0/meminfo")
        try write("1\n", "/sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages")
        try write("0\n", "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")
        let host = HostDescription(root: folder.path)
        #expect(host.processor.vendor == "Intel")
        #expect(host.processor.microcode == 16)
        #expect(host.processor.cores == 2)
        #expect(host.processor.threads == 2)
        #expect(host.processor.physicalAddressBits == 46)
        #expect(host.pageSizes == [4, 2048])
        let node = try #require(host.nodes.first)
        #expect(node.pages == [.init(sizeKiB: 4, count: 1536), .init(sizeKiB: 2048, count: 1)])
        #expect(node.processors.map(\.siblings) == ["0-1", "0-1", "2-3", "2-3"])
    }

    static let unpacked = {
        let file = URL(fileURLWithPath: #filePath)
        let root = (0..<4).reduce(file) { url, _ in url.deletingLastPathComponent() }
        return root.path + "/build/qemu-10/bin/qemu-system-x86_64"
    }()

    @Test(
        "what QEMU 10 says when it is recorded replays to the same value",
        .enabled(if: FileManager.default.isExecutableFile(atPath: unpacked), "QEMU 10 is not there; make qemu10"))
    func recordingOfQEMU10() throws {
        var record: [UInt8] = []
        let live = try Capabilities.probe(emulator: Self.unpacked) { bytes throws(VMError) in record = bytes }
        #expect(live.version.major == 10)
        #expect(try Capabilities.replay(record) == live)
    }
}
