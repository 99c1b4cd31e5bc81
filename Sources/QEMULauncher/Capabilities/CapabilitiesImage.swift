internal import VMCore

/// What a QEMU said, as one block of bytes in which everything can be looked up without reading the rest: the form in
/// which capabilities live in memory and in the cache.
struct CapabilitiesImage: Sendable, Hashable {
    /// The tables of the block, in their order in it.
    enum Section: Int, CaseIterable {
        /// Single facts: version, target, accelerators and the like, as JSON.
        case facts
        /// `qom-list-types`: type to parent.
        case types
        /// `TYPE.PROPERTY` to the property's type, for the types that were asked for.
        case properties
        /// `query-qmp-schema`: `c:COMMAND`, `e:EVENT`, `t:TYPE` to the entity as JSON.
        case schema
        /// `query-command-line-options`: `OPTION` and `OPTION.PARAMETER`.
        case options
        /// Accelerator and name to an entry of `query-machines`.
        case machines
        /// Accelerator and name to an entry of `query-cpu-definitions`.
        case cpus
        /// Accelerator and arguments to a reply of `query-cpu-model-expansion`.
        case expansions
    }

    static let magic: [UInt8] = Array("vmctl capabilities 1\n".utf8)

    let bytes: [UInt8]
    private let tables: [PackedTable]

    /// Takes bytes written by `init(_:)`; nil when they are something else or damaged.
    init?(bytes: [UInt8]) {
        let count = Section.allCases.count
        guard bytes.starts(with: Self.magic), bytes.count >= Self.magic.count + 4 * count else { return nil }
        var tables: [PackedTable] = []
        var start = Self.magic.count + 4 * count
        for index in 0..<count {
            let end = Int(PackedTable.number(bytes, Self.magic.count + 4 * index))
            guard end >= start, end <= bytes.count, let table = PackedTable(bytes, range: start..<end) else {
                return nil
            }
            tables.append(table)
            start = end
        }
        guard start == bytes.count else { return nil }
        self.bytes = bytes
        self.tables = tables
    }

    /// Packs the sections' entries.
    init?(_ sections: [Section: [String: [UInt8]]]) {
        var body: [UInt8] = []
        var ends: [Int] = []
        let head = Self.magic.count + 4 * Section.allCases.count
        for section in Section.allCases {
            PackedTable.append(sections[section] ?? [:], to: &body)
            ends.append(head + body.count)
        }
        var bytes = Self.magic
        for end in ends { PackedTable.append(end, to: &bytes) }
        self.init(bytes: bytes + body)
    }

    func contains(_ section: Section, _ key: String) -> Bool { tables[section.rawValue].contains(bytes, key) }

    func value(_ section: Section, _ key: String) -> ArraySlice<UInt8>? { tables[section.rawValue].value(bytes, key) }

    func entries(_ section: Section, prefix: String = "") -> [(key: String, value: ArraySlice<UInt8>)] {
        tables[section.rawValue].entries(bytes, prefix: prefix)
    }

    static func == (a: CapabilitiesImage, b: CapabilitiesImage) -> Bool { a.bytes == b.bytes }

    func hash(into hasher: inout Hasher) { hasher.combine(bytes.count) }
}
