internal import Glibc

/// Standard output and error, each written with as few calls as the kernel takes.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes all of the text. A reader that has gone away is no error of ours: what is left is dropped.
    ///
    /// - Returns: Whether everything was written.
    @discardableResult
    func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            // SAFETY: the buffer lives until the closure returns; every slice handed to write(2) lies within it.
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
                if count > 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[min(count, rest.count)...])
                } else if count < 0, errno == EINTR {
                    continue
                } else if count < 0, errno == EAGAIN {
                    // The other end is a terminal or pipe in non-blocking mode, set so by somebody who shares it.
                    var wait = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                    if poll(&wait, 1, 10_000) <= 0 { return false }
                } else {
                    return false
                }
            }
            return true
        }
    }

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether this is a file, on which a write that fails means that something is lost.
    var isOrdinary: Bool {
        var status = stat()
        return fstat(rawValue, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
