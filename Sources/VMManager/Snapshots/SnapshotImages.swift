internal import Glibc
internal import VMCore
internal import VMImage
internal import VMJSON
internal import VMStorage

/// What is done to images for snapshots of machines that don't run. `qemu-img` takes QEMU's locks, so an image that some
/// program has open is refused, never changed.
struct SnapshotImages: Sendable {
    private let tool: ImageTool
    private let work: Work

    init(_ work: Work) throws(VMError) {
        tool = try ImageTool("qemu-img")
        self.work = work
    }

    /// Runs `qemu-img`.
    func run(_ arguments: [String]) throws(VMError) { try tool.run(arguments, work) }

    // MARK: Inside an image

    /// The snapshots inside a qcow2 image, with the bytes of memory that each has.
    static func list(_ path: String) throws(VMError) -> [String: UInt64] {
        let entries = try QEMUImg.info(path, format: .qcow2)["snapshots"]?.array ?? []
        var found: [String: UInt64] = [:]
        for entry in entries {
            guard let name = entry["name"]?.string else { continue }
            found[name] = entry["vm-state-size"]?.uint64 ?? 0
        }
        return found
    }

    private func snapshot(_ option: String, _ name: String, _ path: String) throws(VMError) {
        try tool.run(["snapshot", "--image-opts", option, name, QEMUImg.options(path, .qcow2)], work)
    }

    func create(_ name: String, in path: String) throws(VMError) { try snapshot("-c", name, path) }

    /// Goes back to a snapshot, which is named by its id: qemu-img takes a name for an id where one has it, and would go back
    /// to another snapshot.
    func apply(_ name: String, to path: String) throws(VMError) {
        let entries = try QEMUImg.info(path, format: .qcow2)["snapshots"]?.array ?? []
        guard let id = entries.first(where: { $0["name"]?.string == name })?["id"]?.string else {
            throw VMError(.notFound, "image '\(path)' has no snapshot '\(name)' inside")
        }
        // What was written is no more what was noted.
        for bitmap in try Self.bitmaps(path).keys { try removeBitmap(bitmap, from: path) }
        try snapshot("-a", id, path)
    }

    /// Whether QEMU takes the name for another snapshot's id.
    static func isMistakable(_ name: String, in path: String) throws(VMError) -> Bool {
        let entries = try QEMUImg.info(path, format: .qcow2)["snapshots"]?.array ?? []
        return entries.contains { $0["id"]?.string == name && $0["name"]?.string != name }
    }

    /// Removes a snapshot where it is.
    func delete(_ name: String, from path: String) throws(VMError) {
        guard Files.exists(path), try Self.list(path)[name] != nil else { return }
        try snapshot("-d", name, path)
    }

    // MARK: Bitmaps

    /// The bitmaps inside a qcow2 image, and whether each can be relied on: it was closed well, and notes what is written.
    static func bitmaps(_ path: String) throws(VMError) -> [String: Bool] {
        let data = try QEMUImg.info(path, format: .qcow2)["format-specific"]?["data"]
        var found: [String: Bool] = [:]
        for entry in data?["bitmaps"]?.array ?? [] {
            guard let name = entry["name"]?.string else { continue }
            let flags = entry["flags"]?.array ?? []
            found[name] = flags.contains("auto") && !flags.contains("in-use")
        }
        return found
    }

    /// False for an image whose header says that no bitmaps in it are to be relied on, which asking qemu-img takes longer for.
    private static func mayHaveBitmaps(_ path: String) -> Bool {
        guard let image = try? ImageFile(path), let header = try? ImageHeader(image, as: .qcow2) else { return true }
        return header.qcow2?.hasBitmaps ?? true
    }

    func addBitmap(_ name: String, to path: String) throws(VMError) {
        try tool.run(["bitmap", "--add", "--image-opts", QEMUImg.options(path, .qcow2), name], work)
        Failpoint.reached("checkpoint.image")
    }

