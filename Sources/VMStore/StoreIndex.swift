internal import Glibc
internal import VMCore

/// The index of a store: a folder of links, each named by a UUID, that lead to the document's file.
///
/// It is a shortcut: what it says is verified, and what it doesn't say counts only when its stamp, a link with the store
/// folder's time of change, fits the folder. Files that the store didn't write may be changed where they are, which the
/// folder's time doesn't show, so they are listed besides, in `.foreign`, and looked at each time.
struct StoreIndex {
    /// The store's folder.
    let folder: String

    private var path: String { folder + "/.by-uuid" }
    private var stampLink: String { path + "/stamp" }
    private var foreign: String { path + "/.foreign" }
    /// Where a document is written before it is renamed into place: not in the store's folder, whose time then changes
    /// in one instant. The lock is held while it is there, so one name is enough, and what somebody who was killed has
    /// left is overwritten.
    var staging: String { path + "/.new" }

    private func link(_ uuid: UUID) -> String { "\(path)/\(uuid)" }

    // MARK: Reading

    /// Whether all documents were known when the folder had that time of change.
    ///
    /// A time without a fraction is of a file system whose clock is too coarse to show all changes.
    func isComplete(at time: Int64) -> Bool {
        time % 1_000_000_000 != 0 && Files.linkTarget(stampLink) == "\(time)"
    }

    /// The name that a UUID's link says.
    func name(of uuid: UUID) -> String? {
        guard let target = Files.linkTarget(link(uuid)), target.hasPrefix("../") else { return nil }
        return DocumentStore.name(ofFile: String(target.dropFirst(3)))
    }

    /// The documents that the store didn't write.
    func foreignNames() throws(VMError) -> [String] {
        try Folders.list(foreign).compactMap { DocumentStore.name(ofFile: $0) }
    }

    // MARK: Changing, under the store's lock

    func make() throws(VMError) { try Folders.make(path) }

    /// Removes everything, the stamp first.
    func empty() throws(VMError) {
        removeStamp()
        for entry in try Folders.list(path) where entry != ".foreign" { unlink(path + "/" + entry) }
        for entry in try Folders.list(foreign) { unlink(foreign + "/" + entry) }
        Failpoint.reached("index.emptied")
    }

    /// Has a UUID lead to a name, in one step: no reader misses a document that was there all the time.
    ///
    /// - Returns: false when it couldn't be written.
    @discardableResult
    func add(_ uuid: UUID, _ name: String) -> Bool {
        let (link, target) = (link(uuid), "../\(DocumentName.fileName(name)).xml")
        if symlink(target, link) != 0 {
            guard errno == EEXIST else { return false }
            if Files.linkTarget(link) == target { return true }
            let new = path + "/.link"
            unlink(new)
            guard symlink(target, new) == 0, rename(new, link) == 0 else { return false }
        }
        Failpoint.reached("index.linked")
        return true
    }

    func remove(_ uuid: UUID) { unlink(link(uuid)) }

    /// Notes that the store didn't write a document's file; false when that can't be noted.
    func addForeign(_ name: String) -> Bool {
        guard (try? Folders.make(foreign)) != nil else { return false }
        return symlink(".", "\(foreign)/\(DocumentName.fileName(name)).xml") == 0 || errno == EEXIST
    }

    func removeForeign(_ name: String) { unlink("\(foreign)/\(DocumentName.fileName(name)).xml") }

    func removeStamp() {
        unlink(stampLink)
        Failpoint.reached("stamp.removed")
    }

    /// Notes that the index knows all documents as of that time.
    func stamp(_ time: Int64) {
        if symlink("\(time)", stampLink) != 0 {
            unlink(stampLink)
            symlink("\(time)", stampLink)
        }
        Failpoint.reached("stamp.made")
    }
}
