import Foundation
import TestBench
import Testing
import VMCore

@testable import VMHost

/// Devices that guests are to have, by a made-up `/sys`.
struct HostPCIDevicesTests {
    private let tree: MadeUpTree
    private let one = "0000:03:00.0"
    private let two = "0000:03:00.1"

    init() throws { tree = try MadeUpTree() }

    private func problems(_ addresses: [String], managed: [String]? = nil, isRoot: Bool = true) -> [String] {
        HostPCIDevices.problems(addresses, managed: Set(managed ?? addresses), root: tree.root, isRoot: isRoot)
            .map { "\($0.problem.message)|\($0.problem.remedy.map { "\($0)" } ?? "")" }
    }

    @Test
    func `A device whose IOMMU group the host uses isn't given away, and the others are named`() throws {
        try tree.pciDevice(one, driver: "igb", group: 7)
        #expect(problems([one]).isEmpty)
        try tree.pciDevice(two, driver: "nvme", group: 7)
        try tree.pciDevice("0000:02:00.0", driver: "pcieport", group: 7, header: 1)
        let found = problems([one])
        #expect(found.count == 1 && found[0].contains("0000:03:00.1 (driver 'nvme')"), "\(found)")
        #expect(!found[0].contains("0000:02:00.0"))
        #expect(problems([one, two]).isEmpty, "both go to the same guest")
    }

    @Test
    func `What isn't managed has to be bound before, and only root may take a device`() throws {
        try tree.pciDevice(one, driver: "igb", group: 7)
        #expect(problems([one], managed: []).first?.contains("must be bound to vfio-pci") == true)
        #expect(problems([one], managed: []).first?.contains("managed='yes'") == true)
        let user = problems([one], isRoot: false)
        #expect(user.first?.contains("only root may take it from the host") == true)
        #expect(user.first?.contains("driverctl") == true)
        try tree.pciDevice(two, driver: "vfio-pci", group: 8)
        #expect(problems([two], managed: [], isRoot: false).isEmpty)
    }

    @Test
    func `Devices that aren't there, bridges, and hosts without what it takes are told`() throws {
        #expect(problems(["0000:09:00.0"]).first?.contains("there is no PCI device") == true)
        #expect(problems(["../../x"]).first?.contains("there is no PCI device") == true)
        try tree.pciDevice(one, driver: "pcieport", group: 7, header: 1)
        #expect(problems([one]).first?.contains("is a bridge") == true)
        #expect(throws: VMError.self) { try PCIBinding(address: one, root: tree.root) }
        try tree.pciDevice(two, driver: "igb", group: 8)
        try FileManager.default.removeItem(atPath: tree.root + "/sys/bus/pci/devices/\(two)/iommu_group")
        #expect(problems([two]).first?.contains("is in no IOMMU group") == true)
        try FileManager.default.removeItem(atPath: tree.root + "/sys/bus/pci/drivers/vfio-pci")
        #expect(problems([two]).first?.contains("'vfio-pci' is not loaded") == true)
        #expect(HostPCIDevices.groupFile(of: one, root: tree.root) == "/dev/vfio/7")
        #expect(HostPCIDevices.groupFile(of: two, root: tree.root) == nil)
    }

    @Test
    func `A device is taken and given back by the kernel's files`() throws {
        try tree.pciDevice(one, driver: "igb", group: 7)
        let kernel = MadeUpKernel(tree, drivers: [one: "igb"])
        let device = try PCIBinding(address: one, root: tree.root)
        try device.detach()
        #expect(tree.driver(of: one) == "vfio-pci" && device.isDetached)
        try device.reattach()
        try eventually("the host has it again") { tree.driver(of: one) == "igb" }
        withExtendedLifetime(kernel) {}
    }
}
