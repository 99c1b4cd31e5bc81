internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The bitmaps that a checkpoint has in the images of one disk.
struct BackupBitmaps {
    let name: String
    /// The images from the top down that have it, whole.
    private(set) var layers: [BlockGraph.Layer] = []
    /// Why what was written since the checkpoint isn't known; nil when it is.
    private(set) var flaw: String?

    /// Bytes that were written since, as far as that is known.
    var dirtyBytes: UInt64 {
        layers.reduce(0) { sum, layer in
            let count = layer.bitmaps.first { $0.name == name }?.count ?? 0
            return sum.addingReportingOverflow(count).overflow ? .max : sum + count
        }
    }

    /// A new image on top of another one has a bitmap of the same name from its first moment on, so all that has it without
    /// a gap is what was written since. A gap means that somebody changed the disk without noting it.
    init(_ name: String, in images: [BlockGraph.Layer]) {
        self.name = name
        var hasEnded = false
        for layer in images {
            guard let bitmap = layer.bitmaps.first(where: { $0.name == name }) else {
                hasEnded = true
                continue
            }
            if hasEnded {
                flaw =
                    layers.isEmpty ? "its image has no bitmap '\(name)'" : "its images have bitmap '\(name)' with gaps"
                return
            }
            if bitmap.isInconsistent {
                flaw = "bitmap '\(name)' was not written down when the machine ended last, and can't be relied on"
                return
            }
            if layers.isEmpty, !bitmap.isRecording {
                flaw = "bitmap '\(name)' is not recording"
                return
            }
            layers.append(layer)
        }
        if layers.isEmpty { flaw = "its image has no bitmap '\(name)'" }
    }

    var sources: [DirtyBitmapMerge.Source] { layers.map { .init(node: $0.node, bitmap: name) } }

    var granularity: UInt64 {
        layers.first?.bitmaps.first { $0.name == name }?.granularity ?? 65_536
    }
}

/// A bitmap in which everything is set: for a disk of which isn't known what was written. It is of coarse grain, so that few
/// writes to a node that holds nothing set all of it.
struct FullBitmap {
    static let bitmap = "all"
    /// 1 GiB.
    private static let grain: UInt64 = 1 << 30

    let node: String

    /// - Parameter size: the disk's, in bytes.
    init(_ machine: LiveMachine, for target: String, size: UInt64) throws(VMError) {
        node = "backup-\(target)-all"
        _ = try? machine.run("blockdev-del", ["node-name": .string(node)])
        try machine.run(
            "blockdev-add", ["driver": "null-co", "node-name": .string(node), "size": JSONValue(size)])
        let add = DirtyBitmap(.add, node: node, bitmap: Self.bitmap, granularity: UInt32(Self.grain))
        try machine.run(add.request(for: nil).command, add.arguments)
        var offset: UInt64 = 0
        while offset < size {
            let length = min(512, size - offset)
            let line = "qemu-io \(node) \"write -q \(offset) \(length)\""
            try machine.run("human-monitor-command", ["command-line": .string(line)])
            offset += Self.grain
        }
    }

    var source: DirtyBitmapMerge.Source { .init(node: node, bitmap: Self.bitmap) }

    func remove(_ machine: LiveMachine) { _ = try? machine.run("blockdev-del", ["node-name": .string(node)]) }
}
