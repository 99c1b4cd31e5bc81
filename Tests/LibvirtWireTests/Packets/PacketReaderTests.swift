import LibvirtWire
import Testing

@Suite("Packets")
struct PacketReaderTests {
    private let header = PacketHeader {
        $0.procedure = 23
        $0.serial = 5
    }

    private func all(_ reader: inout PacketReader) throws -> [Packet] {
        var packets: [Packet] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    private func take(_ bytes: [UInt8], _ descriptors: [Int32], _ reader: inout PacketReader) {
        reader.take(bytes.span, descriptors: descriptors)
    }

    private func violation(_ bytes: [UInt8], descriptors: [Int32] = []) -> PacketReader.Violation? {
        var reader = PacketReader()
        reader.take(bytes.span, descriptors: descriptors)
        do {
            _ = try all(&reader)
            return nil
        } catch { return error as? PacketReader.Violation }
    }

    @Test("a call is a length that counts itself, six words and the arguments")
    func bytes() throws {
        #expect(
            try Packet.bytes(header, "web") == [
                0, 0, 0, 36, 0x20, 0, 0x80, 0x86, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0,
                0, 0, 0, 3, 119, 101, 98, 0,
            ])
    }

    @Test("packets come out of any pieces", arguments: [1, 2, 3, 27, 28, 29, 64, 1000])
    func pieces(_ size: Int) throws {
        let texts = ["", "web", String(repeating: "long ", count: 100), "x"]
        let stream = try texts.flatMap { try Packet.bytes(header, $0) }
        var reader = PacketReader()
        var packets: [Packet] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            take(Array(stream[start..<min(stream.count, start + size)]), [], &reader)
            packets += try all(&reader)
        }
        #expect(try packets.map { try $0.decode(String.self) } == texts)
        #expect(packets.allSatisfy { $0.header == header })
        #expect(reader.heldBytes == 0)
    }

    @Test("what is announced costs nothing before it has come")
    func announcement() throws {
        var reader = PacketReader()
        take([2, 0, 0, 4, 1, 2, 3, 4, 5, 6], [], &reader)
        #expect(try all(&reader).isEmpty)
        #expect(reader.heldBytes == 10)
    }

    @Test("a length that can't be is the end", arguments: [0, 4, 27])
    func tooShort(_ length: UInt8) {
        #expect(violation([0, 0, 0, length]) == .tooShort(length: UInt32(length)))
    }

    @Test("32 MiB and the length word are the most")
    func tooLong() {
        #expect(violation([2, 0, 0, 4]) == nil)
        #expect(violation([2, 0, 0, 5]) == .tooLong(length: 33_554_437, limit: 33_554_436))
        #expect(violation([0xff, 0xff, 0xff, 0xff]) == .tooLong(length: .max, limit: 33_554_436))
    }

    @Test("after a violation nothing is taken or held")
    func afterViolation() throws {
        var reader = PacketReader()
        take([0, 0, 0, 1], [], &reader)
        #expect(throws: PacketReader.Violation.self) { try reader.next() }
        take(try Packet.bytes(header, "web"), [], &reader)
        #expect(try reader.next() == nil)
        #expect(reader.heldBytes == 0)
    }

    // MARK: Descriptors

    private func withDescriptors(_ count: Int) throws -> [UInt8] {
        try Packet.bytes(
            PacketHeader {
                $0.procedure = 309
                $0.kind = .callWithDescriptors
            }, Flagged("<domain/>", flags: 3), descriptors: count)
    }

    @Test("descriptors come with bytes behind the packet, one each")
    func descriptors() throws {
        var reader = PacketReader()
        take(try withDescriptors(2), [], &reader)
        #expect(try all(&reader).isEmpty)
        take([0], [10], &reader)
        #expect(try all(&reader).isEmpty)
        take([0] + (try Packet.bytes(header, "next")), [11], &reader)
        let packets = try all(&reader)
        #expect(packets.map(\.descriptors) == [[10, 11], []])
        #expect(try packets[0].decode(Flagged<String>.self).subject == "<domain/>")
        #expect(try packets[1].decode(String.self) == "next")
        #expect(reader.takeDescriptors().isEmpty)
    }

    @Test("packets that come at once have each their own descriptors")
    func descriptorsInOrder() throws {
        var reader = PacketReader()
        take(try withDescriptors(2) + [0, 0] + withDescriptors(1) + [0], [10, 11, 12], &reader)
        #expect(try all(&reader).map(\.descriptors) == [[10, 11], [12]])
    }

    @Test("descriptors that came with the packet's own bytes are its, too")
    func earlyDescriptors() throws {
        var reader = PacketReader()
        let bytes = try withDescriptors(1)
        take(Array(bytes[..<40]), [9], &reader)
        #expect(try all(&reader).isEmpty)
        take(Array(bytes[40...]) + [0], [], &reader)
        #expect(try all(&reader).map(\.descriptors) == [[9]])
    }

    @Test("a packet without its descriptors, and descriptors without a packet, are violations")
    func wrongDescriptors() throws {
        #expect(violation(try withDescriptors(1) + [0]) == .missingDescriptors)
        #expect(violation(try Packet.bytes(header, "web"), descriptors: [8]) == .strayDescriptors)
        var many = try withDescriptors(1)
        many[31] = 33
        #expect(violation(many) == .tooManyDescriptors(33))
        var short = try Packet.bytes(header, Nothing())
        short[19] = 4
        #expect(violation(short) == .tooShort(length: 28))
    }

    @Test("descriptors that nobody took come back to be closed")
    func unusedDescriptors() throws {
        var reader = PacketReader()
        take(try Packet.bytes(header, "web"), [8, 9], &reader)
        #expect(throws: PacketReader.Violation.self) { _ = try all(&reader) }
        #expect(reader.takeDescriptors() == [8, 9])
        #expect(reader.takeDescriptors().isEmpty)
    }

    @Test("more descriptors than 32 aren't sent")
    func tooManyToSend() { #expect(throws: XDRError.self) { try withDescriptors(33) } }
}
