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

    /// What the image was found in: a cache's file begins with a line of its own, and copying the rest would take longer
    /// than all that is looked up.
    private let block: [UInt8]
    private let start: Int
    private let tables: [PackedTable]

    /// The image alone.
    var bytes: [UInt8] { start == 0 ? block : Array(block[start...]) }

    /// Takes bytes written by `init(_:)`, from `start` to the end; nil when they are something else or damaged.
    init?(bytes: [UInt8], from start: Int = 0) {
        let count = Section.allCases.count
        let numbers = start + Self.magic.count
        guard start >= 0, bytes.count >= numbers + 4 * count, bytes[start...].starts(with: Self.magic) else {
            return nil
        }
        var tables: [PackedTable] = []
        var place = numbers + 4 * count
        for index in 0..<count {
            let end = start + Int(PackedTable.number(bytes, numbers + 4 * index))
            guard end >= place, end <= bytes.count, let table = PackedTable(bytes, range: place..<end) else {
                return nil
            }
            tables.append(table)
            place = end
        }
        guard place == bytes.count else { return nil }
        block = bytes
        self.start = start
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

    func contains(_ section: Section, _ key: String) -> Bool { tables[section.rawValue].contains(block, key) }

    func contains(_ section: Section, prefix: String) -> Bool {
        tables[section.rawValue].contains(block, prefix: prefix)
    }

    func value(_ section: Section, _ key: String) -> ArraySlice<UInt8>? { tables[section.rawValue].value(block, key) }

    func entries(_ section: Section, prefix: String = "") -> [(key: String, value: ArraySlice<UInt8>)] {
        tables[section.rawValue].entries(block, prefix: prefix)
    }

    static func == (a: CapabilitiesImage, b: CapabilitiesImage) -> Bool { a.block[a.start...] == b.block[b.start...] }

    func hash(into hasher: inout Hasher) { hasher.combine(block.count - start) }
}
