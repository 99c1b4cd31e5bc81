internal import Glibc
package import VMCore
package import VMJSON
package import VMStore

/// Where the moments of one domain are kept, its snapshots or its checkpoints: a folder, named by the domain's UUID so that it
/// outlives a new name.
///
/// Beside the documents there is a link to the current one, and what is being done to them (``work``).
package protocol MomentFolder: Sendable {
    var folder: String { get }
    static var kind: DocumentKind { get }
    /// What the places at which tests kill a process begin with.
    static var word: String { get }
}

extension MomentFolder {
    package var documents: DocumentStore { DocumentStore(folder: folder + "/documents", kind: Self.kind) }
    private var currentLink: String { folder + "/.current" }
    /// What is under way, for whoever goes on should this process be killed.
    package var work: String { folder + "/.work.json" }
    /// Held by whoever changes them.
    package var lock: String { folder + "/.work.lock" }

    package var isThere: Bool { Files.exists(folder) }
    package var isEmpty: Bool { !isThere || ((try? documents.names()) ?? []).isEmpty }

    package func contains(_ name: String) -> Bool { isThere && documents.contains(name) }

    /// The current one's name: the one that the next one follows.
    package var current: String? {
        guard let target = Files.linkTarget(currentLink), let name = DocumentName.name(ofFile: target),
            Files.exists(documents.path(of: name))
        else { return nil }
        return name
    }

    // MARK: Changing, by who holds the lock

    package func setCurrent(_ name: String?) throws(VMError) {
        guard name != current else { return }
        guard let name else {
            if Files.linkTarget(currentLink) != nil { try Files.remove(currentLink, durable: true) }
            return
        }
        let new = currentLink + ".new"
        unlink(new)
        guard symlink(DocumentName.fileName(name), new) == 0, rename(new, currentLink) == 0 else {
            throw .system("cannot write '\(currentLink)'", errno: errno)
        }
        try Files.syncFolder(of: currentLink)
        Failpoint.reached("\(Self.word).current")
    }

    /// Takes a document out; what it says goes to the store's trash.
    package func remove(_ name: String) throws(VMError) {
        guard contains(name) else { return }
        try documents.remove(name)
        Failpoint.reached("\(Self.word).removed")
    }

    /// Removes everything that is known of them, never an image.
    package func removeAll() { Folders.removeTree(folder) }

    // MARK: What is under way

    package func writeWork(_ json: JSONObject) throws(VMError) {
        try Folders.make(folder)
        try Files.write(Array(JSONValue.object(json).description.utf8), to: work, durable: true)
        Failpoint.reached("\(Self.word).journal")
    }

    /// What is under way; nil for nothing.
    ///
    /// - Throws: `io` for what `read` makes nothing of.
    package func readWork<Work>(_ read: (JSONValue) -> Work?) throws(VMError) -> Work? {
        guard Files.exists(work) else { return nil }
        guard let work = read(try JSONParser.parse(try OwnFiles.read(work, limit: 32 << 20))) else {
            throw VMError(.io, "'\(work)' can't be read: it is of another version, or damaged")
        }
        return work
    }

    package func endWork() throws(VMError) {
        Failpoint.reached("\(Self.word).ending")
        try Files.remove(work, durable: true)
    }
}
