public import VMCore

/// The documents of one kind: a folder with an XML file for each.
///
/// Files are replaced whole and durably. Changes are planned without a lock and then committed under the folder's, which
/// is refused when somebody else was quicker; readers take no lock. A file that can't be used spoils nothing but itself.
///
/// Beside the documents the folder has `.lock`; `.by-uuid`, the index; `.autostart`, marks; `.trash`, what was removed;
/// and `.rename` while a rename is under way.
public struct DocumentStore: Sendable {
    public let folder: String
    public let kind: DocumentKind
    /// How long others who change something are waited for, and how long a change is tried again when they were quicker.
    package var patience = Duration.seconds(10)

    public init(folder: String, kind: DocumentKind) {
        self.folder = folder
        self.kind = kind
    }

    /// The file of a document.
    public func path(of name: String) -> String { "\(folder)/\(DocumentName.fileName(name)).xml" }

    var index: StoreIndex { StoreIndex(folder: folder) }

    /// The name of the document in a file of the folder; nil for a file that isn't one of a document.
    static func name(ofFile file: String) -> String? {
        file.hasSuffix(".xml") ? DocumentName.name(ofFile: String(file.dropLast(4))) : nil
    }

    // MARK: Reading

    /// The names of all documents, broken ones included, in the order of their bytes.
    public func names() throws(VMError) -> [String] {
        try OwnFolders.check(folder)
        let leaving = nameBeingLeft()
        return try Folders.list(folder).compactMap { file in
            let name = DocumentStore.name(ofFile: file)
            return name == leaving ? nil : name
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Whether there is a document of that name, usable or not.
    public func contains(_ name: String) -> Bool {
        (try? check(name)) != nil && Files.exists(path(of: name)) && nameBeingLeft() != name
    }

    /// Reads a document.
    ///
    /// - Throws: the kind's error for what isn't there, `no-domain`; `invalid-xml` or `io` when the file is broken.
    public func read(_ name: String) throws(VMError) -> StoredDocument {
        guard contains(name) else { throw kind.missing(name, nil) }
        return try readListed(name)
    }

    /// Refuses names that can't be stored.
    public func check(_ name: String) throws(VMError) {
        try DocumentName.check(name, of: kind.word)
        try kind.checkName(name)
    }

    /// The UUID of a document that ``names()`` has named; throws as ``read(_:)``.
    package func uuidOfListed(_ name: String) throws(VMError) -> UUID {
        let bytes = try contents(name)
        if let header = StoredDocument.Header(bytes) { return header.uuid }
        return try readForeign(bytes, name: name).uuid
    }

    /// Reads a document that ``names()`` has named.
    func readListed(_ name: String) throws(VMError) -> StoredDocument {
        let bytes = try contents(name)
        if let header = StoredDocument.Header(bytes) {
            return StoredDocument(
                name: name, uuid: header.uuid, generation: header.generation, xml: Array(bytes[header.length...]))
        }
        return try readForeign(bytes, name: name)
    }

    private func contents(_ name: String) throws(VMError) -> [UInt8] {
        let path = self.path(of: name)
        do {
            return try OwnFiles.readFollowing(path)
        } catch {
            if !Files.exists(path) { throw kind.missing(name, nil) }
            throw error.wrapped(unusable(name), code: .io)
        }
    }

    /// A file that somebody else wrote or changed.
    private func readForeign(_ bytes: [UInt8], name: String) throws(VMError) -> StoredDocument {
        do throws(VMError) {
            let identity = try kind.identity(bytes, path(of: name))
            guard identity.name == name else {
                throw VMError(
                    .invalidXML,
                    "its <name> is \(DocumentName.quoted(identity.name ?? "")), other than its file says",
                    remedy: "rename the file or correct the <name>")
            }
            guard let uuid = identity.uuid else {
                throw VMError(.invalidXML, "it has no <uuid>", remedy: kind.identifyRemedy(path(of: name)))
            }
            return StoredDocument(name: name, uuid: uuid, generation: 0, xml: bytes)
        } catch {
            throw error.wrapped(unusable(name))
        }
    }

    private func unusable(_ name: String) -> String {
        "the definition of \(kind.word) \(DocumentName.quoted(name)) can't be used"
    }
}
