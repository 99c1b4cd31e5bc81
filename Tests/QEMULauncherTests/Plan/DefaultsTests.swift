import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import QEMULauncher

/// What planning adds to a document, counted out.
@Suite("What planning adds", .enabled(if: RealQEMU.installed != nil, "QEMU is not installed"))
struct DefaultsTests {
    private let planner: PlannedDomain

    init() throws { planner = PlannedDomain(capabilities: try PlannedDomain.installed.get()) }

    private func completed(_ devices: String, machine: String = "pc", os: String = "", before: String = "") throws
        -> Domain
    {
        try planner.completed(planner.document(machine: machine, os: os, before: before, devices))
    }

    private func words(_ devices: String, os: String = "", vcpu: String = "<vcpu>1</vcpu>", before: String = "") throws
        -> [String]
    {
        let domain = try planner.prepared(planner.document(vcpu: vcpu, os: os, before: before, devices))
        let line = try CommandLine.build(domain, capabilities: planner.capabilities, host: planner.host)
        return try line.arguments(monitor: MonitorConfig(.unix(path: "/m")))
    }

    private static func disk(_ target: String, _ bus: String, _ more: String = "", driver: String = "") -> String {
        "<disk type='file' device='disk'><driver name='qemu' type='raw' \(driver)/><source file='/\(target)'/>"
            + "<target dev='\(target)' bus='\(bus)'/>\(more)</disk>"
    }

    @Test("A SATA controller has six ports, the seventh disk is on the next")
    func sata() throws {
        let names = ["sda", "sdb", "sdc", "sdd", "sde", "sdf", "sdg"]
        let domain = try completed(names.map { Self.disk($0, "sata") }.joined(), machine: "q35")
        let places = domain.devices.disks.map { ($0.address?.controller ?? 99, $0.address?.unit ?? 99) }
        #expect(places.map(\.0) == [0, 0, 0, 0, 0, 0, 1])
        #expect(places.map(\.1) == [0, 1, 2, 3, 4, 5, 0])
    }

    @Test("Two cards of a machine have addresses of their own, the same each time")
    func addresses() throws {
        let cards = "<interface type='user'/><interface type='user'/>"
        let macs = try completed(cards).devices.interfaces.map { $0.mac?.address }
        #expect(Set(macs).count == 2 && !macs.contains(nil))
        #expect(try completed(cards).devices.interfaces.map { $0.mac?.address } == macs)
    }

    @Test("A hub is added where a USB controller's ports are used up, and not before")
    func hubs() throws {
        func hubs(_ model: String, _ inputs: Int) throws -> Int {
            let devices =
                "<controller type='usb' index='0' model='\(model)'/>"
                + String(repeating: "<input type='tablet' bus='usb'/>", count: inputs)
            return try planner.prepared(planner.document(devices)).devices.hubs.count
        }
        #expect(try hubs("ehci", 6) == 0)
        #expect(try hubs("ehci", 7) == 1)
        #expect(try hubs("piix3-uhci", 2) == 0)
        #expect(try hubs("piix3-uhci", 3) == 1)
    }

    @Test("<boot dev> counts where no device has an order of its own, from 1 on")
    func boot() throws {
        let network = "<boot dev='network'/><boot dev='hd'/>"
        let card = "<interface type='user'><model type='virtio'/></interface>"
        let both = try words(Self.disk("vda", "virtio") + card, os: network)
        #expect(both.contains { $0.contains("\"driver\":\"virtio-net-pci\"") && $0.contains("\"bootindex\":1") })
        #expect(both.contains { $0.contains("\"driver\":\"virtio-blk-pci\"") && $0.contains("\"bootindex\":2") })
        let own = try BootIndexes(
            planned(
                Self.disk("vda", "virtio") + card.replacing("/></interface>", with: "/><boot order='1'/></interface>")))
        #expect(own.disk(0) == nil && own.interface(0) == 1)
    }

    private func planned(_ devices: String) throws -> Domain {
        var domain = try completed(devices)
        var boot = OperatingSystem.BootDevice()
        boot.dev = .hd
        domain.os.boot = [boot]
        return domain
    }

    @Test("A full disk stops the guest when it writes; there is no such error of reading")
    func errorPolicy() throws {
        func policies(_ driver: String) throws -> (String?, String?) {
            let device = try words(Self.disk("vda", "virtio", driver: driver)).first { $0.contains("virtio-blk-pci") }
            let object = try JSONParser.parse(device ?? "").object
            return (object?["werror"]?.string, object?["rerror"]?.string)
        }
        #expect(try policies("error_policy='enospace'") == ("enospc", nil))
        #expect(try policies("error_policy='stop'") == ("stop", "stop"))
        #expect(try policies("error_policy='enospace' rerror_policy='ignore'") == ("enospc", "ignore"))
        #expect(try policies("") == (nil, nil))
    }

    @Test("A QEMU that knows no dies isn't told of them")
    func dies() throws {
        var record: [UInt8] = []
        _ = try Capabilities.probe(emulator: RealQEMU.installed?.path ?? "") { bytes throws(VMError) in record = bytes }
        let text = String(decoding: record, as: UTF8.self)
        #expect(text.contains("\"dies\""))
        var old = planner
        old.capabilities = try Capabilities.replay(Array(text.replacing("\"dies\"", with: "\"dyes\"").utf8))
        let topology = "<cpu mode='maximum'><topology sockets='1' dies='1' cores='2' threads='1'/></cpu>"
        func processors(_ planner: PlannedDomain) throws -> String? {
            let domain = try planner.prepared(planner.document(vcpu: "<vcpu>2</vcpu>", before: topology))
            let line = try CommandLine.build(domain, capabilities: planner.capabilities, host: planner.host)
            let words = try line.arguments(monitor: MonitorConfig(.unix(path: "/m")))
            return words.firstIndex(of: "-smp").map { words[$0 + 1] }
        }
        #expect(try processors(planner)?.contains("dies=1") == true)
        #expect(try processors(old)?.contains("dies") == false)
    }

    @Test("What memory modules have isn't the machine's own memory once more")
    func modules() throws {
        let module = "<memory model='dimm'><target><size unit='MiB'>16</size><node>0</node></target></memory>"
        var domain = try completed("")
        domain.memory?.size = ScaledSize(bytes: 64 << 20)
        domain.devices.memories = [
            try MemoryDevice.read(Array(module.utf8), file: "m.xml", root: "memory").checked()
        ]
        func initial() -> UInt64 {
            MemoryOptions.initialSize(
                BuildContext(domain: domain, capabilities: planner.capabilities, host: planner.host))
        }
        #expect(initial() == 48 << 20)
        domain.devices.memories = []
        #expect(initial() == 64 << 20)
    }
}
