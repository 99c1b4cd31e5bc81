package import VMCore

/// The header of a qcow2 image (QEMU's `docs/interop/qcow2.txt`), with the extensions that name other files.
///
/// What QEMU refuses to open is refused here too, for the same reasons.
package struct QCOW2Header: Sendable, Hashable {
    /// How the guest's data is encrypted.
    package enum Encryption: Sendable, Hashable { case none, aes, luks, unknown(UInt32) }

    /// What a program must know of to open the image.
    package struct IncompatibleFeatures: OptionSet, Sendable, Hashable {
        package let rawValue: UInt64
        package init(rawValue: UInt64) { self.rawValue = rawValue }

        /// The reference counts may be wrong: the image was not closed.
        package static let dirty = Self(rawValue: 1 << 0)
        /// The image may be opened for reading only, and repaired.
        package static let corrupt = Self(rawValue: 1 << 1)
        /// The guest's data is in a file of its own.
        package static let externalData = Self(rawValue: 1 << 2)
        package static let compressionType = Self(rawValue: 1 << 3)
        package static let extendedL2 = Self(rawValue: 1 << 4)

        package static let known: Self = [.dirty, .corrupt, .externalData, .compressionType, .extendedL2]
    }

    /// 2 or 3.
    package var version: UInt32
    /// Bytes that a guest sees.
    package var virtualSize: UInt64
    /// The size of a cluster is 2 to this power; 9 to 21.
    package var clusterBits: UInt32
    package var encryption: Encryption
    /// How many snapshots the image holds.
    package var snapshots: UInt32
    package var incompatible: IncompatibleFeatures
    package var compatible: UInt64
    package var autoclear: UInt64
    /// The image below, as it is spelled; nil when there is none.
    package var backing: String?
    /// The declared format of the image below.
    package var backingFormat: String?
    /// The file with the guest's data, as it is spelled; nil when the data is in the image or the file isn't named.
    package var dataFile: String?

    package var isDirty: Bool { incompatible.contains(.dirty) }
    package var isCorrupt: Bool { incompatible.contains(.corrupt) }
    /// Whether the bitmaps that the image holds, if any, are its own: a program that knows nothing of them takes the mark away.
    package var hasBitmaps: Bool { autoclear & 1 != 0 }
}

// MARK: - Reading

extension QCOW2Header {
    private static let shortLength = 72
    private static let longLength = 104
    private static let longestName = 1023
    /// QEMU's buffer for a format's name takes 15 bytes.
    private static let longestFormat = 15
    /// The most bytes of extensions that are looked at; what is there in practice takes less than 1 KiB.
    private static let extensionLimit = 64 << 10

    /// - Throws: `invalidArgument`, saying what is wrong with the header.
    package init(_ image: some ImageBytes) throws(VMError) {
        let fields = Fields(image.bytes(at: 0, count: Self.longLength))
        guard fields.starts(with: Signature.qcow) else { throw image.error("is not in qcow2 format") }
        let version: UInt32 = try image.need(fields.big(at: 4))
        guard version == 2 || version == 3 else {
            throw image.error("has the unknown version \(version) of qcow2")
        }
        guard fields.count >= (version == 2 ? Self.shortLength : Self.longLength) else { throw image.truncated }
        self.version = version
        clusterBits = try image.need(fields.big(at: 20))
        guard (9...21).contains(clusterBits) else { throw image.damaged("its clusters have an impossible size") }
        virtualSize = try image.need(fields.big(at: 24))
        encryption = Encryption(try image.need(fields.big(at: 32)))
        snapshots = try image.need(fields.big(at: 60))
        incompatible = []
        compatible = 0
        autoclear = 0
        if version == 3 {
            incompatible = .init(rawValue: try image.need(fields.big(at: 72)))
            compatible = try image.need(fields.big(at: 80))
            autoclear = try image.need(fields.big(at: 88))
        }
        try readNames(image, fields)
    }

    private var clusterSize: UInt64 { 1 << UInt64(clusterBits) }

    private mutating func readNames(_ image: some ImageBytes, _ fields: Fields) throws(VMError) {
        let nameOffset: UInt64 = try image.need(fields.big(at: 8))
        let nameLength: UInt32 = try image.need(fields.big(at: 16))
        let headerLength: UInt32 = version == 2 ? UInt32(Self.shortLength) : try image.need(fields.big(at: 100))
        guard headerLength >= (version == 2 ? Self.shortLength : Self.longLength), headerLength <= clusterSize else {
            throw image.damaged("its header has an impossible length")
        }
        guard nameOffset <= clusterSize else { throw image.damaged("its backing file's name is outside the header") }
        try readExtensions(image, from: UInt64(headerLength), to: nameOffset > 0 ? nameOffset : clusterSize)
        guard nameOffset > 0, nameLength > 0 else { return }
        guard nameLength <= Self.longestName, UInt64(nameLength) <= clusterSize - nameOffset else {
            throw image.damaged("its backing file's name is too long")
        }
        let name = image.bytes(at: nameOffset, count: Int(nameLength))
        guard name.count == Int(nameLength) else { throw image.truncated }
        let text = Fields.text(name)
        backing = text.isEmpty ? nil : text
    }

    /// Type, length, data padded to eight bytes; the type 0 ends them.
    private mutating func readExtensions(_ image: some ImageBytes, from start: UInt64, to end: UInt64) throws(VMError) {
        guard start < end else { return }
        let area = Fields(image.bytes(at: start, count: Int(clamping: min(end - start, UInt64(Self.extensionLimit)))))
        var position = 0
        while let type: UInt32 = area.big(at: position), let length: UInt32 = area.big(at: position + 4) {
            // Counted from `start`; all terms are below 2^33.
            guard UInt64(position) + 8 + UInt64(length) <= end - start else {
                throw image.damaged("one of its header's extensions is too long")
            }
            guard type != 0 else { return }
            if let data = area.slice(at: position + 8, count: Int(length)) { try note(type, data, image) }
            position += 8 + (Int(length) + 7) / 8 * 8
        }
    }

    private mutating func note(_ type: UInt32, _ data: ArraySlice<UInt8>, _ image: some ImageBytes) throws(VMError) {
        switch type {
        case 0xe279_2aca:
            guard data.count <= Self.longestFormat else {
                throw image.damaged("its backing file's format has too long a name")
            }
            backingFormat = Fields.text(data)
        case 0x4441_5441: dataFile = Fields.text(data)
        default: return
        }
    }
}

extension QCOW2Header.Encryption {
    init(_ number: UInt32) {
        switch number {
        case 0: self = .none
        case 1: self = .aes
        case 2: self = .luks
        default: self = .unknown(number)
        }
    }
}
