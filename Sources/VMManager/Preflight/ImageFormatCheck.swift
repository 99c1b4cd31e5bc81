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

    /// The format that an image shows which is declared raw; nil when it shows none.
    ///
    /// No problem by itself: a guest may keep images on its disk, or it is a mistake that destroys the image.
    static func disguise(_ path: String) -> String? {
        guard let image = try? ImageFile(path) else { return nil }
        let found = VMImage.ImageFormat.probe(image)
        return found == .raw ? nil : found.rawValue
    }
}

extension VMDomain.ImageFormat {
    /// The format as images have it; nil for what only a document knows.
    var onDisk: VMImage.ImageFormat? { VMImage.ImageFormat(rawValue: rawValue) }
}
