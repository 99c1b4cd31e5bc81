/// The fields of a header: numbers at offsets, none of which can lie outside.
struct Fields {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    func starts(with signature: [UInt8]) -> Bool { bytes.starts(with: signature) }

    /// A number with its highest byte first; nil where it doesn't lie inside.
    func big<Number: FixedWidthInteger & UnsignedInteger>(at offset: Int, as: Number.Type = Number.self) -> Number? {
        slice(at: offset, count: Number.bitWidth / 8)?.reduce(0) { $0 << 8 | Number($1) }
    }

    /// A number with its lowest byte first; nil where it doesn't lie inside.
    func little<Number: FixedWidthInteger & UnsignedInteger>(
        at offset: Int, as: Number.Type = Number.self
    ) -> Number? {
        slice(at: offset, count: Number.bitWidth / 8)?.reversed().reduce(0) { $0 << 8 | Number($1) }
    }

    /// Some bytes; nil where they don't all lie inside.
    func slice(at offset: Int, count: Int) -> ArraySlice<UInt8>? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count <= bytes.count - offset else { return nil }
        return bytes[offset..<offset + count]
    }

    /// A text, cut at its first NUL as C does.
    func text(at offset: Int, count: Int) -> String? { slice(at: offset, count: count).map(Self.text) }

    static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: Array(bytes.prefix { $0 != 0 }), as: UTF8.self)
    }
}

extension UInt64 {
    /// This many sectors of 512 bytes, in bytes; nil when that is more than a file can hold.
    var sectors: UInt64? {
        let (bytes, overflow) = multipliedReportingOverflow(by: 512)
        return overflow || bytes > UInt64(Int64.max) ? nil : bytes
    }
}
