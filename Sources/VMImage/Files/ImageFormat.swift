/// The format of a disk image, under the name of QEMU's block driver for it.
package enum ImageFormat: String, Sendable, Hashable, CaseIterable {
    case raw, qcow2, qcow, vmdk, vdi, vpc, vhdx, qed, luks, parallels, bochs, cloop, dmg
}

extension ImageFormat {
    /// Whether every image of this format can be told by its signature, so that one without it is none.
    ///
    /// QEMU finds the trailer of a `dmg` image in more places than one, and has its own view of `bochs` and `cloop`.
    package var isCertain: Bool {
        switch self {
        case .raw, .bochs, .cloop, .dmg: false
        case .qcow2, .qcow, .vmdk, .vdi, .vpc, .vhdx, .qed, .luks, .parallels: true
        }
    }

    /// The format that an image's bytes show; `raw` when they show none.
    ///
    /// Reads at most 1 KiB, and nothing that the image refers to. The guest decides what the beginning of a raw image
    /// says: what is found here is no reason to open an image in that format.
    package static func probe(_ image: some ImageBytes) -> ImageFormat {
        let head = image.bytes(at: 0, count: Signature.headLength)
        if let found = Signature.ofHead(Fields(head)) { return found }
        guard image.length >= UInt64(Signature.tailLength) else { return .raw }
        let tail = image.bytes(at: image.length - UInt64(Signature.tailLength), count: Signature.tailLength)
        return Signature.ofTail(Fields(tail)) ?? .raw
    }
}

/// The bytes by which formats are told apart.
enum Signature {
    /// As much as QEMU looks at.
    static let headLength = 512
    static let tailLength = 512

    static let qcow: [UInt8] = [0x51, 0x46, 0x49, 0xfb]
    static let vmdkSparse = Array("KDMV".utf8)
    static let vmdkESX = Array("COWD".utf8)
    static let vdi: UInt32 = 0xbeda_107f
    static let vpc = Array("conectix".utf8)
    static let vhdx = Array("vhdxfile".utf8)
    static let qed = Array("QED\0".utf8)
    static let luks = Array("LUKS".utf8) + [0xba, 0xbe]
    static let parallels = Array("WithoutFreeSpace".utf8)
    static let parallelsExtended = Array("WithouFreSpacExt".utf8)
    private static let bochs = Array("Bochs Virtual HD Image".utf8)
    private static let cloop = Array("#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r -t iso9660 ".utf8)
    private static let dmg = Array("koly".utf8)

    static func ofHead(_ head: Fields) -> ImageFormat? {
        if head.starts(with: qcow) { return ofQCOW(head) }
        if head.starts(with: vmdkSparse) || head.starts(with: vmdkESX) { return .vmdk }
        if head.starts(with: vpc) { return .vpc }
        if head.starts(with: vhdx) { return .vhdx }
        if head.starts(with: qed) { return .qed }
        if head.starts(with: luks) { return .luks }
        if head.starts(with: parallels) || head.starts(with: parallelsExtended) { return .parallels }
        if head.starts(with: bochs) { return .bochs }
        if head.starts(with: cloop) { return .cloop }
        if head.little(at: 64) == vdi { return .vdi }
        return VMDKDescriptor.isOne(head.bytes) ? .vmdk : nil
    }

    /// Both formats of the name have one signature; QEMU knows version 1 and those from 2 on apart.
    private static func ofQCOW(_ head: Fields) -> ImageFormat? {
        guard let version: UInt32 = head.big(at: 4), version > 0 else { return nil }
        return version == 1 ? .qcow : .qcow2
    }

    /// A fixed image of Virtual PC has its only mark at its end, and so has one of macOS.
    static func ofTail(_ tail: Fields) -> ImageFormat? {
        if tail.starts(with: vpc) { return .vpc }
        return tail.starts(with: dmg) ? .dmg : nil
    }
}
