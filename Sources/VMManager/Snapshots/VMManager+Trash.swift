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
    /// - Returns: those that went, and how much of the disk each took; one that some program has open stays.
    @discardableResult
    public func emptyTrash(_ ids: [String]? = nil) throws(VMError) -> [(image: DiscardedImage, size: UInt64)] {
        let trash = trash
        let images =
            try ids.map { (ids) throws(VMError) in
                var found: [DiscardedImage] = []
                for id in ids { found.append(try trash.get(id)) }
                return found
            } ?? trash.all()
        var removed: [(image: DiscardedImage, size: UInt64)] = []
        for image in images {
            let size = image.bytes
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
        trash.expire(days: settings.trashDays)
    }
}
