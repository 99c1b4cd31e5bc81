/// Makes packets of bytes that come in any pieces, and gives them their descriptors.
///
/// It holds what has come and no more: a peer that announces 32 MiB and sends 10 bytes costs 10 bytes. After an error it
/// takes nothing.
public struct PacketReader: Sendable {
    /// Why bytes are no packets. The connection can't go on: where the next packet begins isn't known.
    public enum Violation: Error, Sendable, Hashable {
        case tooShort(length: UInt32)
        case tooLong(length: UInt32, limit: Int)
        case tooManyDescriptors(UInt32)
        /// A packet has fewer than it says.
        case missingDescriptors
        /// More have come than packets were there to take them.
        case strayDescriptors
    }

    /// Longest packet that is taken; a server allows less to those that it doesn't know yet.
    public var limit: Int

    /// What has come; ``start`` is where the next packet begins.
    private var buffer: [UInt8] = []
    private var start = 0
    private var descriptors: [Int32] = []
    private var hasFailed = false

    public init(limit: Int = Packet.maximalLength) { self.limit = limit }

    /// Bytes that are held.
    public var heldBytes: Int { buffer.count - start }

    /// Takes what a socket gave. Packets come from ``next()``.
    public mutating func take(_ bytes: Span<UInt8>, descriptors: [Int32] = []) {
        self.descriptors += descriptors
        guard !hasFailed else { return }
        if start > 0 { drop() }
        bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
    }

    /// Descriptors that no packet has taken; the caller closes them.
    public mutating func takeDescriptors() -> [Int32] {
        defer { descriptors = [] }
        return descriptors
    }

    /// The next packet; nil when more bytes are needed.
    public mutating func next() throws(Violation) -> Packet? {
        guard !hasFailed else { return nil }
        do throws(Violation) {
            let packet = try assemble()
            if packet == nil, descriptors.count > allowedDescriptors { throw .strayDescriptors }
            return packet
        } catch {
            hasFailed = true
            start = buffer.count
            drop()
            throw error
        }
    }

    /// Descriptors come with bytes behind their packet. Some clients attach them to its last bytes; so those that come
    /// while a packet is under way are kept.
    private var allowedDescriptors: Int { heldBytes == 0 ? 0 : Packet.maximalDescriptors }

    private mutating func assemble() throws(Violation) -> Packet? {
        guard let length = word(at: 0) else { return nil }
        guard length >= UInt32(Packet.headerLength) else { throw .tooShort(length: length) }
        guard length <= UInt32(clamping: limit) else { throw .tooLong(length: length, limit: limit) }
        guard heldBytes >= Int(length) else { return nil }
        guard let header = try? PacketHeader(xdr: buffer, from: start + 4) else { throw .tooShort(length: length) }
        guard header.kind.hasDescriptors else {
            return finish(header, length: Int(length), payload: Packet.headerLength, descriptors: 0)
        }
        let payload = Packet.headerLength + 4
        guard length >= UInt32(payload), let count = word(at: Packet.headerLength) else {
            throw .tooShort(length: length)
        }
        guard count <= UInt32(Packet.maximalDescriptors) else { throw .tooManyDescriptors(count) }
        guard heldBytes >= Int(length) + Int(count) else { return nil }
        guard descriptors.count >= Int(count) else { throw .missingDescriptors }
        return finish(header, length: Int(length), payload: payload, descriptors: Int(count))
    }

    private func word(at offset: Int) -> UInt32? {
        guard heldBytes >= offset + 4 else { return nil }
        return buffer[start + offset..<start + offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private mutating func finish(_ header: PacketHeader, length: Int, payload: Int, descriptors count: Int) -> Packet {
        let packet = Packet(
            header: header, bytes: Array(buffer[start..<start + length]), payloadStart: payload,
            descriptors: Array(descriptors.prefix(count)))
        descriptors.removeFirst(count)
        start += length + count
        if heldBytes == 0 { drop() }
        return packet
    }

    /// Forgets what packets have been made of; what one large packet needed is given back.
    private mutating func drop() {
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: buffer.capacity <= PacketReader.keptCapacity)
        } else {
            buffer.removeFirst(start)
        }
        start = 0
    }

    private static let keptCapacity = 131_072
}

extension PacketReader.Violation: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooShort(let length): "a packet says that it has \(length) bytes, fewer than its header"
        case .tooLong(let length, let limit): "a packet says that it has \(length) bytes, more than \(limit)"
        case .tooManyDescriptors(let count):
            "a packet says that it has \(count) descriptors, more than \(Packet.maximalDescriptors)"
        case .missingDescriptors: "a packet came without its descriptors"
        case .strayDescriptors: "descriptors came that belong to no packet"
        }
    }
}
