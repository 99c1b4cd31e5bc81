internal import Glibc
internal import VMCore

/// Standard output and error, each written with as few calls as the kernel takes.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes all of the text, as far as it goes.
    ///
    /// - Returns: Why not everything was written, as an error number; nil when it was, or when the reader has gone away,
    ///   which is its own affair.
    @discardableResult
    func write(_ text: String) -> Int32? {
        var text = text
        return text.withUTF8 { bytes in
            // SAFETY: the buffer lives until the closure returns; every slice handed to write(2) lies within it.
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
                if count >= 0 {
                    rest = UnsafeRawBufferPointer(rebasing: rest[min(count, rest.count)...])
                    continue
                }
                switch errno {
                case EINTR: continue
                case EAGAIN:
                    // The other end is a terminal or pipe in non-blocking mode, set so by somebody who shares it.
                    var wait = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                    if poll(&wait, 1, 10_000) <= 0 { return EAGAIN }
                case EPIPE: return nil
                case let code: return code
                }
            }
            return nil
        }
    }

    /// Writes lines in which there may be something of somebody else's, without what would move a cursor or worse. Where they
    /// go makes no difference: what a file or a pipe gets is shown on a terminal later.
    @discardableResult
    func show(_ text: String) -> Int32? { write(PrintableText.lines(text)) }

    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Whether colours are welcome: on a terminal that has them, unless the user has said no to them.
    var showsColours: Bool {
        // NO_COLOR counts when it is anything but empty.
        guard isTerminal, getenv("NO_COLOR").map({ $0.pointee == 0 }) ?? true else { return false }
        return getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
    }
}
