public import VMCore

/// Finding documents by their UUIDs, without a lock.
extension DocumentStore {
    /// The name under which a UUID is defined; nil when it isn't.
    ///
    /// With an index that knows all files this takes the same time however many there are. Files that came by hand since,
    /// which the folder's time of change shows, are looked at one by one. A UUID that was changed by hand inside a file
    /// that the store wrote is found when the folder changes the next time.
    public func name(of uuid: UUID) throws(VMError) -> String? {
        if let name = indexedName(uuid) { return name }
        // Whoever changes a document meanwhile changes the folder's time too. That happens rarely, and hardly ever twice.
        for _ in 0..<8 {
            guard let time = Files.stamp(folder)?.modified else { return nil }
            // Asked before the index, which is complete when the stamp is written.
            let isComplete = index.isComplete(at: time)
            if let name = indexedName(uuid) { return name }
            for name in try isComplete ? index.foreignNames() : names() where (try? read(name))?.uuid == uuid {
                return name
            }
            if Files.stamp(folder)?.modified == time { return nil }
        }
        return nil
    }

    /// The document that a user means: the one of that UUID if the key is one and is defined, else the one of that name.
    ///
    /// So a document whose name is the UUID of another one doesn't hide that.
    /// - Returns: nil when there is neither.
    /// - Throws: `invalid-xml` or `io` when the document of that name is broken.
    public func resolve(_ key: String) throws(VMError) -> (name: String, uuid: UUID)? {
        if let uuid = UUID(key), let name = try name(of: uuid) { return (name, uuid) }
        guard contains(key) else { return nil }
        return (key, try uuidOfListed(key))
    }

    /// The name that the index has for a UUID, when its document has that UUID indeed.
    func indexedName(_ uuid: UUID) -> String? {
        guard let name = index.name(of: uuid), (try? read(name))?.uuid == uuid else { return nil }
        return name
    }
}
