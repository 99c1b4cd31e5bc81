/// One packet as it travels: a length that counts itself, the header, the payload.
///
///     0   length          u32, of all that is in `bytes`; descriptors come behind, one byte each, uncounted
///     4   program         u32
///     8   version         u32
///     12  procedure       i32
///     16  kind            i32
///     20  serial          u32
///     24  status          i32
///     28  count           u32, only in packets with descriptors
///     …   payload
public struct Packet: Sendable {
    /// Length and header.
    public static let headerLength = 28
    /// Payload and header may take 32 MiB; the length word comes on top.
    public static let maximalLength = 33_554_432 + 4
    /// Descriptors of one packet.
    public static let maximalDescriptors = 32
    /// Data of a stream in one packet: what libvirt sends at most, for clients older than its version 1.0.6 take no more.
    public static let maximalStreamData = 262_120

    public var header: PacketHeader
    /// The whole packet, as it came.
    public let bytes: [UInt8]
    /// Where the payload begins in ``bytes``.
    public let payloadStart: Int
    /// Came with the packet. Whoever takes the packet closes them.
    public var descriptors: [Int32]

    init(header: PacketHeader, bytes: [UInt8], payloadStart: Int, descriptors: [Int32] = []) {
        self.header = header
        self.bytes = bytes
        self.payloadStart = payloadStart
        self.descriptors = descriptors
    }

    public var payload: ArraySlice<UInt8> { bytes[payloadStart...] }

    /// The payload as a value of that type. What stands behind it is left alone.
    public func decode<V: XDRValue>(_ type: V.Type = V.self) throws(XDRError) -> V {
        try V(xdr: bytes, from: payloadStart)
    }

    /// The bytes of a packet that holds `payload`.
    public static func bytes(
        _ header: PacketHeader, _ payload: some XDRValue, descriptors: Int = 0
    ) throws(XDRError) -> [UInt8] {
        var draft = try PacketDraft(payload, descriptors: descriptors)
        draft.complete(header)
        return draft.bytes
    }
}

/// The bytes of a packet whose header isn't known yet. The payload is written at its place, so nothing is copied when the
/// header comes.
struct PacketDraft: Sendable {
    private(set) var bytes: [UInt8]

    /// Room for a header and nothing else.
    init(capacity: Int = 0) {
        bytes = []
        bytes.reserveCapacity(Packet.headerLength + capacity)
        bytes.append(contentsOf: repeatElement(0, count: Packet.headerLength))
    }

    init(_ payload: some XDRValue, descriptors: Int = 0) throws(XDRError) {
        guard descriptors <= Packet.maximalDescriptors else {
            throw XDRError(.overLimit(count: descriptors, limit: Packet.maximalDescriptors), at: 0)
        }
        var mapper = XDRMapper(writingAfter: PacketDraft(capacity: 100).bytes)
        if descriptors > 0 { mapper.write(UInt32(truncatingIfNeeded: descriptors)) }
        mapper.write(payload)
        bytes = try mapper.finish()
        guard bytes.count <= Packet.maximalLength else {
            throw XDRError(.overLimit(count: bytes.count, limit: Packet.maximalLength), at: 0)
        }
    }

    /// Data of a stream: no count before it, no zeros behind it. The caller keeps to ``Packet/maximalStreamData``.
    init(data: ArraySlice<UInt8>) {
        self.init(capacity: data.count)
        bytes.append(contentsOf: data)
    }

    mutating func complete(_ header: PacketHeader) {
        let words = [
            UInt32(truncatingIfNeeded: bytes.count), header.program.rawValue, header.version,
            UInt32(bitPattern: header.procedure), UInt32(bitPattern: header.kind.rawValue), header.serial,
            UInt32(bitPattern: header.status.rawValue),
        ]
        for (index, word) in words.enumerated() {
            for byte in 0..<4 { bytes[4 * index + byte] = UInt8(truncatingIfNeeded: word >> UInt32(24 - 8 * byte)) }
        }
    }
}
