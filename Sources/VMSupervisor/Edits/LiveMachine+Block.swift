internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// Disks and their block nodes.
extension LiveMachine {
    /// The names of all block nodes.
    func blockNodes() throws(VMError) -> [String] {
        (try run("query-named-block-nodes", ["flat": true]).array ?? []).compactMap { $0["node-name"]?.string }
    }

    /// What QEMU has for a disk: the name it knows the drive by, and the node on top.
    func drive(_ alias: String) throws(VMError) -> (qdev: String, node: String?) {
        guard let found = try DriveEntry.find(alias, in: run("query-block")), let qdev = found["qdev"]?.string else {
            throw VMError(.notFound, "QEMU has no drive '\(alias)'")
        }
        return (qdev, found["inserted"]?["node-name"]?.string)
    }

    /// What takes a disk's block nodes away, the topmost first: those that were made by name.
    func nodeRemovals(_ disk: Disk) throws(VMError) -> [QMPCall] {
        guard let alias = disk.alias?.name, let top = try drive(alias).node, !top.isEmpty else { return [] }
        var names = Hotplug.blockNodes(of: disk, top: top, among: try namedNodes())
        // A job may have left the disk on nodes that no document tells of.
        for name in try blockGraph().chain(from: top).flatMap(\.ownNodes) where !names.contains(name) {
            names.append(name)
        }
        return names.map { QMPCall("blockdev-del", ["node-name": .string($0)]) } + (try objectRemovals(names))
    }

    func namedNodes() throws(VMError) -> [Hotplug.BlockNode] {
        (try run("query-named-block-nodes", ["flat": true]).array ?? []).compactMap { entry in
            entry["node-name"]?.string.map { Hotplug.BlockNode(name: $0, file: entry["file"]?.string) }
        }
    }

    /// What takes away the secrets and other objects that were made for block nodes.
    func objectRemovals(_ nodes: [String]) throws(VMError) -> [QMPCall] {
        let all = (try run("qom-list", ["path": "/objects"]).array ?? []).compactMap { $0["name"]?.string }
        return Hotplug.objects(of: nodes, among: all).map { QMPCall("object-del", ["id": .string($0)]) }
    }

    func resizeBlock(_ name: String, _ bytes: UInt64, mayShrink: Bool) throws(VMError) {
        let disk = domain.devices.disks[try domain.disk(name)]
        guard let alias = disk.alias?.name, let node = try drive(alias).node else {
            throw VMError(.wrongState, "disk '\(name)' is empty")
        }
        if disk.readonly { throw VMError(.wrongState, "disk '\(name)' is read-only") }
        // What isn't a multiple of a sector can't be told to a guest.
        let (padded, overflow) = bytes.addingReportingOverflow(511)
        guard !overflow else { throw VMError(.invalidArgument, "a disk can't have \(bytes) bytes") }
        let size = padded / 512 * 512
        if !mayShrink {
            let inserted = DriveEntry.find(alias, in: try run("query-block"))?["inserted"]
            guard let present = inserted?["image"]?["virtual-size"]?.uint64 else {
                throw VMError(
                    .unsupported, "the size of disk '\(name)' is not known, so it might be made smaller",
                    remedy: "allow that with \(option: "shrink")")
            }
            guard size >= present else {
                throw VMError(
                    .invalidArgument,
                    "disk '\(name)' has \(ScaledSize(bytes: present)), and \(ScaledSize(bytes: size)) are less: "
                        + "what is behind them would be lost",
                    remedy: "give a larger size, with its unit, such as 20GiB; or allow it with \(option: "shrink")")
            }
        }
        try run("block_resize", ["node-name": .string(node), "size": JSONValue(size)])
    }

    /// Has QEMU tell once when a disk's image grows past so many bytes; 0 forgets that again.
    func setWriteThreshold(_ name: String, _ bytes: UInt64) throws(VMError) {
        let disk = domain.devices.disks[try domain.disk(name)]
        guard let node = try drive(disk.alias?.name ?? "").node, !node.isEmpty else {
            throw VMError(.notFound, "there is no medium in disk '\(name)'")
        }
        // What grows is the file below the format.
        let below = try blockNodes().first { $0 == node.replacing("-format", with: "-storage") }
        try run(
            "block-set-write-threshold",
            ["node-name": .string(below ?? node), "write-threshold": JSONValue(bytes)])
    }
}

/// An entry of `query-block`.
enum DriveEntry {
    /// The drive whose front end is the device of that alias, or a part of it.
    static func find(_ alias: String, in reply: JSONValue) -> JSONValue? {
        (reply.array ?? []).first { entry in isOf(alias, entry["qdev"]?.string) }
    }

    /// Whether QEMU means the device of that alias, or a part of it, with an id or a path.
    static func isOf(_ alias: String, _ name: String?) -> Bool {
        (name ?? "").split(separator: "/").contains { $0 == alias }
    }
}