    func removeBitmap(_ name: String, from path: String) throws(VMError) {
        guard Files.exists(path), try Self.bitmaps(path)[name] != nil else { return }
        try tool.run(["bitmap", "--remove", "--image-opts", QEMUImg.options(path, .qcow2), name], work)
        Failpoint.reached("checkpoint.image")
    }

    // MARK: Chains

    /// Makes an image that builds on another one, in a place where there is nothing.
    ///
    /// - Parameter goesOn: what is written to it follows what was written to the other one, so what bitmaps note there is noted
    ///   here from now on.
    func make(_ overlay: SnapshotWork.Overlay, goesOn: Bool = false) throws(VMError) {
        guard !Files.exists(overlay.path) else {
            throw VMError(.exists, "the file '\(overlay.path)' exists already", remedy: "name another file")
        }
        try makeEmpty(overlay)
        if goesOn, overlay.baseFormat == "qcow2", Self.mayHaveBitmaps(overlay.base) {
            for (name, isWhole) in try Self.bitmaps(overlay.base) where isWhole {
                try addBitmap(name, to: overlay.path)
            }
        }
        try Self.sync(overlay.path)
        Failpoint.reached("snapshot.overlay")
    }

    private func makeEmpty(_ overlay: SnapshotWork.Overlay) throws(VMError) {
        let own = QCOW2Overlay(
            on: overlay.base, format: overlay.baseFormat, size: overlay.size, clusterSize: overlay.clusterSize ?? 65536)
        if let own, try own.write(to: overlay.path) { return }
        var options = "compat=1.1"
        if let cluster = overlay.clusterSize { options += ",cluster_size=\(cluster)" }
        try tool.run(
            [
                "create", "-q", "-f", "qcow2", "-u", "-o", options, "-F", overlay.baseFormat, "-b", overlay.base,
                overlay.path, "\(overlay.size)",
            ], work)
    }

    /// Brings what an image holds into the one that it builds on. It stays as it is, so that this may be done again.
    ///
    /// What bitmaps of the upper image note has to be noted below, where it will be looked for: bitmaps that begin below
    /// before the merge note all that it writes, which is that and more.
    func commit(_ merge: SnapshotWork.Merge) throws(VMError) {
        let noted = try Self.bitmaps(merge.top).keys.sorted()
        if !noted.isEmpty {
            let present = try Self.bitmaps(merge.base)
            for name in noted where present[name] == nil { try addBitmap(name, to: merge.base) }
        }
        try tool.run(["commit", "-q", "-d", "--image-opts", QEMUImg.options(merge.top, .qcow2)], work)
        try Self.sync(merge.base)
        Failpoint.reached("snapshot.merged")
    }

    /// Has an image say that it builds on another one with the same contents.
    func rebase(_ path: String, on base: String, format: String) throws(VMError) {
        try tool.run(
            ["rebase", "-q", "-u", "--image-opts", "-F", format, "-b", base, QEMUImg.options(path, .qcow2)], work)
        try Self.sync(path)
        Failpoint.reached("snapshot.rebased")
    }

    /// Whether a file is what a killed `qemu-img` leaves of a new image: nothing, or a header that builds on nothing.
    static func isUnfinished(_ path: String) -> Bool {
        guard Files.oddKind(path) == nil, let image = try? ImageFile(path), image.length <= 1 << 20
        else { return false }
        return image.length == 0 || ImageFormat.probe(image) == .qcow2 && backing(of: path) == nil
    }

    /// Has a file and its place be on the disk.
    static func sync(_ path: String) throws(VMError) {
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard fsync(file.raw) == 0 else { throw .system("cannot write '\(path)'", errno: errno) }
        try Files.syncFolder(of: path)
    }

    /// The image that another one says it builds on; nil when there is none on this host.
    static func backing(of path: String) -> String? {
        guard let image = try? ImageFile(path), let header = try? ImageHeader(image, as: nil) else { return nil }
        return header.backing.flatMap { BackingReference($0.name).localPath(below: path) }
    }
}
