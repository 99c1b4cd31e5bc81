import Foundation
import Testing
import VMCore

/// A made-up `/sys`, which goes when the test is over.
package final class MadeUpTree {
    package let root: String

    package init() throws {
        var template = Array("/tmp/vmctl-tree-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Makes a device's folder below `/sys/devices` with its files, and the links that lead to it.
    package func device(_ path: String, _ files: [String: String] = [:], from links: [String] = []) throws {
        let folder = root + "/sys/devices/" + path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files { try write("/sys/devices/\(path)/\(name)", text) }
        for link in links {
            let whole = root + "/sys/" + link + "/" + (path.split(separator: "/").last ?? "")
            let up = String(repeating: "../", count: link.split(separator: "/").count)
            try FileManager.default.createDirectory(
                atPath: root + "/sys/" + link, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: whole, withDestinationPath: up + "devices/" + path)
        }
    }

    package func write(_ path: String, _ text: String) throws {
        let whole = root + path
        let folder = URL(fileURLWithPath: whole).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: whole))
    }

    package func link(_ path: String, to target: String) throws {
        let folder = URL(fileURLWithPath: root + path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: root + path, withDestinationPath: target)
    }

    package func text(_ path: String) -> String { (try? String(contentsOfFile: root + path, encoding: .utf8)) ?? "" }
}

/// Does what the kernel does when somebody writes into the files of a made-up tree's PCI bus: binds devices to drivers and
/// unbinds them.
package final class MadeUpKernel {
    private let thread: Thread

    /// - Parameter drivers: the host's own driver of each device, by its address.
    package init(_ tree: MadeUpTree, drivers: [String: String]) {
        let work = Work(root: tree.root, drivers: drivers)
        thread = Thread { while !Thread.current.isCancelled { work.once() } }
        thread.start()
    }

    deinit { thread.cancel() }

    private struct Work: Sendable {
        let root: String
        let drivers: [String: String]

        func once() {
            let bus = root + "/sys/bus/pci"
            // Looked at first: who writes it has written the other before.
            let probed = take(bus + "/drivers_probe")
            for driver in Set(drivers.values).union(["vfio-pci"]) {
                if let address = take("\(bus)/drivers/\(driver)/unbind") { unlink(path(address) + "/driver") }
            }
            if let address = probed, !Files.exists(path(address) + "/driver") {
                let override = (try? String(contentsOfFile: path(address) + "/driver_override", encoding: .utf8)) ?? ""
                let wanted =
                    override.split(separator: "\n", omittingEmptySubsequences: false).first.map(String.init) ?? ""
                if let driver = wanted.isEmpty ? drivers[address] : wanted {
                    symlink("\(root)/sys/bus/pci/drivers/\(driver)", path(address) + "/driver")
                }
            }
            usleep(500)
        }

        private func path(_ address: String) -> String { root + "/sys/bus/pci/devices/" + address }

        /// What somebody has written into a file, which is empty again.
        private func take(_ path: String) -> String? {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8), !text.isEmpty else { return nil }
            truncate(path, 0)
            return text
        }
    }
}

extension MadeUpTree {
    /// Makes a PCI device that a driver of the host's has, in an IOMMU group.
    package func pciDevice(_ address: String, driver: String?, group: Int, header: UInt8 = 0) throws {
        let path = "pci0000:00/\(address)"
        try device(path, ["driver_override": "", "class": "0x020000\n"], from: ["bus/pci/devices"])
        var configuration = [UInt8](repeating: 0, count: 64)
        configuration[14] = header
        try Data(configuration).write(to: URL(fileURLWithPath: "\(root)/sys/devices/\(path)/config"))
        if let driver {
            try write("/sys/bus/pci/drivers/\(driver)/unbind", "")
            try link("/sys/devices/\(path)/driver", to: "\(root)/sys/bus/pci/drivers/\(driver)")
        }
        try link("/sys/devices/\(path)/iommu_group", to: "\(root)/sys/kernel/iommu_groups/\(group)")
        try link("/sys/kernel/iommu_groups/\(group)/devices/\(address)", to: "\(root)/sys/devices/\(path)")
        try write("/sys/bus/pci/drivers/vfio-pci/unbind", "")
        try write("/sys/bus/pci/drivers_probe", "")
    }

    /// The driver that a device is bound to.
    package func driver(of address: String) -> String? {
        let target = try? FileManager.default.destinationOfSymbolicLink(
            atPath: "\(root)/sys/bus/pci/devices/\(address)/driver")
        return target?.split(separator: "/").last.map(String.init)
    }
}
