internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// QEMU's block nodes and how they stand on each other, as it told at one moment. What images a disk has is read from
/// here and nowhere else: a document may be older than what a job has done.
struct BlockGraph {
    /// A bitmap that notes which blocks of a node are written.
    struct Bitmap: Hashable {
        var name: String
        var granularity: UInt64
        var isPersistent: Bool
        var isRecording: Bool
        var isInconsistent: Bool
        /// Bytes of the blocks that it has noted.
        var count: UInt64 = 0
    }

    /// An image of a chain.
    struct Layer {
        /// The node that stands for it.
        var node: String
        /// The node of its bytes; the same one where there is no node for a format.
        var storage: String
        /// QEMU's driver.
        var format: String
        /// As QEMU names it, which may be the number of an open file.
        var file: String?
        /// How the image spells the one below it.
        var backingName: String?
        var bitmaps: [Bitmap] = []

        /// Those that were made by name. The others go with the ones above them.
        var ownNodes: [String] {
            (node == storage ? [node] : [node, storage]).filter { !$0.hasPrefix("#") && !$0.isEmpty }
        }
    }

    private struct Node {
        var driver: String
        var file: String?
        var backingName: String?
        var bitmaps: [Bitmap]
    }

    private var nodes: [String: Node] = [:]
    /// By the upper node and the name of the connection, `file` or `backing`.
    private var children: [String: [String: String]] = [:]

    /// Drivers of nodes that hold no data: what is below is seen through them.
    private static let filters: Set = [
        "throttle", "copy-on-read", "commit_top", "mirror_top", "copy-before-write", "preallocate", "blkverify",
    ]

    /// - Parameters:
    ///   - list: the answer to `query-named-block-nodes`.
    ///   - graph: the answer to `x-debug-query-block-graph`.
    init(list: JSONValue, graph: JSONValue) {
        for entry in list.array ?? [] {
            guard let name = entry["node-name"]?.string, let driver = entry["drv"]?.string else { continue }
            nodes[name] = Node(
                driver: driver, file: entry["file"]?.string, backingName: entry["backing_file"]?.string,
                bitmaps: (entry["dirty-bitmaps"]?.array ?? []).compactMap { Bitmap($0) })
        }
        var names: [Int64: String] = [:]
        for entry in graph["nodes"]?.array ?? [] where entry["type"]?.string == "block-driver" {
            if let id = entry["id"]?.int64, let name = entry["name"]?.string { names[id] = name }
        }
        for entry in graph["edges"]?.array ?? [] {
            guard let above = entry["parent"]?.int64.flatMap({ names[$0] }),
                let below = entry["child"]?.int64.flatMap({ names[$0] }), let role = entry["name"]?.string
            else { continue }
            children[above, default: [:]][role] = below
        }
    }

    func has(_ node: String) -> Bool { nodes[node] != nil }

    /// The node below a filter; other nodes as they are.
    private func belowFilters(_ name: String) -> String? {
        var name = name
        for _ in 0..<1024 {
            guard let node = nodes[name] else { return nil }
            guard Self.filters.contains(node.driver) else { return name }
            guard let next = children[name]?["file"] ?? children[name]?["backing"] else { return nil }
            name = next
        }
        return nil
    }

    /// The images from a node down.
    func chain(from top: String) -> [Layer] {
        var layers: [Layer] = []
        var seen: Set<String> = []
        var next: String? = top
        while let name = next.flatMap({ belowFilters($0) }), let node = nodes[name], seen.insert(name).inserted {
            var storage = name
            while let below = children[storage]?["file"], seen.insert(below).inserted { storage = below }
            layers.append(
                Layer(
                    node: name, storage: storage, format: name == storage ? "raw" : node.driver,
                    file: nodes[storage]?.file, backingName: node.backingName, bitmaps: node.bitmaps))
            next = children[name]?["backing"]
        }
        return layers
    }
}

extension BlockGraph.Bitmap {
    init?(_ json: JSONValue) {
        guard let name = json["name"]?.string, !name.isEmpty else { return nil }
        self.name = name
        granularity = json["granularity"]?.uint64 ?? 65_536
        isPersistent = json["persistent"]?.bool ?? false
        isRecording = json["recording"]?.bool ?? true
        isInconsistent = json["inconsistent"]?.bool ?? false
        count = json["count"]?.uint64 ?? 0
    }
}
