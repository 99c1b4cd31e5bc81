internal import Glibc
package import VMCore

/// Where an image's bytes come from: a file, or an array in tests.
package protocol ImageBytes {
    /// What the image is called in messages.
    var name: String { get }
    /// How many bytes there are.
    var length: UInt64 { get }
    /// Some bytes; fewer, or none, where the image ends before or can't be read.
    func bytes(at offset: UInt64, count: Int) -> [UInt8]
}

/// An image that is open for reading.
///
/// Only regular files and block devices are opened, so nothing here waits for a writer. Symbolic links to the image are
/// followed as QEMU follows them; what the image itself refers to is left alone.
package final class ImageFile: ImageBytes {
    package let path: String
    package let length: UInt64
    package let isBlockDevice: Bool
    private let file: FileDescriptor

    package var name: String { path }

    /// - Throws: `io` for what isn't there, can't be read or is no image: a folder, a FIFO, a socket, a terminal.
    package init(_ path: String) throws(VMError) {
        // Opening a FIFO would wake its writer up, so the kind is looked at before, and again on what was opened.
        if let kind = Files.oddKind(path), !Files.isBlockDevice(path) { throw Self.refusal(path, kind) }
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOCTTY)
        var status = stat()
        guard fstat(file.raw, &status) == 0 else { throw .system("cannot read '\(path)'", errno: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            length = UInt64(clamping: status.st_size)
            isBlockDevice = false
        case S_IFBLK:
            length = UInt64(clamping: lseek(file.raw, 0, SEEK_END))
            isBlockDevice = true
        default: throw Self.refusal(path, "something else")
        }
        self.path = path
        self.file = file
    }

    private static func refusal(_ path: String, _ kind: String) -> VMError {
        VMError(.io, "cannot read image '\(path)': it is \(kind)", remedy: "name an image file")
    }

    package func bytes(at offset: UInt64, count: Int) -> [UInt8] {
        guard count > 0, let start = off_t(exactly: offset) else { return [] }
        var result: [UInt8] = []
        while result.count < count {
            let (position, overflow) = start.addingReportingOverflow(off_t(result.count))
            let wanted = count - result.count
            guard !overflow else { break }
            var got = 0
            let piece = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, initialized in
                // SAFETY: the buffer has room for as many bytes as are asked for.
                repeat { got = pread(file.raw, buffer.baseAddress, wanted, position) } while got < 0 && errno == EINTR
                initialized = max(got, 0)
            }
            if got <= 0 { break }
            result += piece
        }
        return result
    }
}
