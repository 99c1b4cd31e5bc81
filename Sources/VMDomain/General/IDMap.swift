public import VMXML

/// `<idmap>`: how user and group ids of a container map to those of the host.
public struct IDMap: XMLElement {
    public var uid: [Range] = []
    public var gid: [Range] = []

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.elements("uid", &uid)
        x.elements("gid", &gid)
    }

    /// `<uid>` and `<gid>`: `count` ids beginning at `start` inside are those beginning at `target` outside.
    public struct Range: XMLElement {
        public var start: UInt32?
        public var target: UInt32?
        public var count: UInt32?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("start", &start)
            x.required("target", &target)
            x.required("count", &count)
        }
    }
}
