import Foundation
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import QEMULauncher

/// Devices and options that came with libvirt 11.4 to 12.5.
@Suite("Newer devices")
struct NewerDeviceTests {
    private func planned(_ name: String = "x86_64-10", architecture: String = "x86_64") throws -> PlannedDomain {
        PlannedDomain(
            capabilities: try RecordedQEMU.capabilities(name, isExtended: true), architecture: architecture)
    }

    /// The words that begin with a brace: options as JSON.
    private func options(_ xml: String, _ planned: PlannedDomain) throws -> [String] {
        let domain = try planned.prepared(xml)
        let line = try CommandLine.build(domain, capabilities: planned.capabilities, host: planned.host)
        return try line.arguments().filter { $0.hasPrefix("{") }
    }

    private func nvme(_ target: String, _ more: String = "") -> String {
        "<disk type='file'><source file='/\(target)'/><target dev='\(target)' bus='nvme'/>\(more)</disk>"
    }

    @Test("NVMe disks are namespaces of controllers, whose serial number is theirs")
    func namespaces() throws {
        let planned = try planned()
        let xml = planned.document(
            machine: "q35",
            nvme("nvme0n1", "<serial>A</serial>") + nvme("nvme0n2") + nvme("nvme2n1", "<serial>B</serial>")
                + "<controller type='nvme' index='1'><serial>C</serial></controller>")
        let domain = try planned.completed(xml)
        let controllers = domain.devices.controllers.filter { $0.type == .nvme }
        #expect(controllers.map(\.index) == [0, 1, 2])
        #expect(controllers.map(\.serial) == ["A", "C", "B"])
        #expect(domain.devices.disks.map { $0.address?.controller } == [0, 0, 2])
        #expect(domain.devices.disks.map { $0.address?.unit } == [0, 1, 0])
        let devices = try options(xml, planned).filter { $0.contains("nvme") && !$0.contains("blockdev") }
        #expect(devices.contains { $0.hasPrefix(#"{"driver":"nvme","id":"nvme0","serial":"A","bus":"pci."#) })
        #expect(devices.contains { $0.hasPrefix(#"{"driver":"nvme-ns","bus":"nvme0","nsid":2,"#) })
        #expect(devices.contains { $0.hasPrefix(#"{"driver":"nvme-ns","bus":"nvme2","nsid":1,"#) })
        #expect(!devices.contains { $0.contains("nvme-ns") && $0.contains("serial") })
        // What was stored is planned as it is.
        #expect(try planned.completed(domain.xml) == domain)
    }

    @Test(
        "NVMe disks that can't be are refused",
        arguments: [
            ("nvme0n1", "", "needs a <serial>"),
            ("nvme0n1", "<serial>123456789012345678901</serial>", "at most 20 bytes"),
            ("nvme0n0", "<serial>A</serial>", "is no name of a disk"),
            ("nvme0n1", "<serial>A</serial><driver queues='2'/>", "only for disks on the bus 'virtio'"),
        ])
    func refusedNamespaces(target: String, more: String, message: String) throws {
        let planned = try planned()
        #expect(throws: VMError.self) { try planned.prepared(planned.document(machine: "q35", nvme(target, more))) }
        let findings = planned.findings(planned.document(machine: "q35", nvme(target, more)))
        #expect(findings.contains { $0.message.contains(message) }, "\(findings)")
    }

    @Test("Two disks of an NVMe controller can't have two serial numbers")
    func serials() throws {
        let planned = try planned()
        let xml = planned.document(
            machine: "q35", nvme("nvme0n1", "<serial>A</serial>") + "\n" + nvme("nvme0n2", "<serial>B</serial>"))
        let finding = try #require(planned.findings(xml).first)
        #expect(finding.message == "the disk 'nvme0n2' has another serial number than its NVMe controller")
        #expect(finding.place != nil)
    }

