internal import VMCore
internal import VMDomain

/// Compares an image's first bytes with the format that the document declares.
enum ImageFormatCheck {
    private static let signatures: [(format: ImageFormat, bytes: [UInt8])] = [
        (.qcow2, [0x51, 0x46, 0x49, 0xfb]), (.vmdk, Array("KDMV".utf8)), (.luks, Array("LUKS".utf8) + [0xba, 0xbe]),
        (.qed, Array("QED".utf8) + [0]),
    ]

    /// The problem; nil when the format may be right. `raw` fits everything: a guest may keep images on its disk.
    static func problem(_ path: String, declared: ImageFormat) -> VMError? {
        guard let expected = signatures.first(where: { $0.format == declared }), !Files.isBlockDevice(path) else {
            return nil
        }
        let head = Files.head(path, first: 16)
        if head.starts(with: expected.bytes) { return nil }
        let found = signatures.first { head.starts(with: $0.bytes) }?.format
        return VMError(
            .launchFailed, "image '\(path)' is not in \(declared.rawValue) format",
            remedy: found.map { "it is in \($0.rawValue) format: write that into its <driver type='…'>" }
                ?? (head.isEmpty
                    ? "it is empty: make it with 'qemu-img create'" : "it may be a raw image: <driver type='raw'>"))
    }

    /// What an image looks like that is declared raw; nil when it looks like nothing else.
    ///
    /// No problem by itself: a guest may keep images on its disk, or it is a mistake that destroys the image.
    static func disguise(_ path: String) -> ImageFormat? {
        let head = Files.head(path, first: 16)
        return signatures.first { head.starts(with: $0.bytes) }?.format
    }

    /// The size that a guest sees of an image: from the header of a qcow2 one, the length of a raw one; nil for others.
    static func capacity(of path: String, _ format: ImageFormat?) -> UInt64? {
        switch format {
        case .qcow2:
            let head = Files.head(path, first: 32)
            guard head.count == 32, head.starts(with: [0x51, 0x46, 0x49, 0xfb]) else { return nil }
            return head[24..<32].reduce(0) { $0 << 8 | UInt64($1) }
        case .raw, nil: return Files.length(path)
        default: return nil
        }
    }
}
