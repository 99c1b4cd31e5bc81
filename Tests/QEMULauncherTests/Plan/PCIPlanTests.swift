import Foundation
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMXML

@testable import QEMULauncher

/// Where PCI devices are put, and which buses a machine gets for them.
@Suite(.enabled(if: RealQEMU.installed != nil, "QEMU is not installed")) struct PCIPlanTests {
    private func planned() throws -> PlannedDomain { PlannedDomain(capabilities: try PlannedDomain.installed.get()) }

    private func places(_ domain: Domain) -> [String] {
        domain.devices.controllers.filter { $0.type == .pci }
            .map { "\($0.index ?? 0) \($0.pciModel?.rawValue ?? "?") \($0.address?.pci.map { "\($0)" } ?? "-")" }
    }

    @Test("an address of zeros is one that is yet to be found; what is left out of one is zero")
    func partial() throws {
        let planned = try planned()
        let rng = "<memballoon model='none'/><rng model='virtio'><backend model='random'/><address type='pci' %/></rng>"
        func address(_ text: String) throws -> String? {
            let xml = planned.document(rng.replacingOccurrences(of: "%", with: text))
            let found = try planned.completed(xml).devices.rngs.first?.address?.pci
            return found.map { "\($0)" }
        }
        #expect(try address("slot='0x09'") == "0000:00:09.0")
        #expect(try address("domain='0x0000' bus='0x00' slot='0x00'") == "0000:00:02.0")
        #expect(try address("") == "0000:00:02.0")
    }

    @Test(
        "no device gets a function of the board's own chip",
        arguments: [
            ("pc", "slot='1'"), ("pc", "slot='1' function='3'"), ("q35", "slot='0x1f'"),
            ("q35", "slot='0x1f' function='3'"),
        ])
    func boardsFunctions(machine: String, place: String) throws {
        let planned = try planned()
        let sound = "<sound model='ich9'><address type='pci' \(place)/></sound>"
        let error = #expect(throws: VMError.self) {
            try planned.completed(planned.document(machine: machine, sound))
        }
        #expect(error?.message.contains("sound") == true)
        #expect(error?.message.contains("Attempted double use of PCI Address") == true)
        // The functions beside them are free.
        let free = sound.replacingOccurrences(
            of: place, with: machine == "pc" ? "slot='1' function='4'" : "slot='0x1f' function='5'")
        #expect(throws: Never.self) { try planned.completed(planned.document(machine: machine, free)) }
    }

    @Test("a bridge or an expander can't be plugged where only devices fit")
    func wrongBus() throws {
        let planned = try planned()
        let bridge =
            "<controller type='pci' index='2' model='dmi-to-pci-bridge'><address type='pci' bus='0x01'/></controller>"
        let root = "<controller type='pci' index='0' model='pcie-root'/>"
        let first = "<controller type='pci' index='1' model='pcie-root-port'/>"
        let error = #expect(throws: VMError.self) {
            try planned.completed(planned.document(machine: "q35", root + first + bridge))
        }
        #expect(error?.message.contains("can't be plugged into bus 1, a pcie-root-port") == true)
    }

    @Test(
        "a port or a bridge without a number comes behind the board's own bus, if that is written; else it takes its number"
    )
    func portAlone() throws {
        let planned = try planned()
        func models(_ machine: String, _ devices: String) throws -> [String] {
            let domain = try planned.completed(planned.document(machine: machine, devices))
            return domain.devices.controllers.filter { $0.type == .pci }.sorted { $0.index ?? 0 < $1.index ?? 0 }
                .map { "\($0.index ?? 0) \($0.pciModel?.rawValue ?? "?")" }
        }
        let root = "<controller type='pci' model='pcie-root'/>"
        let port = "<controller type='pci' model='pcie-root-port'/>"
        #expect(
            try models("q35", root + port + port).prefix(3) == ["0 pcie-root", "1 pcie-root-port", "2 pcie-root-port"])
        let oldBridge = "<controller type='pci' index='1' model='pci-bridge'/>"
        #expect(try models("pc", oldBridge) == ["0 pci-root", "1 pci-bridge"])
        let bridge = "<controller type='pci' index='1' model='pcie-to-pci-bridge'/>"
        // No port is added for it, as libvirt adds none.
        #expect(throws: VMError.self) { try models("q35", bridge) }
        #expect(
            try models("q35", root + port + "<controller type='pci' model='pcie-to-pci-bridge'/>").prefix(3)
                == ["0 pcie-root", "1 pcie-root-port", "2 pcie-to-pci-bridge"])
        #expect(throws: VMError.self) { try models("q35", port) }
    }

    @Test("more than 255 CPUs bring an IOMMU that remaps their interrupts")
    func manyProcessors() throws {
        let planned = try planned()
        let domain = try planned.completed(planned.document(machine: "q35", vcpu: "<vcpu>256</vcpu>"))
        #expect(domain.devices.iommus.first?.driver.eim == .on)
        #expect(domain.features.ioapic?.driver == .qemu)
        #expect(
            try planned.completed(planned.document(machine: "q35", vcpu: "<vcpu>255</vcpu>")).devices.iommus.isEmpty)
    }

    @Test(
        "on pseries devices of the host get host bridges of their own, by isolation group",
        .needs(.corpus))
    func groups() throws {
        var planned = PlannedDomain(capabilities: try .replay(Corpus.recording("caps_7.1.0_ppc64.latest.replies")))
        planned.architecture = "ppc64"
        planned.host.iommuGroups = ["0000:0a:00.0": 7, "0000:0a:00.1": 7, "0000:0b:00.0": 8]
        func device(_ bus: String, _ function: Int) -> String {
            "<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='\(bus)' slot='0' "
                + "function='\(function)'/></source></hostdev>"
        }
        let devices =
            device("0x0a", 0) + device("0x0b", 0) + device("0x0a", 1) + "<rng model='virtio'>"
            + "<backend model='random'/></rng>"
        let domain = try planned.completed(planned.document(machine: "pseries", devices))
        #expect(places(domain) == ["0 pci-root -", "1 pci-root -", "2 pci-root -"])
        #expect(domain.devices.hostDevices.map { $0.address?.pci?.bus } == [1, 2, 1])
        #expect(domain.devices.rngs.first?.address?.pci?.bus == 0)
    }
}
