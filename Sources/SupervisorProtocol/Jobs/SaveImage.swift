internal import Glibc
public import VMCore

/// A saved machine's file: a header, the domain's XML, and QEMU's migration stream. See docs/save-format.md.
public struct SaveImage: Sendable {
    /// Whether the machine runs when it is restored.
    public enum Resume: UInt32, Sendable { case running = 1, paused = 2 }

    /// Whose file it is: vmctl's own, or one as libvirt's QEMU driver writes and reads them.
    public enum Format: String, Sendable, CaseIterable { case vmctl, libvirt }

    public var format: Format
    public var resume: Resume
    /// The live definition at the time of saving.
    public var xml: [UInt8]
    /// Where the stream begins.
    public var offset: UInt64
    public var streamLength: UInt64
    /// How the stream of libvirt's file is packed.
    public internal(set) var packing = Packing.none
    /// What libvirt keeps beside its XML, for itself.
    var cookie: [UInt8] = []

    package static let magic = Array("VMCTLSAV".utf8)
    package static let version: UInt32 = 1
    package static let headerLength = 64
    private static let grain: UInt64 = 4096
    /// The longest document that is believed.
    static let xmlLimit: UInt64 = 64 << 20

    package init(resume: Resume, xml: [UInt8], format: Format = .vmctl) {
        self.format = format
        self.resume = resume
        self.xml = xml
        offset = 0
        streamLength = 0
        offset = Self.roundUp(UInt64(Self.headerLength) + UInt64(xml.count))
        if format == .libvirt { offset = UInt64(libvirtHead(isWhole: false).count) }
    }

    static func roundUp(_ length: UInt64) -> UInt64 { (length + grain - 1) / grain * grain }

