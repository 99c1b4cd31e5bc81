internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// A disk's images as QEMU has them open.
struct DiskImages {
    let target: String
    /// The node that the disk's front end uses; filters may lie between it and the first image.
    let root: String
    let graph: BlockGraph
    /// The topmost first.
    let layers: [BlockGraph.Layer]
    /// The path of each; nil for one that is no local file.
    let paths: [String?]

    /// The place of an image that a client names: by its path, or by the number that it has in the live definition,
    /// `vda[3]`.
    func place(of name: String, in disk: Disk) -> Int? {
        var path = name
        if let open = name.firstIndex(of: "["), name.hasSuffix("]") {
            guard name[..<open] == target, let number = UInt32(name[name.index(after: open)...].dropLast()) else {
                return nil
            }
            let place = disk.chain.firstIndex { $0.source.index == number }
            guard let place, let known = disk.chain[place].path else { return place }
            path = known
        }
        if let place = paths.firstIndex(of: path) { return place }
        guard let identity = Files.identity(path) else { return nil }
        return paths.firstIndex { $0.flatMap { Files.identity($0) } == identity }
    }

    /// How messages name an image.
    func name(_ place: Int) -> String { paths[place] ?? layers[place].node }
}

extension LiveMachine {
    func blockGraph() throws(VMError) -> BlockGraph {
        BlockGraph(
            list: try run("query-named-block-nodes", ["flat": true]), graph: try run("x-debug-query-block-graph"))
    }

    /// The images that a disk has now.
    ///
    /// - Throws: `wrong-state` when there is no medium in it.
    func images(of disk: Disk) throws(VMError) -> DiskImages {
        let target = disk.target?.dev ?? ""
        guard let root = try drive(disk.alias?.name ?? "").node, !root.isEmpty else {
            throw VMError(.wrongState, "Requested operation is not valid: disk '\(target)' has no media")
        }
        let graph = try blockGraph()
        let layers = graph.chain(from: root)
        guard !layers.isEmpty else {
            throw VMError(.protocolViolation, "QEMU doesn't tell what disk '\(target)' consists of")
        }
        var paths: [String?] = []
        for layer in layers {
            let file = try layer.file.map { (file) throws(VMError) in try OpenedFiles.path(of: file, self) }
            paths.append(file?.hasPrefix("/") == true ? file : nil)
        }
        return DiskImages(target: target, root: root, graph: graph, layers: layers, paths: paths)
    }

    /// The same images as elements of the disk. What the document says of one is kept.
    ///
    /// - Returns: nil when one of them is neither a local file nor in the document.
    func elements(of images: DiskImages, in disk: Disk) -> [Disk.ChainImage]? {
        let known = disk.chain + (disk.mirror?.images ?? [])
        var elements: [Disk.ChainImage] = []
        for (layer, path) in zip(images.layers, images.paths) {
            let format = layer.format == "vpc" ? "vpc" : layer.format
            if let path {
                let old = known.first {
                    $0.path == path || $0.path.flatMap { Files.identity($0) } == Files.identity(path)
                }
                let source = old?.source ?? (Files.isBlockDevice(path) ? .block(path) : .file(path))
                elements.append(.init(source: source, format: ImageFormat(rawValue: format) ?? old?.format ?? .raw))
            } else if elements.isEmpty, let first = known.first, first.path == nil {
                elements.append(first)
            } else {
                return nil
            }
        }
        return elements
    }

    /// Has the live definition say of a disk what its images are now.
    func noteImages(_ target: String, mirror: DiskMirror?) throws(VMError) {
        var next = domain
        let index = try next.disk(target)
        let images = try images(of: next.devices.disks[index])
        if let elements = elements(of: images, in: next.devices.disks[index]) {
            next.devices.disks[index].setChain(elements, namesBelow: true)
        }
        next.devices.disks[index].mirror = mirror
        try note(next)
    }

    /// Replaces the live definition.
    func note(_ next: Domain) throws(VMError) {
        try make(HotplugChange(steps: [], domain: next), completing: nil)
    }

    /// Takes block nodes away that were made by name, as far as nothing uses them, and what was made for them.
    func removeNodes(_ names: [String]) {
        for name in names { _ = try? run("blockdev-del", ["node-name": .string(name)]) }
        for call in (try? objectRemovals(names)) ?? [] { _ = try? run(call.command, call.arguments) }
        try? OpenedFiles.sweep(self)
    }
}

extension DiskMirror {
    /// Of a disk that has another image when its job has ended.
    init(_ kind: BlockJob.Kind, of outcome: Disk) {
        self.init()
        job = kind == .copy ? .copy : .activeCommit
        source = outcome.source
        format = DiskFormat(outcome.driver?.type ?? .raw)
        backingStore = outcome.backingStore
    }

    /// Its images, the topmost first.
    var images: [Disk.ChainImage] {
        guard let source else { return [] }
        var disk = Disk()
        disk.source = source
        disk.driver = DiskDriver()
        disk.driver?.type = format?.type
        disk.backingStore = backingStore
        return disk.chain
    }
}
