package import VMCore

/// A change of one document that is being planned: what it is based upon. Nothing is locked meanwhile.
///
/// ``DocumentStore/commit(_:_:)`` writes it, unless the document isn't any more what it is based upon.
package struct StoreTransaction: Sendable {
    package let name: String
    /// The document's UUID: the one there is, the one that was asked for, or a new one.
    package let uuid: UUID
    /// What is stored; nil when there is nothing, or nothing that can be used.
    package let base: StoredDocument?
    /// Whether the UUID is one that nobody else can have.
    let isNew: Bool

    /// - Parameter uuid: nil makes a new one.
    init(name: String, uuid: UUID?, base: StoredDocument?) {
        self.name = name
        self.uuid = uuid ?? .random()
        self.base = base
        isNew = uuid == nil
    }

    /// Begins to change a document that was read.
    package init(changing document: StoredDocument) {
        self.init(name: document.name, uuid: document.uuid, base: document)
    }
}

/// What a caller has seen of a document that is to be replaced.
package enum StoreExpectation: Sendable {
    /// Nothing: whatever is there is replaced.
    case any
    /// A document of that generation; 0 is no document at all, or one that the store didn't write.
    case generation(UInt64)
    /// This very document.
    case document(StoredDocument)
}

extension DocumentStore {
    // MARK: Planning and committing

    /// Begins to define a document, new or in the place of the one of the same name and UUID.
    ///
    /// The rules are libvirt's: the same name and UUID replace, one of them alone is a conflict.
    /// - Parameters:
    ///   - uuid: what the document says; nil gives it a new one.
    ///   - takenUUID: the UUID under which that name is in use without a definition, by a transient machine.
    /// - Throws: `exists` on a conflict; `busy` when the document isn't what is expected.
    package func transaction(
        defining name: String, uuid: UUID?, expecting expectation: StoreExpectation = .any, takenUUID: UUID? = nil
    ) throws(VMError) -> StoreTransaction {
        try check(name)
        let base = contains(name) ? try? readListed(name) : nil
        if let taken = base?.uuid ?? takenUUID, taken != uuid { throw nameConflict(name, taken) }
        // Looked for thoroughly when the transaction is committed.
        if base == nil, let uuid, let other = indexedName(uuid), other != name { throw uuidConflict(other, uuid) }
        switch expectation {
        case .any: break
        case .generation(let generation): if generation != base?.generation ?? 0 { throw stale(name) }
        case .document(let document): if document != base { throw stale(name) }
        }
        return StoreTransaction(name: name, uuid: uuid, base: base)
    }

    /// Writes the document that was planned.
    ///
    /// - Throws: `busy` when it was changed since the transaction began; `exists` when its UUID was taken meanwhile.
    @discardableResult
    package func commit(_ transaction: StoreTransaction, _ xml: [UInt8]) throws(VMError) -> StoredDocument {
        guard let document = try commitIfCurrent(transaction, xml) else { throw stale(transaction.name) }
        return document
    }

    /// The same; nil when the document was changed since.
    package func commitIfCurrent(_ transaction: StoreTransaction, _ xml: [UInt8]) throws(VMError) -> StoredDocument? {
        var locked = try LockedStore.take(self)
        guard locked.current(transaction.name) == transaction.base else { return nil }
        if transaction.base == nil, !transaction.isNew,
            let other = try locked.other(transaction.uuid, than: transaction.name)
        {
            throw uuidConflict(other, transaction.uuid)
        }
        let document = StoredDocument(
            name: transaction.name, uuid: transaction.uuid,
            generation: StoredDocument.generation(after: transaction.base?.generation), xml: xml)
        try locked.put(document, replacing: transaction.base)
        try locked.finish()
        return document
    }

    // MARK: With as many attempts as it takes

    /// Defines a document: plans it outside the lock and, when others were quicker, again.
    ///
    /// - Parameters:
    ///   - expectation: what the caller has seen. With anything but ``StoreExpectation/any`` there is one attempt.
    ///   - takenUUID: asked before each attempt; see ``transaction(defining:uuid:expecting:takenUUID:)``.
    ///   - plan: makes the document.
    /// - Returns: what is stored now, and whether it replaced something.
    package func define(
        _ name: String, uuid: UUID?, expecting expectation: StoreExpectation = .any,
        takenUUID: () throws(VMError) -> UUID? = { () throws(VMError) in nil },
        _ plan: (StoreTransaction) throws(VMError) -> [UInt8]
    ) throws(VMError) -> (document: StoredDocument, replaced: Bool) {
        let isOpen = if case .any = expectation { true } else { false }
        return try retry(name, while: isOpen) { () throws(VMError) in
            let transaction = try transaction(
                defining: name, uuid: uuid, expecting: expectation, takenUUID: takenUUID())
            guard let document = try commitIfCurrent(transaction, plan(transaction)) else { return nil }
            return (document, transaction.base != nil)
        }
    }

    /// Changes a document: plans the change outside the lock and, when others were quicker, again from what they made.
    package func change(
        _ name: String, _ plan: (StoredDocument) throws(VMError) -> [UInt8]
    ) throws(VMError) -> StoredDocument {
        try retry(name) { () throws(VMError) in
            let document = try read(name)
            return try commitIfCurrent(StoreTransaction(changing: document), plan(document))
        }
    }

    /// Tries until an attempt comes to something. Of those who are in each other's way one always succeeds, so the end
    /// comes soon unless somebody changes the document without pause.
    package func retry<Result>(
        _ name: String, while isWorthwhile: Bool = true, _ attempt: () throws(VMError) -> Result?
    ) throws(VMError) -> Result {
        let deadline = Deadline.after(patience)
        var pause = Duration.zero
        repeat {
            if let result = try attempt() { return result }
            // Those who plan longest would lose every time.
            pause = min(pause + .milliseconds(1), .milliseconds(20))
            if isWorthwhile { Poll.sleep(pause * Double.random(in: 0...1)) }
        } while isWorthwhile && !deadline.hasPassed
        throw stale(name)
    }

    // MARK: Errors

    func stale(_ name: String) -> VMError {
        VMError(
            .busy, "\(kind.word) '\(name)' was changed meanwhile",
            remedy: "look at the new definition and make your change again")
    }

    private func nameConflict(_ name: String, _ taken: UUID) -> VMError {
        VMError(
            .exists, "\(kind.word) '\(name)' already exists with uuid \(taken)",
            remedy: "choose another <name>, or give the document that <uuid> to change the \(kind.word)")
    }

    func uuidConflict(_ other: String, _ uuid: UUID) -> VMError {
        VMError(
            .exists, "\(kind.word) '\(other)' is already defined with uuid \(uuid)",
            remedy: "leave <uuid> out to get a new one")
    }
}
