public import VMDomain
public import VMCore
internal import VMJSON

/// New images on top of those that disks have: what external snapshots are made of.
extension Hotplug {
    /// A disk's new image.
    public struct Overlay: Sendable {
        /// The disk's place among the domain's.
        public var disk: Int
        public var path: String
        /// The node on top of the disk's drive, which goes below.
        public var top: String
        /// The bitmaps that the image below goes on noting the guest's writes in, with their granularity: the new one has them
        /// from its first moment on.
        public var bitmaps: [(name: String, granularity: UInt64)]

        public init(disk: Int, path: String, top: String, bitmaps: [(name: String, granularity: UInt64)] = []) {
            self.disk = disk
            self.path = path
            self.top = top
            self.bitmaps = bitmaps
        }
    }

    /// Has disks write to new images from one instant on. The images are there already.
    ///
    /// - Parameters:
    ///   - nodes: the names of all block nodes.
    /// - Returns: the change, with the live definition in which each image says its number.
    public static func overlay(
        _ overlays: [Overlay], on live: Domain, capabilities: Capabilities, host: HostFacts, nodes: [String]
    ) throws(VMError) -> HotplugChange {
        var next = live
        var steps: [HotplugChange.Step] = []
        var actions: [JSONValue] = []
        var number = (nodes.compactMap { self.number($0) }.max() ?? 0) + 1
        var last: String?
        for overlay in overlays {
            guard next.devices.disks.indices.contains(overlay.disk) else { continue }
            let disk = next.devices.disks[overlay.disk].onTop(of: overlay, number)
            next.devices.disks[overlay.disk] = disk
            var image = StorageOptions.Image(
                source: disk.source, format: .qcow2, driver: disk.driver ?? DiskDriver(), isReadOnly: false,
                metadataCache: disk.driver?.metadataCache, origin: disk.origin)
            image.backing = .some(nil)
            let context = BuildContext(
                domain: next, capabilities: capabilities, host: host,
                nodes: BlockNodeNumbers(next, only: nil, from: number))
            let storage = StorageOptions(context: context, name: "libvirt-\(number)", image: image)
            for option in try storage.make() {
                let call = try option.qmpCall()
                steps.append(.init(call, undo: call.opposite))
            }
            for bitmap in overlay.bitmaps {
                actions.append([
                    "type": "block-dirty-bitmap-add",
                    "data": [
                        "node": .string(storage.topNode), "name": .string(bitmap.name),
                        "granularity": JSONValue(bitmap.granularity), "persistent": true, "disabled": false,
                    ],
                ])
            }
            actions.append([
                "type": "blockdev-snapshot",
                "data": ["node": .string(overlay.top), "overlay": .string(storage.topNode)],
            ])
            last = storage.topNode
            number += 1
        }
        steps.append(.init(QMPCall("transaction", ["actions": .array(actions)])))
        var change = HotplugChange(steps: steps, domain: next)
        change.node = last
        return change
    }
}

extension Disk {
    /// The disk with a new image, and what it has now below that.
    fileprivate func onTop(of overlay: Hotplug.Overlay, _ number: Int) -> Disk {
        var disk = self
        var below = DiskBackingStore()
        var old = source
        // What belongs to the disk stays with its top.
        old.startupPolicy = nil
        let first = Hotplug.number(overlay.top) ?? 0
        below.index = source.index ?? UInt32(exactly: first)
        old.index = nil
        below.source = old
        below.format = DiskFormat(driver?.type ?? .raw)
        below.format?.metadataCache = driver?.metadataCache
        below.backingStore = backingStore?.numbered(from: first + 1)
        disk.backingStore = below
        disk.source = .file(overlay.path)
        disk.source.startupPolicy = source.startupPolicy
        disk.source.index = UInt32(exactly: number)
        var driver = disk.driver ?? DiskDriver()
        driver.type = .qcow2
        disk.driver = driver
        return disk
    }
}

extension DiskBackingStore {
    /// The same with a number for each image that has none.
    fileprivate func numbered(from first: Int) -> DiskBackingStore {
        guard source != nil else { return self }
        var store = self
        if store.index == nil { store.index = UInt32(exactly: first) }
        store.backingStore = backingStore?.numbered(from: first + 1)
        return store
    }
}
