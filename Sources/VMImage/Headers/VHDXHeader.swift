internal import VMCore

/// Hyper-V's format: a table of regions, one of which holds a table of items, one of which is the size.
extension ImageHeader {
    /// The most entries that either table may have.
    private static var mostEntries: UInt32 { 2047 }
    /// Identifiers, as they stand in the file.
    private static var metadataRegion: [UInt8] {
        [0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e]
    }
    private static var virtualSizeItem: [UInt8] {
        [0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8]
    }

    init(vhdx image: some ImageBytes) throws(VMError) {
        // The table of regions is there twice; the second serves when the first is broken.
        let tables: [UInt64] = [192 << 10, 256 << 10]
        let region = tables.lazy.compactMap { Self.metadata(image, $0) }.first
        guard let region else { throw image.damaged("it has no table of regions") }
        let header = Fields(image.bytes(at: region, count: 32))
        guard header.starts(with: Array("metadata".utf8)) else { throw image.damaged("it has no metadata") }
        let count: UInt16 = try image.need(header.little(at: 10))
        guard
            let entry = Self.entry(
                image, region, header: 32, count: UInt32(count), named: Self.virtualSizeItem),
            let offset: UInt32 = entry.little(at: 16)
        else { throw image.damaged("its metadata has no size") }
        let (place, overflow) = region.addingReportingOverflow(UInt64(offset))
        guard !overflow else { throw image.truncated }
        self.init(.vhdx, virtualSize: try image.need(Fields(image.bytes(at: place, count: 8)).little(at: 0)))
    }

    /// Where the region with the items begins.
    private static func metadata(_ image: some ImageBytes, _ table: UInt64) -> UInt64? {
        let header = Fields(image.bytes(at: table, count: 16))
        guard header.starts(with: Array("regi".utf8)), let count: UInt32 = header.little(at: 8) else { return nil }
        return entry(image, table, header: 16, count: count, named: metadataRegion)?.little(at: 16)
    }

    /// The entry of a table that has an identifier: 32 bytes, of which the identifier takes the first 16.
    private static func entry(
        _ image: some ImageBytes, _ table: UInt64, header: UInt64, count: UInt32, named identifier: [UInt8]
    ) -> Fields? {
        let (start, overflow) = table.addingReportingOverflow(header)
        guard count <= mostEntries, !overflow else { return nil }
        let all = Fields(image.bytes(at: start, count: Int(count) * 32))
        for number in 0..<Int(count) {
            guard let bytes = all.slice(at: number * 32, count: 32) else { return nil }
            if bytes.starts(with: identifier) { return Fields(Array(bytes)) }
        }
        return nil
    }
}
