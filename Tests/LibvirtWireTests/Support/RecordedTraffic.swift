import LibvirtWire
import Testing

/// The packets of the file `Traffic/libvirt-9.0.txt`.
enum RecordedTraffic {
    struct Line {
        let number: Int
        let isFromClient: Bool
        let packet: Packet
        let bytes: [UInt8]
    }

    static func packets() throws -> [Line] {
        let text = try textFile("Traffic/libvirt-9.0.txt")
        return try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
            index, line in
            guard let direction = line.first, direction != "#" else { return nil }
            let digits = Array(line.dropFirst(2))
            let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
                UInt8(String(digits[$0...$0 + 1]), radix: 16)
            }
            var reader = PacketReader()
            let carriers = [UInt8](repeating: 0, count: 32)
            reader.take(bytes.span)
            // Descriptors weren't recorded: any number stands for one.
            if PacketHeader.Kind(rawValue: Int32(bytes[19])).hasDescriptors {
                let count = Int(bytes[31])
                reader.take(Array(carriers.prefix(count)).span, descriptors: Array(repeating: 7, count: count))
            }
            let packet = try #require(try reader.next(), "line \(index + 1)")
            return Line(number: index + 1, isFromClient: direction == ">", packet: packet, bytes: bytes)
        }
    }
}
