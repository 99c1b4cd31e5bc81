public import VMCore

/// What a store has to know of the documents in it: the only place at which domains, networks, pools, secrets and
/// snapshots differ.
public struct DocumentKind: Sendable {
    /// What a document says of itself.
    public struct Identity: Sendable {
        /// nil when it doesn't say.
        public var name: String?
        /// nil when it doesn't say. A kind without UUIDs derives one from the name.
        public var uuid: UUID?

        public init(name: String?, uuid: UUID?) {
            self.name = name
            self.uuid = uuid
        }
    }

    /// The kind as messages name it, `domain`.
    public let word: String
    /// Reads the identity from a file that the store didn't write; the second value is its path, for diagnostics.
    let identity: @Sendable ([UInt8], String) throws(VMError) -> Identity
    /// Refuses names that this kind can't have; ``DocumentName/check(_:of:)`` holds for all of them.
    let checkName: @Sendable (String) throws(VMError) -> Void
    /// The error for a key that isn't there, with a remedy that is better than the kind's own, if there is one.
    let missing: @Sendable (_ key: String, _ remedy: Remedy?) -> VMError
    /// What a user who looks for a removed document can do.
    let trashRemedy: Remedy?
    /// What can be done about a file that the store didn't write and that has no UUID; the value is its path.
    let identifyRemedy: @Sendable (String) -> Remedy?

    /// - Parameters:
    ///   - word: the kind as messages name it, in the singular.
    ///   - missing: the error for a document that isn't there, in libvirt's words.
    ///   - trashRemedy: what a user who looks for a removed document can do.
    ///   - identifyRemedy: what can be done about a file that the store didn't write and that has no UUID.
    ///   - checkName: rules of this kind beyond those of all names.
    ///   - identity: reads the identity from a file that the store didn't write.
    public init(
        word: String, missing: @escaping @Sendable (_ key: String, _ remedy: Remedy?) -> VMError,
        trashRemedy: Remedy? = nil, identifyRemedy: @escaping @Sendable (_ path: String) -> Remedy? = { _ in nil },
        checkName: @escaping @Sendable (String) throws(VMError) -> Void = { (_) throws(VMError) in },
        identity: @escaping @Sendable ([UInt8], String) throws(VMError) -> Identity
    ) {
        self.word = word
        self.missing = missing
        self.trashRemedy = trashRemedy
        self.identifyRemedy = identifyRemedy
        self.checkName = checkName
        self.identity = identity
    }
}
