package import VMCore
internal import VMImage

/// What a volume's header says. Nothing that it refers to is opened.
package struct ImageProbe: Sendable, Hashable {
    /// The image below, as the header spells it, and in which format it is declared to be.
    package struct Backing: Sendable, Hashable {
        package var name: String
        package var format: String?
    }

    /// What only qcow2 has.
    package struct QCOW2: Sendable, Hashable {
        package var isNew: Bool
        package var clusterSize: UInt64
        package var lazyRefcounts: Bool
        package var extendedL2: Bool
    }

    package var format = VolumeFormat.raw
    /// Bytes that a guest sees.
    package var capacity: UInt64 = 0
    package var isEncrypted = false
    package var backing: Backing?
    package var qcow2: QCOW2?

    init() {}

    /// Looks at what a path leads to.
    package init(_ path: String, _ facts: FileFacts) {
        capacity = facts.size
        switch facts.kind {
        case .folder:
            format = .dir
            capacity = 0
        case .file where facts.size == 0: break
        case .file, .blockDevice: look(path)
        default: capacity = 0
        }
    }

    private mutating func look(_ path: String) {
        guard let image = try? ImageFile(path) else { return }
        capacity = image.length
        let found = ImageFormat.probe(image)
        format = VolumeFormat(found)
        isEncrypted = found == .luks
        if found == .raw, isOpticalDisc(image) { format = .iso }
        // A header that makes no sense: the format is what the signature says, and the size is the file's.
        guard found != .vhdx, found != .luks, let header = try? ImageHeader(image, as: found) else { return }
        if let size = header.virtualSize { capacity = size }
        backing = header.backing.map { Backing(name: $0.name, format: $0.format) }
        guard let special = header.qcow2 else { return }
        if special.encryption != .none { isEncrypted = true }
        qcow2 = QCOW2(
            isNew: special.version >= 3, clusterSize: 1 << UInt64(special.clusterBits),
            lazyRefcounts: special.compatible & 1 != 0, extendedL2: special.incompatible.contains(.extendedL2))
    }

    /// Whether it is an image of ISO 9660, whose mark stands in its seventeenth sector.
    private func isOpticalDisc(_ image: ImageFile) -> Bool {
        image.bytes(at: 32_769, count: 5) == Array("CD001".utf8)
    }

    /// The path of the image below, where it is a file of this host.
    func backingPath(of path: String) -> String? {
        backing.flatMap { BackingReference($0.name).localPath(below: path) }
    }
}
