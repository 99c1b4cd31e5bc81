import Foundation
import SupervisorProtocol
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager
import VMXML

@testable import VMSupervisor

/// `managed='yes'`: devices that machines take from the host, in a made-up `/sys`; QEMU itself gets none.
@Suite(.needs(.qemu, .root))
struct ManagedDeviceTests {
    private let tree: MadeUpTree
    private let kernel: MadeUpKernel
    private let one = "0000:03:00.0"
    private let two = "0000:03:00.1"

    init() throws {
        tree = try MadeUpTree()
        try tree.pciDevice(one, driver: "igb", group: 7)
        try tree.pciDevice(two, driver: "nvme", group: 8)
        kernel = MadeUpKernel(tree, drivers: [one: "igb", two: "nvme"])
    }

    private func hostdev(_ function: Int, managed: String = "yes") -> String {
        "<hostdev mode='subsystem' type='pci' managed='\(managed)'><source><address domain='0' bus='3' slot='0' "
            + "function='\(function)'/></source></hostdev>"
    }

    private func rooted(_ bench: Bench) -> VMManager {
        var manager = bench.manager
        manager.systemRoot = tree.root
        return manager
    }

    @Test
    func `A machine takes its devices from the host's drivers, and the host has them again when it ends`() throws {
        let bench = try Bench()
        let manager = rooted(bench)
        try bench.define("web", "<devices>\(hostdev(0))\(hostdev(1))</devices>")
        try manager.start("web")
        #expect(tree.driver(of: one) == "vfio-pci" && tree.driver(of: two) == "vfio-pci")
        let record = try bench.runtime("web").hostDevices
        #expect(Files.exists(record))
        _ = try manager.destroy("web")
        try eventually("the host has both again") { tree.driver(of: one) == "igb" && tree.driver(of: two) == "nvme" }
        #expect(!Files.exists(record))
    }

    @Test
    func `What guests may have already is not given back`() throws {
        try tree.pciDevice("0000:04:00.0", driver: "vfio-pci", group: 9)
        let bench = try Bench()
        let manager = rooted(bench)
        try bench.define(
            "web",
            "<devices>\(hostdev(0))<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='4' "
                + "slot='0' function='0'/></source></hostdev></devices>")
        try manager.start("web")
        _ = try manager.destroy("web")
        try eventually("the host has its own again") { tree.driver(of: one) == "igb" }
        #expect(tree.driver(of: "0000:04:00.0") == "vfio-pci")
    }

    @Test
    func `When everything is killed at once, whoever looks after the machine next gives the devices back`() throws {
        let bench = try Bench()
        let manager = rooted(bench)
        try bench.define("web", "<devices>\(hostdev(0))</devices>")
        let state = try manager.start("web")
        killForGood(supervisor: try #require(state.supervisor?.pid))
        kill(try #require(state.qemu?.pid), SIGKILL)
        #expect(tree.driver(of: one) == "vfio-pci")
        try eventually("the host has it again") {
            _ = try manager.mend("web")
            return tree.driver(of: one) == "igb"
        }
    }

    @Test(arguments: ["device.recorded", "device.taken"])
    func `A supervisor that is killed while it takes a device leaves none taken for good`(_ point: String) throws {
        let bench = try LiveBench()
        let plain = try Bench()
        var failing = VMManager(
            paths: plain.manager.paths, supervisorExecutable: try bench.failing(at: point).supervisorExecutable,
            planner: { Bench.emptyMachine($0) })
        failing.systemRoot = tree.root
        try plain.define("web", "<devices>\(hostdev(0))</devices>")
        #expect(throws: VMError.self) { try failing.start("web") }
        try eventually("the host has it again") {
            _ = try rooted(plain).mend("web")
            return tree.driver(of: one) == "igb"
        }
        let manager = rooted(plain)
        try manager.start("web")
        #expect(tree.driver(of: one) == "vfio-pci")
        _ = try manager.destroy("web")
        try eventually("the host has it again") { tree.driver(of: one) == "igb" }
    }

    @Test
    func `A device that one machine has taken is no other's until it is given back`() throws {
        let bench = try Bench()
        let base = bench.folder + "/machines"
        let machines = [UUID.random(), UUID.random()].map { RuntimeFolder(base: base, uuid: $0) }
        for machine in machines { try Folders.make(machine.path) }
        let holds = machines.map { HostDeviceHold($0, root: tree.root) }
        try holds[0].take([one], of: [one])
        #expect(tree.driver(of: one) == "vfio-pci")
        #expect { try holds[1].take([one], of: [one]) } throws: {
            ($0 as? VMError)?.code == .busy && "\($0)".contains(machines[0].uuid.description)
        }
        // Who was refused has nothing to give back.
        #expect(holds[1].giveBack().isEmpty)
        #expect(tree.driver(of: one) == "vfio-pci")
        #expect(holds[0].giveBack().isEmpty)
        #expect(tree.driver(of: one) == "igb")
        try holds[1].take([one], of: [one])
        #expect(holds[1].giveBack().isEmpty && tree.driver(of: one) == "igb")
    }

    @Test
    func `A start whose device can't be had says why, and nothing is taken`() throws {
        try tree.pciDevice("0000:03:00.2", driver: "xhci_hcd", group: 8)
        let bench = try Bench()
        let manager = rooted(bench)
        try bench.define("web", "<devices>\(hostdev(0))\(hostdev(1))</devices>")
        #expect { try manager.start("web") } throws: { "\($0)".contains("0000:03:00.2 (driver 'xhci_hcd')") }
        #expect(tree.driver(of: one) == "igb" && tree.driver(of: two) == "nvme")
        #expect(!Files.exists(try bench.runtime("web").hostDevices))
    }

    @Test
    func `A check finds what a start would, with its place; a USB device that is there twice is none`() throws {
        let bench = try DomainBench()
        var manager = bench.manager
        manager.systemRoot = tree.root
        try tree.pciDevice("0000:03:00.2", driver: "xhci_hcd", group: 8)
        for number in 1...2 {
            try tree.device(
                "usb/1-\(number)",
                ["idVendor": "1234\n", "idProduct": "abcd\n", "busnum": "1\n", "devnum": "\(number)\n"],
                from: ["bus/usb/devices"])
        }
        let usb =
            "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0xabcd'/></source></hostdev>"
        let xml = """
            <domain type='qemu'><name>web</name><memory unit='MiB'>32</memory>
            <os><type arch='x86_64' machine='pc'>hvm</type></os><devices><emulator>\(Bench.qemu)</emulator>
            \(hostdev(0))
            \(hostdev(1))
            \(usb)</devices></domain>
            """
        let reading = try Domain.read(Array(xml.utf8), file: "a.xml", options: .strict)
        let result = manager.check(try reading.checked(), source: reading.source)
        let words = result.causes.map(\.message)
        #expect(words.contains { $0.contains("0000:03:00.2 (driver 'xhci_hcd')") }, "\(words)")
        #expect(words.contains { $0.contains("Multiple USB devices for 1234:abcd were found") }, "\(words)")
        #expect(words.count == 2, "\(words)")
        #expect(result.causes.allSatisfy { $0.diagnostics.first?.place != nil })
    }
}
