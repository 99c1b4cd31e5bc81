public import VMXML

/// `<lease>`: a lock that a lock manager holds while the machine runs.
public struct Lease: XMLElement {
    /// `<target>`: the file with the lease.
    public struct Target: XMLElement {
        public var path: String?
        /// Bytes from the file's start.
        public var offset: UInt64?
        public init() {}
        public mutating func map(_ x: inout XMLMapper) {
            x.required("path", &path)
            x.attribute("offset", &offset)
        }
    }

    public var lockspace: String?
    public var key: String?
    public var target: Target?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.text("lockspace", &lockspace)
        x.text("key", &key)
        x.element("target", &target)
    }
}
