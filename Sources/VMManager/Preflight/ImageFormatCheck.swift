internal import VMCore
internal import VMDomain
internal import VMImage

/// Compares what an image is with the format that the document declares.
enum ImageFormatCheck {
    /// The problem; nil when the format may be right. `raw` fits everything: a guest may keep images on its disk.
    static func problem(_ path: String, declared: VMDomain.ImageFormat) -> VMError? {
        guard let expected = declared.onDisk, expected.isCertain, !Files.isBlockDevice(path) else { return nil }
        do throws(VMError) {
            let image = try ImageFile(path)
            let found = VMImage.ImageFormat.probe(image)
            if found == expected { return nil }
            let remedy: Remedy =
                switch found {
                case .raw where image.length == 0: "it is empty: make it with 'qemu-img create'"
                case .raw: "it may be a raw image: <driver type='raw'>"
                default: "it is in \(found.rawValue) format: write that into its <driver type='…'>"
                }
            return VMError(
                .launchFailed, "image '\(path)' is not in \(declared.rawValue) format", remedy: remedy)
        } catch {
            return error
        }
    }

    /// The problem with a disk that is declared raw, or not declared, and whose image shows another format: the guest's
    /// first write destroys it. A guest may keep an image on its disk; then the document insists.
    static func problemOfRaw(_ disk: Disk, _ domain: Domain) -> VMError? {
        guard (disk.driver?.type ?? .raw) == .raw, let path = disk.source.file, let target = disk.target?.dev,
            !domain.insistsOnRaw(target), let format = disguise(path)
        else { return nil }
        return problemOfRaw(path, format, target)
    }

    static func problemOfRaw(_ path: String, _ format: String, _ target: String) -> VMError {
        VMError(
            .invalidArgument,
            "image '\(path)' is in \(format) format, and disk '\(target)' is declared raw: the guest's first write "
                + "would destroy the image",
            remedy: "write <driver type='\(format)'/>; or, if it is the guest that keeps an image on this disk, "
                + "<vmctl:raw disk='\(target)' xmlns:vmctl='\(VMCTLMetadata.namespace)'/> into <metadata>")
    }

    /// The format that an image shows which is declared raw; nil when it shows none.
    static func disguise(_ path: String) -> String? {
        guard let image = try? ImageFile(path) else { return nil }
        let found = VMImage.ImageFormat.probe(image)
        // A guest that encrypts its whole disk leaves LUKS there, and nothing is lost by going on with that.
        return found == .raw || found == .luks ? nil : found.rawValue
    }
}

extension VMDomain.ImageFormat {
    /// The format as images have it; nil for what only a document knows.
    var onDisk: VMImage.ImageFormat? { VMImage.ImageFormat(rawValue: rawValue) }
}
