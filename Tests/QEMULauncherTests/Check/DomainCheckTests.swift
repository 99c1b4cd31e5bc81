import Foundation
import TestNeeds
import Testing
import VMCore
import VMDomain

@testable import QEMULauncher

/// What a QEMU or a host can't do is said before anything is started, all of it, and with its place.
@Suite(.enabled(if: RealQEMU.installed != nil, "QEMU is not installed")) struct DomainCheckTests {
    private func planned() throws -> PlannedDomain { PlannedDomain(capabilities: try PlannedDomain.installed.get()) }

    @Test("a machine that is fine has no findings")
    func fine() throws {
        let planned = try planned()
        let devices =
            "<disk type='file'><source file='/d.img'/><target dev='vda'/></disk><shmem name='s'>"
            + "<model type='ivshmem-plain'/></shmem><interface type='user'/>"
        #expect(planned.findings(planned.document(devices)) == [])
    }

    @Test("all that is wrong is said at once, each with its place")
    func places() throws {
        let planned = try planned()
        let xml = planned.document(
            before: "<cpu mode='host-passthrough'><feature name='vmxx' policy='require'/></cpu>",
            """
            <controller type='usb' index='0'/>
            <shmem name='s'><model type='ivshmem-plain'/><address type='isa' iobase='0x100'/></shmem>
            <interface type='user'><backend tap='/dev/x'/></interface>
            """)
        let findings = planned.findings(xml)
        #expect(findings.map(\.rule) == ["cpu-mode", "unknown-cpu-feature", "shmem-address", "only-tap"])
        #expect(findings[0].place?.line == 7)
        #expect(findings[1].place?.line == 7)
        #expect(findings[1].suggestion == "vmx")
        #expect(findings[2].place?.line == 10)
        #expect(findings[3].path == "domain/devices/interface/backend/@tap")
        #expect(findings[3].place?.line == 11)
        #expect(findings.allSatisfy { $0.place?.file == "vm.xml" })
    }

    @Test("an emulator of another architecture, a machine type that it doesn't have")
    func machine() throws {
        let planned = try planned()
        let alpha = planned.document().replacingOccurrences(of: "arch='x86_64'", with: "arch='alpha'")
        #expect(planned.findings(alpha).map(\.rule) == ["emulator-architecture"])
        let misspelt = planned.findings(planned.document(machine: "q53"))
        #expect(misspelt.map(\.rule) == ["unknown-machine"])
        #expect(misspelt.first?.suggestion == "q35")
        #expect(misspelt.first?.place?.line == 6)
        // Of machines it is the age that makes them alike.
        for (asked, near) in [
            ("pc-q35-99.0", "pc-q35-7.2"), ("pc-q35-7.1.5", "pc-q35-7.2"), ("pc-i440fx-focal", "pc-i440fx-7.2"),
            ("pc-q35-2.99", "pc-q35-3.0"),
        ] where planned.capabilities.machine("pc-q35-7.2", .tcg)?.alias == "q35" {
            #expect(planned.findings(planned.document(machine: asked)).first?.suggestion == near)
        }
        let isa = planned.document(machine: "isapc", "<controller type='usb' index='0'/>")
        #expect(planned.findings(isa).first?.message.hasPrefix("No PCI buses available for usb controller 0") == true)
    }

    @Test("more CPUs than the machine type takes")
    func processors() throws {
        let planned = try planned()
        let finding = planned.findings(planned.document(vcpu: "<vcpu>300</vcpu>"))
        #expect(finding.map(\.rule) == ["too-many-vcpus"])
        #expect(finding.first?.place?.line == 5)
    }

    @Test("more CPUs than an emulated interrupt controller numbers, where the machine type takes them")
    func x2APIC() throws {
        let planned = try planned()
        let missing = planned.capabilities.cpuModel("Haswell", .tcg)?.unavailableFeatures?.contains("x2apic") == true
        let finding = planned.findings(planned.document(machine: "q35", vcpu: "<vcpu>256</vcpu>"))
        #expect(finding.map(\.rule) == (missing ? ["too-many-vcpus"] : []))
        #expect(planned.findings(planned.document(machine: "q35", vcpu: "<vcpu>255</vcpu>")) == [])
    }

    @Test(
        "disks that can't be read-only, as QEMU says of the same disk", arguments: ["ide", "sata", "sd", "scsi", "usb"])
    func readOnly(bus: String) throws {
        let planned = try planned()
        let target = ["ide": "hda", "sd": "sda"][bus] ?? "sda"
        let disk =
            "<disk type='file'><source file='/d'/><target dev='\(target)' bus='\(bus)'/>%</disk>"
        func findings(_ setting: String) -> [Diagnostic] {
            let machine = bus == "ide" ? "pc" : "q35"
            return planned.findings(
                planned.document(machine: machine, disk.replacingOccurrences(of: "%", with: setting)))
        }
        // What libvirt refuses in the document alone comes first.
        let rule = ["ide": "readonly", "sata": "readonly", "sd": "readonly-bus"][bus]
        #expect(findings("<readonly/>").map(\.rule) == (rule.map { [$0] } ?? []))
        #expect(findings("<readonly/>").allSatisfy { $0.path == "domain/devices/disk/readonly" && $0.place?.line == 9 })
        #expect(findings("") == [])
    }

    @Test("huge pages and nodes that the host doesn't have")
    func memory() throws {
        var planned = try planned()
        planned.host.hugePages = [.init(mount: "/dev/hugepages", sizeKiB: 2048, isDefault: true)]
        planned.host.numaNodes = [0, 1]
        let pages = "<memoryBacking><hugepages><page size='5' unit='MiB'/></hugepages></memoryBacking>"
        let finding = planned.findings(planned.document(before: pages))
        #expect(finding.map(\.rule) == ["no-huge-pages"])
        #expect(finding.first?.accepted == ["2048 KiB"])
        let nodes = "<numatune><memory mode='strict' nodeset='1-2'/></numatune>"
        #expect(
            planned.findings(planned.document(before: nodes)).map(\.message) == [
                "NUMA node 2 is unavailable on this host"
            ])
        #expect(planned.findings(planned.document(before: nodes.replacingOccurrences(of: "1-2", with: "0-1"))) == [])
        let most = "<cpu><numa><cell id='0' cpus='0' memory='9007199254740991' unit='KiB'/></numa></cpu>"
        #expect(planned.findings(planned.document(before: most)).map(\.rule).contains("memory-overflow"))
    }

    @Test("disks of servers, which are one")
    func disks() throws {
        let planned = try planned()
        func disk(_ hosts: String) -> String {
            "<disk type='network'><source protocol='iscsi' name='iqn.x:y/1'>\(hosts)</source><target dev='vda'/></disk>"
        }
        #expect(planned.findings(planned.document(disk("<host name='a' port='1'/>"))) == [])
        #expect(planned.findings(planned.document(disk(""))).map(\.rule) == ["one-host"])
    }
}

