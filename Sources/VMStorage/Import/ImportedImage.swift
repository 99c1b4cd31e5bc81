internal import VMCore
internal import VMImage

/// An image that has come in and isn't a volume yet: whether it may become one.
struct ImportedImage {
    private let path: String
    private let wish: VolumeImport
    private let work: Work

    init(_ path: String, _ wish: VolumeImport, _ work: Work) {
        self.path = path
        self.wish = wish
        self.work = work
    }

    private func refuse(_ why: String, _ remedy: Remedy? = nil) -> VMError {
        .invalidVolume("'\(wish.source.shown)' \(why)", remedy: remedy)
    }

    /// Looks at the image.
    ///
    /// - Parameter claim: what it is said to be.
    /// - Returns: what it is.
    func check(claim: VolumeFormat?) throws(VMError) -> VolumeFormat {
        guard let facts = FileFacts(path), facts.kind == .file, facts.size > 0 else { throw refuse("is empty") }
        let image = try ImageFile(path)
        let found = ImageFormat.probe(image)
        let format = ImageProbe(path, facts).format
        if let claim, !isMeant(claim, format, found) {
            throw refuse(
                "is in \(found == .raw ? format.rawValue : found.rawValue) format, not in \(claim.rawValue) format",
                "say what it is with \(option: "format"), or get the right file")
        }
        // What has no word among the formats of volumes would be taken for the bytes of a disk.
        guard found != .vhdx else {
            throw refuse("is in vhdx format, which volumes don't have", "convert it with 'qemu-img convert -O qcow2'")
        }
        guard found != .raw, found != .luks else { return format }
        let header: ImageHeader
        do throws(VMError) {
            header = try ImageHeader(image, as: found)
        } catch {
            throw refuse("can't be used: \(error.message.replacing(path, with: wish.source.shown))")
        }
        let refersToFiles = try checkReferences(header, image)
        if header.qcow2?.isCorrupt == true { throw refuse("is marked as damaged") }
        let isEncrypted = header.qcow2.map { $0.encryption != .none } ?? false
        // The check of an image opens those that it names.
        if !refersToFiles, !isEncrypted { try checkWhole(found, header, image) }
        return format
    }

    private func isMeant(_ claim: VolumeFormat, _ format: VolumeFormat, _ found: ImageFormat) -> Bool {
        switch claim {
        // A disc is raw, too.
        case .raw: found == .raw || found == .luks
        case .iso: format == .iso
        default: claim == format
        }
    }

    /// Refuses an image that names other files, unless that is wanted.
    ///
    /// - Returns: whether it names any.
    private func checkReferences(_ header: ImageHeader, _ image: ImageFile) throws(VMError) -> Bool {
        let remedy: Remedy =
            "look whether you want that file opened whenever the image is used; then give \(option: "allow-references")"
        if header.format == .vmdk, ImageFile.hasForeignData(vmdk: image) {
            throw refuse(
                "is only a text about the files that hold an image's data",
                "convert the image with 'qemu-img convert -O qcow2' where those files are")
        }
        if let backing = header.backing {
            if wish.mayReferToFiles { return true }
            throw refuse("builds on the image '\(backing.name)'", remedy)
        }
        if let special = header.qcow2, special.incompatible.contains(.externalData) || special.dataFile != nil {
            if wish.mayReferToFiles { return true }
            throw refuse("has its data in the file '\(special.dataFile ?? "")'", remedy)
        }
        return false
    }

    /// For a GiB of counts, which is 8 TiB in clusters of the usual size.
    private static let mostClusters: UInt64 = 1 << 27

    /// Has `qemu-img` look whether all is there that the image's tables name: the end may be missing.
    private func checkWhole(_ format: ImageFormat, _ header: ImageHeader, _ image: ImageFile) throws(VMError) {
        // It counts the clusters, eight bytes for each.
        if let special = header.qcow2, image.length >> UInt64(special.clusterBits) > Self.mostClusters {
            throw refuse("is too long for its small clusters to be looked at", "convert it where it comes from")
        }
        // 3 means space that nothing uses, 63 a format that has no tables to check.
        do throws(VMError) {
            try ImageTool.qemuImg().run(
                ["check", "-q", "-f", format.rawValue, path], accepted: [0, 3, 63], onlyReading: path, work)
        } catch {
            guard error.code == .io else { throw error }
            throw refuse(
                "is damaged or not whole: \(error.message.replacing(path, with: wish.source.shown))",
                "get it once more")
        }
    }
}
