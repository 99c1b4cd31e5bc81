import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMXML

@testable import VMManager

/// Devices whose source isn't there when a machine starts.
@Suite("startupPolicy", .timeLimit(.minutes(40)))
struct StartupPolicyTests {
    private func domain(_ devices: String) throws -> Domain {
        try Domain.read(
            Array("<domain type='qemu'><name>p</name><devices>\(devices)</devices></domain>".utf8)
        ).checked()
    }

    private func drive(_ device: String, _ policy: String, _ target: String, path: String = "/nowhere") -> String {
        "<disk type='file' device='\(device)'><source file='\(path)' startupPolicy='\(policy)'/><target dev='\(target)'/></disk>"
    }

    @Test("an absent medium leaves its drive empty, an absent disk the machine, where the policy lets it")
    func disks() throws {
        var domain = try domain(
            drive("cdrom", "optional", "hda") + drive("cdrom", "mandatory", "hdb") + drive("cdrom", "requisite", "hdc")
                + drive("disk", "optional", "vda") + drive("disk", "mandatory", "vdb")
                + drive("cdrom", "optional", "hdd", path: "/bin/sh"))
        var restored = domain
        StartupPolicy.apply(to: &domain, isRestored: false)
        func sources(_ domain: Domain) -> [String] {
            domain.devices.disks.map { "\($0.target?.dev ?? "")=\($0.source.file ?? "")" }
        }
        #expect(
            sources(domain) == ["hda=", "hdb=/nowhere", "hdc=/nowhere", "vdb=/nowhere", "hdd=/bin/sh"])
        StartupPolicy.apply(to: &restored, isRestored: true)
        // A state knows its disks; of media that only had to be there at the first start nobody asks any more.
        #expect(
            sources(restored) == [
                "hda=", "hdb=/nowhere", "hdc=", "vda=/nowhere", "vdb=/nowhere", "hdd=/bin/sh",
            ])
    }

    @Test("a USB device is known by its numbers or its place; an absent one leaves where the policy lets it")
    func usb() throws {
        let present = [USBDevice(vendor: 0x1d6b, product: 2, bus: 1, device: 1)]
        func device(_ source: String, _ policy: String = "") -> String {
            "<hostdev mode='subsystem' type='usb'><source \(policy)>\(source)</source></hostdev>"
        }
        let known = "<vendor id='0x1d6b'/><product id='0x0002'/>"
        let absent = "<vendor id='0x1234'/><product id='0xabcd'/>"
        var domain = try domain(
            device(known, "startupPolicy='optional'") + device(absent, "startupPolicy='optional'") + device(absent)
                + device("<address bus='1' device='1'/>", "startupPolicy='optional'")
                + device("<address bus='3' device='99'/>", "startupPolicy='optional'"))
        StartupPolicy.apply(to: &domain, isRestored: false) { present }
        #expect(
            domain.devices.hostDevices.map(USBDevice.name(of:)) == ["1d6b:0002", "1234:abcd", "bus 1 device 1"])
    }

    @Test("the host's list is read as it is", .enabled(if: Bench.hasQEMU))
    func list() throws {
        let bench = try Bench()
        let folder = bench.folder + "/usb"
        for (name, value) in [("idVendor", "046d\n"), ("idProduct", "c52b\n"), ("busnum", "3\n"), ("devnum", "12\n")] {
            try FileManager.default.createDirectory(atPath: folder + "/3-1", withIntermediateDirectories: true)
            try value.write(toFile: folder + "/3-1/" + name, atomically: true, encoding: .utf8)
        }
        // An interface, which is no device.
        try FileManager.default.createDirectory(atPath: folder + "/3-1:1.0", withIntermediateDirectories: true)
        #expect(USBDevice.all(below: folder) == [USBDevice(vendor: 0x46d, product: 0xc52b, bus: 3, device: 12)])
        #expect(USBDevice.all(below: "/nowhere") == [])
    }

    @Test(
        "a machine starts without an optional medium, and not without a USB device that must be there",
        .enabled(if: Bench.hasQEMU))
    func start() throws {
        let bench = try LiveBench()
        try bench.start(
            "light",
            "<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/nowhere' startupPolicy='optional'/>"
                + "<target dev='hdc' bus='ide'/></disk><disk type='file' device='disk'><driver name='qemu' type='raw'/>"
                + "<source file='/nowhere/b' startupPolicy='optional'/><target dev='vdb' bus='virtio'/></disk>")
        let changes = try bench.bench.journal("light").split(separator: "\n").filter { $0.contains("disk-change") }
        #expect(changes.count == 2)
        #expect(changes.contains { $0.contains("\"hdc\"") && $0.contains("missing-on-start") })
        #expect(changes.contains { $0.contains("\"vdb\"") && $0.contains("dropped-on-start") })
        #expect(try !bench.manager.xml("light").contains("/nowhere"))
        // Media that somebody changes are told of, too.
        let image = try bench.image("medium.iso")
        _ = try bench.manager.changeMedia("light", target: "hdc", .insert(path: image), live: true)
        _ = try bench.manager.changeMedia("light", target: "hdc", .eject, live: true, force: true)
        let media = try bench.bench.journal("light").split(separator: "\n").filter {
            $0.contains("disk-change") && $0.contains("\"media\"")
        }
        #expect(media.count == 2)
        #expect(media.first?.contains("\"after\"") == true && media.last?.contains("\"before\"") == true)
        // It stays what it is in the definition.
        #expect(try bench.manager.xml("light", inactive: true).contains("/nowhere"))
        let error = #expect(throws: VMError.self) {
            try bench.start(
                "heavy",
                "<controller type='usb' model='qemu-xhci'/><hostdev mode='subsystem' type='usb'><source>"
                    + "<vendor id='0x1234'/><product id='0xabcd'/></source></hostdev>")
        }
        #expect(error.map { "\($0)" }?.contains("1234:abcd") == true)
    }
}
