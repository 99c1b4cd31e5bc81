internal import Glibc
public import VMCore

/// PCI devices that machines take from the host for as long as they run.
public enum HostPCIDevices {
    /// Drivers that leave a device to guests, or do nothing with it that a guest could notice.
    private static let harmless: Set = ["vfio-pci", "pci-stub", "pcieport", "shpchp"]

    /// What keeps devices from being given to one guest, each with the address that it is about; empty when nothing does.
    ///
    /// - Parameters:
    ///   - addresses: all that the guest gets, as `0000:03:00.1`.
    ///   - managed: those that are to be taken from the host's drivers.
    ///   - root: the folder that stands for `/`; empty for the host itself.
    public static func problems(
        _ addresses: [String], managed: Set<String>, root: String = "", isRoot: Bool? = nil
    ) -> [(address: String, problem: VMError)] {
        let tree = SystemTree(root: root)
        return addresses.compactMap { address in
            problem(address, addresses, managed.contains(address), tree, isRoot ?? (geteuid() == 0)).map {
                (address, $0)
            }
        }
    }

    private static func problem(
        _ address: String, _ all: [String], _ isManaged: Bool, _ tree: SystemTree, _ isRoot: Bool
    ) -> VMError? {
        guard let path = PCIBinding.path(of: address, tree) else {
            return VMError(
                .notFound, "there is no PCI device \(address) on this host",
                remedy: "'lspci -D' lists those that there are")
        }
        guard PCIBinding.isEndpoint(path, tree) else {
            return VMError(.unsupported, "PCI device \(address) is a bridge, which can't be given to a guest")
        }
        let driver = tree.link(path + "/driver")
        if driver != PCIBinding.guests {
            let use = driver.map { "in use by the host's driver '\($0)'" } ?? "bound to no driver"
            guard isManaged else {
                return VMError(
                    .unsupported, "PCI device \(address) is \(use): it must be bound to vfio-pci",
                    remedy: Remedy(
                        "let root's machine take it with managed='yes', or as root: "
                            + "'driverctl --nosave set-override \(address) vfio-pci'"))
            }
            guard isRoot else {
                return VMError(
                    .unsupported, "PCI device \(address) is \(use), and only root may take it from the host",
                    remedy: Remedy(
                        "as root: 'driverctl --nosave set-override \(address) vfio-pci', and give yourself the right "
                            + "to write its file in /dev/vfio"))
            }
            if let problem = PCIBinding.missingDriver(tree) { return problem }
        }
        return groupProblem(address, path, all, tree)
    }

    /// Devices are handed over with all that the IOMMU can't tell from them.
    private static func groupProblem(
        _ address: String, _ path: String, _ all: [String], _ tree: SystemTree
    ) -> VMError? {
        guard let group = tree.link(path + "/iommu_group") else {
            return VMError(
                .unsupported, "PCI device \(address) is in no IOMMU group",
                remedy: "switch the IOMMU on: in the firmware's setup, and with intel_iommu=on or amd_iommu=on")
        }
        let users = tree.list(path + "/iommu_group/devices").filter { !all.contains($0) }.compactMap { other in
            PCIBinding.path(of: other, tree).flatMap { tree.link($0 + "/driver") }.flatMap { driver in
                harmless.contains(driver) ? nil : "\(other) (driver '\(driver)')"
            }
        }
        guard !users.isEmpty else { return nil }
        return VMError(
            .busy,
            "PCI device \(address) can't be given to a guest alone: its IOMMU group \(group) has devices that the host "
                + "uses: \(users.joined(separator: ", "))",
            remedy: "give those to the same guest, or take them from the host with \(command: "nodedev-detach")")
    }

    /// The file by which a guest gets the devices of an address' group; nil when it is in none.
    public static func groupFile(of address: String, root: String = "") -> String? {
        let tree = SystemTree(root: root)
        return PCIBinding.path(of: address, tree).flatMap { tree.link($0 + "/iommu_group") }
            .flatMap { UInt32($0) }.map { "/dev/vfio/\($0)" }
    }
}