    @Test("AMD's IOMMU is a PCI function and what works behind it")
    func amd() throws {
        let planned = try planned()
        let xml = planned.document(
            machine: "q35", before: "<features><acpi/><ioapic driver='qemu'/></features>",
            """
            <iommu model='amd'><driver intremap='on' passthrough='on' xtsup='on' iotlb='on' dma_translation='off'/>
            <address type='pci' domain='0' bus='0' slot='1' function='0'/></iommu>
            """)
        let devices = try options(xml, planned)
        #expect(devices.contains(#"{"driver":"AMDVI-PCI","id":"iommu0","bus":"pcie.0","addr":"0x1"}"#))
        #expect(
            devices.contains(
                #"{"driver":"amd-iommu","pci-id":"iommu0","intremap":"on","pt":true,"xtsup":true,"device-iotlb":true,"#
                    + #""dma-translation":false}"#))
        // Without the property the function would be made where another device may be.
        let older = PlannedDomain(capabilities: try RecordedQEMU.capabilities("x86_64"))
        #expect(older.findings(xml).contains { $0.message.contains("the IOMMU 'amd' is not supported by this QEMU") })
    }

    @Test("More than 255 processors take x2APIC of AMD's IOMMU too")
    func manyProcessors() throws {
        let planned = try planned()
        let reading = try Domain(
            xml: planned.document(machine: "q35", vcpu: "<vcpu>256</vcpu>", "<iommu model='amd'/>"))
        let domain = try Planner.complete(
            reading, capabilities: planned.capabilities, host: planned.host, options: .init(isNewDefinition: true))
        #expect(domain.devices.iommus.first?.driver.intremap == .on)
        #expect(domain.devices.iommus.first?.driver.xtsup == .on)
    }

    @Test("Each PCI bus of an ARM board may have its IOMMU")
    func buses() throws {
        let planned = try planned("aarch64", architecture: "aarch64")
        let bridges = """
            <controller type='pci' index='1' model='pcie-expander-bus'><target busNr='252'/></controller>
            <controller type='pci' index='2' model='pcie-expander-bus'><target busNr='248'/></controller>
            """
        func iommu(_ bus: Int) -> String { "<iommu model='smmuv3'><driver pciBus='\(bus)'/></iommu>" }
        let xml = planned.document(machine: "virt", bridges + iommu(1) + iommu(2))
        let domain = try planned.prepared(xml)
        let line = try CommandLine.build(domain, capabilities: planned.capabilities, host: planned.host).arguments()
        #expect(line.contains(#"{"driver":"arm-smmuv3","primary-bus":"pci.1","id":"iommu0"}"#))
        #expect(line.contains(#"{"driver":"arm-smmuv3","primary-bus":"pci.2","id":"iommu1"}"#))
        #expect(!line.contains { $0.contains("iommu=smmuv3") })
        let twice = planned.findings(planned.document(machine: "virt", bridges + iommu(1) + iommu(1)))
        #expect(twice.contains { $0.message == "PCI bus 1 has an IOMMU already" })
        let mixed = planned.findings(planned.document(machine: "virt", bridges + iommu(1) + "<iommu model='smmuv3'/>"))
        #expect(mixed.contains { $0.message.contains("each needs a PCI bus of its own") })
    }

    @Test(
        "Options that an IOMMU's model doesn't have are refused",
        arguments: ["granule='4'", "xtsup='on'", "pciBus='1'"])
    func foreignOptions(option: String) throws {
        let planned = try planned()
        let findings = planned.findings(
            planned.document(machine: "q35", "<iommu model='intel'><driver \(option)/></iommu>"))
        #expect(findings.map(\.rule) == ["iommu-options"])
    }

    @Test("A device of the host has NUMA cells, and is reached by IOMMUFD")
    func assigned() throws {
        let planned = try planned()
        func device(_ slot: Int, _ cells: String, _ driver: String = "") -> String {
            """
            <hostdev mode='subsystem' type='pci'>\(driver)
            <source><address domain='0' bus='3' slot='\(slot)' function='0'/></source><acpi nodeset='\(cells)'/></hostdev>
            """
        }
        let cpu = """
            <iommufd enabled='yes'/><cpu><numa><cell id='0' cpus='0' memory='64' unit='MiB'/>
            <cell id='1' memory='0'/><cell id='2' memory='0'/></numa></cpu>
            """
        let xml = planned.document(
            machine: "q35", before: cpu, device(1, "1") + device(2, "1-2", "<driver iommufd='no'/>"))
        let all = try options(xml, planned)
        #expect(all.filter { $0.contains("\"iommufd\"") && $0.contains("qom-type") }.count == 1)
        #expect(all.contains { $0.contains("0000:03:01.0") && $0.contains(#""iommufd":"iommufd0""#) })
        #expect(all.contains { $0.contains("0000:03:02.0") && !$0.contains("iommufd") })
        #expect(
            all.filter { $0.contains("acpi-generic-initiator") } == [
                #"{"qom-type":"acpi-generic-initiator","id":"gi0","pci-dev":"hostdev0","node":1}"#,
                #"{"qom-type":"acpi-generic-initiator","id":"gi1","pci-dev":"hostdev1","node":1}"#,
                #"{"qom-type":"acpi-generic-initiator","id":"gi2","pci-dev":"hostdev1","node":2}"#,
            ])
        let absent = planned.findings(planned.document(machine: "q35", before: cpu, device(1, "7")))
        #expect(absent.contains { $0.message == "there is no NUMA cell 7" })
        let older = PlannedDomain(capabilities: try RecordedQEMU.capabilities("x86_64"))
        #expect(older.findings(xml).contains { $0.message.contains("IOMMUFD is not supported by this QEMU") })
    }

