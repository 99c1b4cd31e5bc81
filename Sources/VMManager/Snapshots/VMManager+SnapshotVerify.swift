public import VMCore
internal import VMDomain
internal import VMImage
internal import VMSnapshot

/// Something that a look at a snapshot's files has found.
public struct SnapshotFinding: Sendable, Hashable {
    public var snapshot: String
    public var path: String?
    /// What is the matter, as a sentence; nil when it is as it should be.
    public var problem: String?
    /// What the file is to the snapshot.
    public var role: String
}

extension VMManager {
    /// Looks whether everything is there that snapshots need: files, formats, sizes, chains, and the snapshots inside images.
    ///
    /// - Parameter name: nil looks at all of the domain's.
    public func verifySnapshots(_ key: String, _ name: String? = nil) throws(VMError) -> [SnapshotFinding] {
        let store = snapshotStore(try find(key))
        var findings: [SnapshotFinding] = []
        if let name {
            findings += verify(try store.get(name))
        } else {
            for broken in try store.broken() {
                findings.append(
                    SnapshotFinding(
                        snapshot: broken, path: store.documents.path(of: broken), problem: "its document can't be read",
                        role: "document"))
            }
            let tree = SnapshotTree(try store.all())
            for record in tree.records { findings += verify(record) }
            for record in tree.records {
                guard let parent = record.parent, tree[parent] == nil else { continue }
                findings.append(
                    SnapshotFinding(
                        snapshot: record.name, path: nil, problem: "its parent '\(parent)' isn't there",
                        role: "parent"))
            }
        }
        if let work = try SnapshotWork.read(store) {
            findings.append(
                SnapshotFinding(
                    snapshot: work.name, path: store.work,
                    problem: "a program was killed while it changed the snapshot; the next start or change goes on",
                    role: "work"))
        }
        return findings
    }

    private func verify(_ record: SnapshotRecord) -> [SnapshotFinding] {
        let snapshot = record.snapshot
        var findings: [SnapshotFinding] = []
        func add(_ role: String, _ path: String?, _ problem: String?) {
            findings.append(SnapshotFinding(snapshot: record.name, path: path, problem: problem, role: role))
        }
        if snapshot.deleteInProgress ?? 0 != 0 {
            add("document", nil, "it is being deleted, and can't be gone back to")
        }
        if snapshot.domain == nil { add("document", nil, "it has no <domain>, and can't be gone back to") }
        for entry in snapshot.disks where entry.snapshot == .internal || entry.snapshot == .external {
            let role = "disk '\(entry.name ?? "")'"
            let disk = snapshot.domain?.devices.disks.first { $0.target?.dev == entry.name }
            guard let disk, let path = storage.path(of: disk.source) else {
                add(role, nil, "its definition has no such disk")
                continue
            }
            add(role, path, problem(of: disk, path, entry, record.name))
        }
        if snapshot.memory?.snapshot == .external {
            let path = snapshot.memory?.file ?? ""
            do throws(VMError) {
                _ = try SaveImage.read(path)
                add("memory", path, nil)
            } catch {
                add("memory", path, error.message)
            }
        }
        switch snapshot.nvram?.snapshot {
        case .copy:
            let path = snapshot.nvram?.file ?? ""
            add("firmware variables", path, Files.exists(path) ? nil : "it isn't there")
        case .internal:
            let path = snapshot.nvram?.file ?? ""
            let inside = (try? SnapshotImages.list(path)) ?? [:]
            add("firmware variables", path, inside[record.name] == nil ? "the snapshot isn't inside it" : nil)
        case nil:
            if snapshot.domain?.os.nvram != nil {
                add("firmware variables", nil, "the snapshot is without them")
            }
        }
        if let path = snapshot.tpm?.file {
            add("TPM", path, Files.exists(path) ? nil : "it isn't there")
        } else if snapshot.hasTPM == false {
            add("TPM", nil, "the snapshot is without its state")
        }
        return findings
    }

    private func problem(of disk: Disk, _ path: String, _ entry: SnapshotDisk, _ name: String) -> String? {
        guard Files.exists(path) else { return "the image isn't there" }
        let format = VMImage.ImageFormat(rawValue: (disk.driver?.type ?? .raw).rawValue)
        do throws(VMError) {
            let image = try ImageFile(path)
            let header = try ImageHeader(image, as: format)
            if header.virtualSize == nil || header.virtualSize == 0 { return "the image has no size" }
            let chain = BackingChain(walking: path, format: format, reach: .anywhere)
            if let first = chain.obstacles.first { return first.error.message }
            guard entry.snapshot == .internal else { return nil }
            guard let memory = try SnapshotImages.list(path)[name] else { return "the snapshot isn't inside the image" }
            _ = memory
            return nil
        } catch {
            return error.message
        }
    }
}
