internal import Glibc
internal import VMCore

/// How large an image is: for a guest, on the disk, and as a file. The three differ in most images.
package struct ImageSizes: Sendable, Hashable {
    /// Bytes that a guest sees; nil when the image can't be read or doesn't say.
    package var capacity: UInt64?
    /// Bytes that the file takes on its disk.
    package var allocation: UInt64
    /// How long the file or the block device is; nil for what is neither.
    package var physical: UInt64?

    /// - Parameter format: what the image is read as; nil leaves ``capacity`` out.
    /// - Returns: nil when nothing is there.
    package init?(_ path: String, format: ImageFormat?) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        let (bytes, overflow) = UInt64(clamping: status.st_blocks).multipliedReportingOverflow(by: 512)
        allocation = overflow ? .max : bytes
        switch status.st_mode & S_IFMT {
        case S_IFREG: physical = UInt64(clamping: status.st_size)
        case S_IFBLK: physical = (try? ImageFile(path))?.length
        default: return
        }
        guard let format else { return }
        capacity = format == .raw ? physical : (try? ImageHeader(ImageFile(path), as: format))?.virtualSize
    }
}