    @Test("Histograms and limits are set at the start, and when a disk or a card is plugged in")
    func settings() throws {
        let planned = try planned()
        let disk = """
            <disk type='file'><driver name='qemu'><statistics><latency-histogram><bin start='0'/><bin start='10'/>
            <bin start='20'/></latency-histogram></statistics></driver><source file='/a'/><target dev='vda' bus='virtio'/>
            <iotune><total_iops_sec>5</total_iops_sec></iotune></disk>
            """
        let card = """
            <interface type='user'><mac address='52:54:00:00:00:01'/><model type='virtio'/><link state='down'/></interface>
            """
        let whole = try planned.prepared(planned.document(machine: "pc", disk + card))
        let calls = try whole.settings(isRestored: false)
        #expect(calls.map(\.command) == ["block_set_io_throttle", "block-latency-histogram-set", "set_link"])
        #expect(calls[1].arguments == ["id": "virtio-disk0", "boundaries": [10, 20]])
        let live = try planned.prepared(planned.document(machine: "pc"))
        for (text, commands) in [
            (disk, ["device_add", "block_set_io_throttle", "block-latency-histogram-set"]),
            (card, ["device_add", "set_link"]),
        ] {
            let document = try DeviceDocument.read(Array(text.utf8), file: "-")
            let changes = try Hotplug.attach(
                document, to: live, capabilities: planned.capabilities, host: planned.host, nodes: [])
            let steps = try #require(changes.last).steps.map(\.call.command)
            #expect(steps.suffix(commands.count) == commands[...])
        }
    }

    @Test(
        "Histograms that say nothing are refused",
        arguments: [
            ("<latency-histogram><bin start='0'/></latency-histogram>", "no-bins"),
            ("<latency-histogram><bin start='5'/><bin start='5'/></latency-histogram>", "bin-order"),
            (
                "<latency-histogram><bin start='5'/></latency-histogram>"
                    + "<latency-histogram type='all'><bin start='5'/></latency-histogram>", "two-histograms"
            ),
        ])
    func histograms(text: String, rule: String) throws {
        let planned = try planned()
        let xml = planned.document(
            "<disk type='file'><driver name='qemu'><statistics>\(text)</statistics></driver><source file='/a'/>"
                + "<target dev='vda' bus='virtio'/></disk>")
        #expect(planned.findings(xml).map(\.rule).contains(rule))
    }

    @Test("Statistics of intervals are told to a QEMU that keeps them, and refused by others")
    func intervals() throws {
        let planned = try planned()
        let xml = planned.document(
            "<disk type='file'><driver name='qemu'><statistics><statistic interval='60'/></statistics></driver>"
                + "<source file='/a'/><target dev='vda' bus='virtio'/></disk>")
        #expect(try options(xml, planned).contains { $0.contains(#""stats-intervals":[60]"#) })
        let older = PlannedDomain(capabilities: try RecordedQEMU.capabilities("x86_64"))
        #expect(older.findings(xml).contains { $0.message == "this QEMU keeps no statistics of intervals" })
    }

    @Test(
        "What can't be had is refused when the machine is to be started",
        arguments: [
            ("<os><type arch='x86_64' machine='q35'>hvm</type><varstore path='/v'/></os>", "", "varstore"),
            ("", "<iommufd enabled='yes' fdgroup='g'/>", "fdgroup"),
        ])
    func unavailable(os: String, before: String, rule: String) throws {
        let planned = try planned()
        var xml = planned.document(machine: "q35", before: before)
        if !os.isEmpty {
            xml = xml.replacingOccurrences(of: "<os><type arch='x86_64' machine='q35'>hvm</type></os>", with: os)
        }
        #expect(planned.findings(xml).map(\.rule) == [rule])
    }
}
