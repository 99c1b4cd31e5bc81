public import VMCore

/// A stored definition: the XML with what the store knows of it.
public struct StoredDefinition: Sendable, Hashable {
    public var name: String
    public var uuid: UUID
    /// Counts the changes of this definition, so that an editor can see whether it was changed meanwhile.
    public var generation: UInt64
    /// The document, without the store's own line.
    public var xml: [UInt8]
    /// The line of the store's file in which the document begins, from 1: behind the store's own line, which files that
    /// somebody else wrote don't have.
    public var firstLine: Int { generation == 0 ? 1 : 2 }

    /// The line in front of the document. The sum shows whether the file is as the store wrote it; a file without the
    /// line, or with another sum, was written by somebody else and is looked at more closely.
    static let headerStart = Array("<!-- vmctl: generation ".utf8)

    /// The file's contents.
    var fileContents: [UInt8] {
        Array("<!-- vmctl: generation \(generation), uuid \(uuid), sum \(StoredDefinition.sum(xml[...])) -->\n".utf8)
            + xml
    }

    /// What the first line says, when it is the store's and its sum is right.
    struct Header {
        var generation: UInt64
        var uuid: UUID
        var length: Int

        init?(_ bytes: [UInt8]) {
            guard bytes.starts(with: headerStart), let end = bytes.firstIndex(of: 0x0a) else { return nil }
            // By bytes: lists read thousands of these lines.
            let words = bytes[..<end].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ",") }
                .map { String(decoding: $0, as: UTF8.self) }
            guard words.count == 9, let generation = UInt64(words[3]), let uuid = UUID(words[5]),
                words[7] == StoredDefinition.sum(bytes[(end + 1)...])
            else { return nil }
            self.generation = generation
            self.uuid = uuid
            length = end + 1
        }
    }

    /// FNV-1a with 64 bits: against truncation and careless editing, not against malice.
    static func sum(_ bytes: ArraySlice<UInt8>) -> String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(value, radix: 16)
    }
}
