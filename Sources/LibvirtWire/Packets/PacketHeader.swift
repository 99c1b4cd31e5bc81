/// What stands before each payload: six words.
public struct PacketHeader: XDRValue, Hashable {
    /// What a packet is. Numbers that libvirt doesn't have are kept: a server ignores such packets.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        public static let call = Kind(rawValue: 0)
        public static let reply = Kind(rawValue: 1)
        /// An event, or a word of keepalive: nobody answers it.
        public static let message = Kind(rawValue: 2)
        /// Data of a stream, its end, or its failure.
        public static let stream = Kind(rawValue: 3)
        /// A call with descriptors: their number stands before the arguments.
        public static let callWithDescriptors = Kind(rawValue: 4)
        public static let replyWithDescriptors = Kind(rawValue: 5)
        /// A stretch of zeros in a stream that isn't sent as such.
        public static let streamHole = Kind(rawValue: 6)

        /// Whether the number of descriptors stands before the payload.
        public var hasDescriptors: Bool { self == .callWithDescriptors || self == .replyWithDescriptors }
        public var isCall: Bool { self == .call || self == .callWithDescriptors }
    }

    /// How it goes.
    public struct Status: RawRepresentable, Sendable, Hashable {
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        /// A call, a successful reply, or the end of a stream.
        public static let ok = Status(rawValue: 0)
        /// The payload is a ``RemoteError``; in a stream from the client, nothing: it gives up.
        public static let error = Status(rawValue: 1)
        /// More of the stream comes.
        public static let more = Status(rawValue: 2)
    }

    public var program = Program.remote
    public var version = Program.version
    public var procedure: Int32 = 0
    public var kind = Kind.call
    /// Counted by the client; a reply and all that belongs to a stream repeat the call's.
    public var serial: UInt32 = 0
    public var status = Status.ok

    public init() {}

    public mutating func map(_ x: inout XDRMapper) {
        var program = self.program.rawValue
        var kind = self.kind.rawValue
        var status = self.status.rawValue
        x.map(&program, &version, &procedure, &kind, &serial, &status)
        self.program = Program(rawValue: program)
        self.kind = Kind(rawValue: kind)
        self.status = Status(rawValue: status)
    }
}
