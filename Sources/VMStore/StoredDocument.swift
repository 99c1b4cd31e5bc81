public import VMCore

/// A stored document: the XML with what the store knows of it.
public struct StoredDocument: Sendable, Hashable {
    public var name: String
    public var uuid: UUID
    /// Counts the changes of this document, so that an editor can see whether it was changed meanwhile; 0 for a file that
    /// the store didn't write.
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
        Array("<!-- vmctl: generation \(generation), uuid \(uuid), sum \(StoredDocument.sum(xml[...])) -->\n".utf8)
            + xml
    }

    /// The generation after this one. After the last comes the first: 0 would be a file of somebody else's.
    static func generation(after old: UInt64?) -> UInt64 {
        guard let old, old != .max else { return 1 }
        return old + 1
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
                words[7] == StoredDocument.sum(bytes[(end + 1)...])
            else { return nil }
            self.generation = generation
            self.uuid = uuid
            length = end + 1
        }
    }

    private static func sum(_ bytes: ArraySlice<UInt8>) -> String { String(Checksum.fnv1a(bytes), radix: 16) }
}