/// What only some QEMUs can't do.
@Suite(.needs(.corpus)) struct RecordedCheckTests {
    @Test("old QEMUs: no switch for PS/2, no layers of encryption")
    func old() throws {
        var planned = PlannedDomain(capabilities: try .replay(Corpus.recording("caps_6.2.0_x86_64.replies")))
        let ps2 = planned.document(machine: "q35", before: "<features><ps2 state='off'/></features>")
        #expect(planned.findings(ps2).map(\.rule) == ["feature-emulator"])
        planned.capabilities = try .replay(Corpus.recording("caps_10.0.0_x86_64.latest.replies"))
        #expect(planned.findings(ps2) == [])
        let lun = "<disk type='block' device='lun'><source dev='/dev/sdx'/><target dev='vda' bus='virtio'/></disk>"
        #expect(planned.findings(planned.document(lun)).map(\.rule) == ["lun-on-virtio"])
    }

    @Test("firmware that nothing offers")
    func firmware() throws {
        var planned = PlannedDomain(capabilities: try .replay(Corpus.recording("caps_10.0.0_x86_64.latest.replies")))
        planned.host.readFirmware(root: (Corpus.folder ?? "") + "/host/firmware")
        try #require(!planned.host.firmware.isEmpty)
        let loader = "<loader readonly='yes' type='pflash'>/nowhere/CODE.fd</loader>"
        var xml = planned.document(machine: "q35", os: loader, before: "<features><acpi/></features>")
        xml = xml.replacingOccurrences(of: "<os>", with: "<os firmware='efi'>")
        let findings = planned.findings(xml)
        #expect(findings.map(\.rule) == ["no-firmware"])
        #expect(findings.first?.message.contains("'/nowhere/CODE.fd'") == true)
    }

    @Test("cores of POWER are plugged whole; its processors act as older ones only")
    func power() throws {
        var planned = PlannedDomain(capabilities: try .replay(Corpus.recording("caps_7.1.0_ppc64.latest.replies")))
        planned.architecture = "ppc64"
        let cores = "<cpu><topology sockets='1' cores='2' threads='4'/></cpu>"
        let xml = planned.document(machine: "pseries", vcpu: "<vcpu current='2'>8</vcpu>", before: cores)
        #expect(planned.findings(xml).map(\.rule) == ["vcpu-granularity"])
        planned.host.processorModel = "POWER9"
        func model(_ name: String) -> String {
            planned.document(
                machine: "pseries", type: "kvm", before: "<cpu mode='host-model'><model>\(name)</model></cpu>")
        }
        #expect(planned.findings(model("power9")) == [])
        #expect(planned.findings(model("power10")).map(\.rule) == ["cpu-compatibility"])
    }
}