    /// What stands before the stream. `isWhole` is false until all of the stream is in the file.
    package func head(isWhole: Bool) -> [UInt8] {
        if format == .libvirt { return libvirtHead(isWhole: isWhole) }
        var bytes = Self.magic
        func append<T: FixedWidthInteger>(_ value: T) {
            for shift in stride(from: 0, to: T.bitWidth, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: value >> T(shift)))
            }
        }
        append(Self.version)
        append(UInt32(isWhole ? 1 : 0))
        append(offset)
        append(UInt64(xml.count))
        append(streamLength)
        append(resume.rawValue)
        append(UInt32(0))
        append(Self.sum(xml))
        append(UInt64(0))
        bytes += xml
        bytes += [UInt8](repeating: 0, count: Int(offset) - bytes.count)
        return bytes
    }

    private static func sum(_ bytes: [UInt8]) -> UInt64 {
        Checksum.fnv1a(bytes)
    }

    /// Reads what stands before the stream, and checks that the stream is all there.
    ///
    /// - Throws: `io` when the file is none of these, or isn't whole.
    public static func read(_ path: String) throws(VMError) -> SaveImage { try read(path, evenUnfinished: false) }

    package static func read(_ path: String, evenUnfinished: Bool) throws(VMError) -> SaveImage {
        if let odd = Files.oddKind(path) { throw VMError(.io, "'\(path)' is \(odd), not a saved machine") }
        guard Files.exists(path) else {
            throw VMError(.io, "Failed to open file '\(path)': \(errnoText(ENOENT))")
        }
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
        if let image = try readLibvirt(file, path, evenUnfinished: evenUnfinished) { return image }
        var head = [UInt8](repeating: 0, count: headerLength)
        guard pread(file.raw, &head, head.count, 0) == head.count, head.starts(with: magic) else {
            throw VMError(.io, "image magic is incorrect: '\(path)' is no saved machine")
        }
        func number<T: FixedWidthInteger>(_ at: Int, _ type: T.Type) -> T {
            (0..<T.bitWidth / 8).reduce(T(0)) { $0 | T(truncatingIfNeeded: head[at + $1]) << T($1 * 8) }
        }
        guard number(8, UInt32.self) == version else {
            throw VMError(.unsupported, "the saved machine '\(path)' has version \(number(8, UInt32.self)), not 1")
        }
        guard number(12, UInt32.self) == 1 || evenUnfinished else {
            throw VMError(
                .io, "save image is incomplete: '\(path)'", remedy: "saving was interrupted; remove the file")
        }
        let offset = number(16, UInt64.self)
        let length = number(24, UInt64.self)
        guard length <= xmlLimit, offset <= xmlLimit * 2, offset >= UInt64(headerLength) + length else {
            throw VMError(.io, "the saved machine '\(path)' is damaged: its lengths make no sense")
        }
        var xml = [UInt8](repeating: 0, count: Int(length))
        guard pread(file.raw, &xml, xml.count, Int(headerLength)) == xml.count, sum(xml) == number(48, UInt64.self)
        else { throw VMError(.io, "the saved machine '\(path)' is damaged: its XML isn't as it was written") }
        var image = SaveImage(resume: Resume(rawValue: number(40, UInt32.self)) ?? .running, xml: xml)
        image.offset = offset
        image.streamLength = number(32, UInt64.self)
        let size = UInt64(clamping: lseek(file.raw, 0, SEEK_END))
        guard evenUnfinished || size >= offset && size - offset == image.streamLength else {
            throw VMError(.io, "the saved machine '\(path)' is damaged: it was cut short or has grown")
        }
        return image
    }

    /// What a managed save is called, behind its name, once QEMU has read it, and from when on its CPUs may run.
    package static let readSuffix = ".restoring"
    package static let resumedSuffix = ".resumed"

    /// Gives a managed save its name back that was read by a QEMU that has ended, and never run from.
    package static func putBack(_ path: String) {
        if Files.exists(path + readSuffix), !Files.exists(path) { _ = rename(path + readSuffix, path) }
    }

    /// Makes a file that is written up to the stream whole: the stream is on the disk before the header says so.
    package static func complete(_ temporary: String, as path: String, _ image: SaveImage) throws(VMError) {
        let file = try FileDescriptor.open(temporary, flags: O_RDWR | O_NOFOLLOW)
        var image = image
        let size = UInt64(clamping: lseek(file.raw, 0, SEEK_END))
        guard size > image.offset else { throw VMError(.io, "QEMU wrote nothing into '\(temporary)'") }
        image.streamLength = size - image.offset
        guard fsync(file.raw) == 0 else { throw .system("cannot write '\(temporary)'", errno: errno) }
        let head = image.head(isWhole: true)
        guard pwrite(file.raw, head, head.count, 0) == head.count, fsync(file.raw) == 0,
            rename(temporary, path) == 0
        else { throw .system("cannot write '\(path)'", errno: errno) }
        try Files.syncFolder(of: path)
    }

    /// Replaces the XML and what to do after restoring, through a copy that takes the file's place, or another one, when it
    /// is whole.
    package static func rewrite(
        _ path: String, to target: String? = nil, _ change: (inout SaveImage) throws(VMError) -> Void
    ) throws(VMError) {
        let target = target ?? path
        var image = try read(path)
        let begin = image.offset
        try change(&image)
        var fresh = image.renewed
        let temporary = target + ".part"
        unlink(temporary)
        let old = try FileDescriptor.open(path, flags: O_RDONLY)
        let new = try FileDescriptor.open(temporary, flags: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, mode: 0o600)
        do throws(VMError) {
            try new.writeAll(fresh.head(isWhole: false), temporary)
            guard lseek(old.raw, Int(begin), SEEK_SET) == Int(begin) else {
                throw .system("cannot read '\(path)'", errno: errno)
            }
            var room = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let count = Glibc.read(old.raw, &room, room.count)
                if count < 0, errno == EINTR { continue }
                if count < 0 { throw .system("cannot read '\(path)'", errno: errno) }
                if count == 0 { break }
                try new.writeAll(Array(room[..<count]), temporary)
            }
            fresh.streamLength = image.streamLength
            try complete(temporary, as: target, fresh)
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
