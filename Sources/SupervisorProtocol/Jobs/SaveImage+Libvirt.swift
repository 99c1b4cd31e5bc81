internal import Glibc
internal import VMCore

/// The files in which libvirt's QEMU driver saves machines (`virsh save`, `managedsave`), as far as they can be observed.
///
/// A header of 92 bytes in the byte order of the host: 16 characters, then numbers of 32 bits: the version, the length of all
/// that stands before the stream, whether the machine ran, how the stream is packed, where the cookie begins, and 14 that are 0.
/// Behind it the XML and the cookie, each ended by a zero; then QEMU's migration stream to the end of the file.
extension SaveImage {
    /// How a stream is packed: the numbers of the file, and the programs that unpack them.
    public enum Packing: UInt32, Sendable, CaseIterable {
        case none = 0, gzip, bzip2, xz, lzop, zstd
        /// With each page of memory at a place of its own, `sparse` in libvirt's configuration.
        case mappedRAM

        /// The program that writes the stream to its standard output.
        public var program: String? {
            switch self {
            case .none, .mappedRAM: nil
            default: "\(self)"
            }
        }
    }

    private static let libvirtMagic = Array("LibvirtQemudSave".utf8)
    private static let unfinishedMagic = Array("LibvirtQemudPart".utf8)
    private static let libvirtVersion: UInt32 = 2
    static let libvirtHeaderLength = 92

    /// A file of the same kind with the same contents, with the lengths that it has now.
    var renewed: SaveImage {
        var fresh = SaveImage(resume: resume, xml: xml, format: format)
        fresh.packing = packing
        fresh.cookie = cookie
        if format == .libvirt { fresh.offset = UInt64(fresh.libvirtHead(isWhole: false).count) }
        return fresh
    }

    func libvirtHead(isWhole: Bool) -> [UInt8] {
        var text = xml + [0]
        var cookieOffset = 0
        if !cookie.isEmpty {
            cookieOffset = text.count
            text += cookie + [0]
        }
        let whole = Int(Self.roundUp(UInt64(Self.libvirtHeaderLength + text.count)))
        text += [UInt8](repeating: 0, count: whole - Self.libvirtHeaderLength - text.count)
        var bytes = isWhole ? Self.libvirtMagic : Self.unfinishedMagic
        let numbers: [UInt32] = [
            Self.libvirtVersion, UInt32(clamping: text.count), resume == .running ? 1 : 0, packing.rawValue,
            UInt32(clamping: cookieOffset),
        ]
        for number in numbers + [UInt32](repeating: 0, count: 14) {
            withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
        }
        return bytes + text
    }

    /// Reads what stands before the stream of libvirt's file; nil when it is none of these.
    static func readLibvirt(
        _ file: borrowing FileDescriptor, _ path: String, evenUnfinished: Bool
    ) throws(VMError) -> SaveImage? {
        var head = [UInt8](repeating: 0, count: libvirtHeaderLength)
        guard pread(file.raw, &head, head.count, 0) == head.count else { return nil }
        let isWhole = head.starts(with: libvirtMagic)
        guard isWhole || head.starts(with: unfinishedMagic) else { return nil }
        func damaged(_ why: String) -> VMError { VMError(.io, "the saved machine '\(path)' is damaged: \(why)") }
        func number(_ index: Int) -> UInt32 {
            head.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 16 + index * 4, as: UInt32.self) }
        }
        guard number(0) == libvirtVersion else {
            let isForeign = number(0).byteSwapped == libvirtVersion
            throw VMError(
                .unsupported,
                isForeign
                    ? "the saved machine '\(path)' was written on a host with the other byte order"
                    : "the saved machine '\(path)' has libvirt's version \(number(0)), not \(libvirtVersion)")
        }
        guard isWhole || evenUnfinished else {
            throw VMError(
                .io, "save image is incomplete: '\(path)'", remedy: "saving was interrupted; remove the file")
        }
        let (length, cookieOffset) = (UInt64(number(1)), Int(number(4)))
        guard length > 0, length <= xmlLimit, cookieOffset < length else { throw damaged("its lengths make no sense") }
        var text = [UInt8](repeating: 0, count: Int(length))
        guard pread(file.raw, &text, text.count, libvirtHeaderLength) == text.count else {
            throw damaged("it was cut short")
        }
        guard let packing = Packing(rawValue: number(3)) else {
            throw VMError(.unsupported, "the state in '\(path)' is packed in a way (\(number(3))) that isn't known")
        }
        var image = SaveImage(
            resume: number(2) == 0 ? .paused : .running, xml: Array(text.prefix { $0 != 0 }), format: .libvirt)
        if cookieOffset > 0 { image.cookie = Array(text[cookieOffset...].prefix { $0 != 0 }) }
        image.packing = packing
        image.offset = UInt64(libvirtHeaderLength) + length
        let size = UInt64(clamping: lseek(file.raw, 0, SEEK_END))
        guard evenUnfinished || size > image.offset else { throw damaged("it was cut short") }
        image.streamLength = size > image.offset ? size - image.offset : 0
        return image
    }
}
