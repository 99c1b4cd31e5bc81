internal import Synchronization
internal import VMCore
internal import VMJSON
internal import VMManager
internal import VMStorage

extension Verb {
    /// `vol-import SOURCE POOL [NAME]`.
    static var volImport: Verb {
        Verb(
            "vol-import", group: .storage, "take an image in from a file or an address, as a new volume",
            details: """
                For example: vmctl vol-import https://example.org/debian-12.qcow2 images web.qcow2 --checksum sha512:…

                An address has http, https, ftp or file in front; curl gets what is there. The image becomes a volume when
                it is whole, has the checksum that was given, and is in the format that it is said to be in: by --format, or
                else by the end of its name (qcow2, raw, iso, vmdk, vdi, vhd, qed). An image whose header names another file
                is refused, for that file would be opened whenever the image is used. What comes compressed (gz, xz, zst) is
                unpacked; the checksum is that of the file that comes. Zeros take no space.
                """,
            parameters: [
                .argument("source", "string", "path or address of the image", completion: .file), .pool(.active),
                .optional("name", "string", "name of the volume; the source's by default"),
                .option(
                    "format", "string", "what the image has to be",
                    completion: .words(importFormats.map(\.rawValue))),
                .option("checksum", "string", "sha256:, sha384: or sha512: and the digits"),
                .option(
                    "compression", "string", "how the source is compressed, which its name says by default",
                    completion: .words(ImageCompression.allCases.map(\.rawValue))),
                .flag("allow-references", "take an image that names other files, which are opened when it is used"),
                .option("timeout", "seconds", "how long it may take, a day by default"),
                .flag("verbose", "show how much has come"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            var storage = try invocation.storage()
            let pool = try invocation.pool(storage)
            if let time = try invocation.seconds("timeout") { storage.patience = time }
            let source = try invocation.required("source")
            var wish = VolumeImport(try ImportSource(source))
            wish.name = invocation.value("name")
            wish.format = try invocation.word("format", among: importFormats.map(\.rawValue))
                .flatMap { VolumeFormat(rawValue: $0) }
            wish.checksum = try invocation.value("checksum").map { text throws(VMError) in try ContentChecksum(text) }
            wish.compression = try invocation.word("compression", among: ImageCompression.allCases.map(\.rawValue))
                .flatMap { ImageCompression(rawValue: $0) }
            wish.mayReferToFiles = invocation.flag("allow-references")
            let progress = ImportProgress()
            if invocation.flag("verbose") { wish.progress = { progress.update($0, $1) } }
            do throws(VMError) {
                let made = try storage.wait { (storage) async throws(VMError) in
                    try await storage.importVolume(wish, in: pool)
                }
                progress.finish()
                let summary = try storage.summary(made)
                let size = Capacity.text(summary.capacity)
                return Report(
                    .message("Vol \(made.name) imported, in \(summary.format.rawValue) format, \(size)"),
                    value: .object(summary.value), names: [made.name])
            } catch {
                progress.finish()
                throw error.wrapped("Failed to import vol into pool \(pool.name)")
            }
        }
    }

    /// The formats of volumes that are files.
    private static var importFormats: [VolumeFormat] {
        VolumeFormat.allCases.filter { ![.dir, .fat, .vhd, .cow].contains($0) }
    }
}

/// How much of an image has come, on one line of standard error.
private final class ImportProgress: Sendable {
    private let shown = Mutex<UInt64?>(nil)
    /// It is shown anew after so many bytes.
    private static let step: UInt64 = 1 << 20

    func update(_ done: UInt64, _ total: UInt64?) {
        shown.withLock { shown in
            if let last = shown, done >= last, done - last < Self.step, done != total { return }
            shown = done
            let of = total.map { " of \(Capacity.text($0))" } ?? ""
            StandardStream.error.write("\r\(Capacity.text(done))\(of)".padded(to: 40))
        }
    }

    func finish() {
        shown.withLock { shown in
            if shown != nil { StandardStream.error.write("\n") }
            shown = nil
        }
    }
}
