internal import VMCore

extension ImageHeader {
    /// VMware: a sparse header of one of two kinds, or a text that lists the files with the data.
    init(vmdk image: some ImageBytes) throws(VMError) {
        let fields = Fields(image.bytes(at: 0, count: 64))
        if fields.starts(with: Signature.vmdkESX) {
            let sectors: UInt32 = try image.need(fields.little(at: 12))
            self.init(
                .vmdk, virtualSize: try image.size(sectors: UInt64(sectors)),
                backing: VMDKDescriptor.parent(inside: image))
        } else if fields.starts(with: Signature.vmdkSparse) {
            try self.init(sparseVMDK: image, fields)
        } else {
            let descriptor = VMDKDescriptor(image.bytes(at: 0, count: VMDKDescriptor.limit))
            self.init(
                .vmdk, virtualSize: try image.size(sectors: descriptor.sectors),
                backing: VMDKDescriptor.parent(of: image))
        }
    }

    /// The descriptor is inside; when the header has no size, it is the descriptor's.
    private init(sparseVMDK image: some ImageBytes, _ fields: Fields) throws(VMError) {
        let sectors: UInt64 = try image.need(fields.little(at: 12))
        let place: UInt64 = try image.need(fields.little(at: 28))
        let length: UInt64 = try image.need(fields.little(at: 36))
        var descriptor = VMDKDescriptor([])
        if sectors == 0, place > 0, let start = place.sectors, let room = length.sectors {
            let count = min(room, UInt64(VMDKDescriptor.limit))
            descriptor = VMDKDescriptor(image.bytes(at: start, count: Int(clamping: count)))
        }
        let size = try image.size(sectors: sectors > 0 ? sectors : descriptor.sectors)
        self.init(.vmdk, virtualSize: size, backing: VMDKDescriptor.parent(inside: image))
    }
}

/// The text that describes a VMware image.
struct VMDKDescriptor {
    /// The most bytes that are read of one, as QEMU does.
    static let limit = 1 << 20

    /// The length of all extents that can be written; nil when it is no length.
    private(set) var sectors: UInt64? = 0
    /// The files with the data, as the text spells them; none where the data is in the image itself.
    private(set) var extents: [String] = []

    init(_ bytes: [UInt8]) {
        for line in bytes.prefix(while: { $0 != 0 }).split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
            read(Fields.text(line))
        }
    }

    private mutating func read(_ line: String) {
        // `RW 2097152 FLAT "x-flat.vmdk" 0`. QEMU uses those with this right only, whatever space is between the words.
        let words = line.split { " \t\u{b}\u{c}\r".contains($0) }
        guard words.count >= 4, words[0] == "RW", let count = UInt64(words[1]) else { return }
        let sum = sectors?.addingReportingOverflow(count)
        sectors = sum.flatMap { $0.overflow ? nil : $0.partialValue }
        let name = line.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        if name.count == 3, extents.count < Self.extentLimit { extents.append(String(name[1])) }
    }

    /// The most files that are followed; VMware makes one for every two gigabytes.
    private static let extentLimit = 4096

    // MARK: The image below, which is always of the same format

    /// That of a text about an image.
    static func parent(of text: some ImageBytes) -> ImageHeader.Backing? { parent(text.bytes(at: 0, count: hintLimit)) }

    /// That of a sparse image. QEMU looks for it in one place, wherever the header says that the descriptor is.
    static func parent(inside image: some ImageBytes) -> ImageHeader.Backing? {
        parent(image.bytes(at: 0x200, count: hintLimit))
    }

    /// How many bytes QEMU looks through.
    private static let hintLimit = 20 * 512

    /// The word may stand anywhere, in a comment, too; the name is what follows `="` up to the next quote.
    private static func parent(_ bytes: [UInt8]) -> ImageHeader.Backing? {
        let text = bytes.prefix { $0 != 0 }
        let word = Array("parentFileNameHint".utf8)
        guard let start = text.indices.first(where: { text[$0...].starts(with: word) }) else { return nil }
        let name = text.dropFirst(start - text.startIndex + word.count + 2).prefix { $0 != UInt8(ascii: "\"") }
        guard !name.isEmpty else { return nil }
        return .init(name: Fields.text(Array(name)), format: ImageFormat.vmdk.rawValue, declaresFormat: false)
    }

    /// Whether a text begins as a descriptor does: after comments and blank lines, `version=` and one of three numbers.
    static func isOne(_ bytes: [UInt8]) -> Bool {
        // The last piece is a line without its end, as QEMU counts them.
        for line in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).dropLast() {
            let text = line.last == 0x0d ? line.dropLast() : line
            if text.first == UInt8(ascii: "#") || text.allSatisfy({ $0 == UInt8(ascii: " ") }) { continue }
            return ["version=1", "version=2", "version=3"].contains { text.elementsEqual($0.utf8) }
        }
        return false
    }
}

extension ImageFile {
    /// The paths of the files that hold the data of a VMware image whose own file is only a text about them. Only those count
    /// that lie beside it and are named after it, `disk-flat.vmdk` for `disk.vmdk`: any other name, that of another machine's
    /// disk perhaps, is an image's word alone.
    package static func extents(ofVMDK path: String) -> [String] {
        let folder = Files.folder(of: path)
        return extentNames(ofVMDK: path).filter { isOwn($0, path) }.map { folder + "/" + $0 }
            .filter { Files.oddKind($0) == nil && Files.linkTarget($0) == nil }
    }

    /// The first of the files that such an image names for its data and that doesn't count.
    static func foreignExtent(ofVMDK path: String) -> String? {
        extentNames(ofVMDK: path).first { !isOwn($0, path) }
    }

    /// Whether a VMware image has its data in other files: its own one is only a text about them, or a header without a size,
    /// for which QEMU goes by the text behind it.
    package static func hasForeignData(vmdk image: some ImageBytes) -> Bool {
        if VMDKDescriptor.isOne(image.bytes(at: 0, count: VMDKDescriptor.limit)) { return true }
        let fields = Fields(image.bytes(at: 0, count: 64))
        guard fields.starts(with: Signature.vmdkSparse) else { return false }
        let sectors: UInt64? = fields.little(at: 12)
        return sectors ?? 0 == 0
    }

    private static func extentNames(ofVMDK path: String) -> [String] {
        guard let image = try? ImageFile(path) else { return [] }
        let fields = Fields(image.bytes(at: 0, count: 64))
        guard !fields.starts(with: Signature.vmdkESX) else { return [] }
        if fields.starts(with: Signature.vmdkSparse) {
            // Without a size QEMU goes by the text inside.
            guard let sectors: UInt64 = fields.little(at: 12), sectors == 0, let place: UInt64 = fields.little(at: 28),
                let start = place.sectors
            else { return [] }
            return VMDKDescriptor(image.bytes(at: start, count: VMDKDescriptor.limit)).extents
        }
        let bytes = image.bytes(at: 0, count: VMDKDescriptor.limit)
        return VMDKDescriptor.isOne(bytes) ? VMDKDescriptor(bytes).extents : []
    }

    private static func isOwn(_ name: String, _ path: String) -> Bool {
        let ending = ".vmdk"
        let image = path.split(separator: "/").last.map(String.init) ?? path
        let stem = image.hasSuffix(ending) ? String(image.dropLast(ending.count)) : image
        return name.hasPrefix(stem + "-") && name.hasSuffix(ending) && !name.utf8.contains(UInt8(ascii: "/"))
    }
}
