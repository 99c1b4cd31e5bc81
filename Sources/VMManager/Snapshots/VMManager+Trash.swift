public import SupervisorProtocol
public import VMCore

/// Images that were taken away and can be had again.
extension VMManager {
    var trash: ImageTrash { ImageTrash(paths) }

    /// All images that can be had again, the last one that was taken away first.
    public func discardedImages() -> [DiscardedImage] { trash.all() }

    /// Puts an image back where it was.
    ///
    /// - Parameters:
    ///   - id: its number, or the path that it had: then the last one of that path.
    ///   - force: although what it builds on was changed since.
    /// - Throws: `exists` when something else is in its place, `wrong-state` for one that would not be what it was.
    @discardableResult
    public func restoreImage(_ id: String, force: Bool = false) throws(VMError) -> DiscardedImage {
        let image = try trash.get(id)
        try trash.restore(image, force: force)
        return image
    }

    /// Removes images for good.
    ///
    /// - Parameter ids: their numbers or paths; nil is all of them.
    /// - Returns: those that went, and how much of the disk each took; one that some program has open stays, and one that a
    ///   definition, a snapshot or another image refers to where it is now.
    @discardableResult
    public func emptyTrash(_ ids: [String]? = nil) throws(VMError) -> [(image: DiscardedImage, size: UInt64)] {
        let trash = trash
        let images =
            try ids.map { (ids) throws(VMError) in
                var found: [DiscardedImage] = []
                for id in ids { found.append(try trash.get(id)) }
                return found
            } ?? trash.all()
        let users = DiscardedImageUsers(self)
        var removed: [(image: DiscardedImage, size: UInt64)] = []
        for image in images {
            let size = image.bytes
            if users.has(image) { continue }
            if try trash.remove(image) { removed.append((image, size)) }
        }
        return removed
    }

    /// Moves an image of a domain's, which nobody uses, into the trash, and lets go what was there long enough.
    func discard(_ path: String, _ machine: Machine, _ reason: String) throws(VMError) {
        try trash.discard(path, of: machine.name, reason)
        expireTrash()
    }

    func expireTrash() {
        // Settings that can't be read let nothing go.
        guard let settings = try? QEMUSettings.read(settingsFile) else { return }
        let users = DiscardedImageUsers(self)
        trash.expire(days: settings.trashDays) { users.has($0) }
    }
}

/// Who refers to images that were taken away, where they are now: somebody may have made an image on top of one, to look at it.
private final class DiscardedImageUsers {
    private let manager: VMManager
    /// Those found in a folder, since all definitions have to be read for it.
    private var found: [String: ImageReferences] = [:]

    init(_ manager: VMManager) { self.manager = manager }

    func has(_ image: DiscardedImage) -> Bool {
        let hidden = Files.folder(of: image.place)
        let references =
            found[hidden]
            ?? ImageReferences(manager, folders: [hidden, Files.folder(of: hidden)], ignoresCommitted: true)
        found[hidden] = references
        return !references.users(of: image.place).isEmpty
    }
}
