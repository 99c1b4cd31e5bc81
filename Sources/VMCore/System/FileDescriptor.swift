internal import CVMSystem
internal import Glibc

/// A file descriptor that is closed when its owner goes away.
public struct FileDescriptor: ~Copyable, Sendable {
    public let raw: Int32

    /// Takes over `raw`.
    public init(owning raw: Int32) { self.raw = raw }

    deinit { Glibc.close(raw) }

    /// Gives the space of the file's first bytes back to the file system; they read as zeros from then on.
    ///
    /// - Returns: false where the file system can't.
    public func giveBack(first count: Int64) -> Bool { vms_give_back(raw, count) == 0 }

    /// Gives the descriptor up: the caller closes it.
    public consuming func release() -> Int32 {
        let raw = self.raw
        discard self
        return raw
    }
}

extension VMError {
    /// An error of the operating system: `action` says what was tried, `errno` why it failed.
    public static func system(_ action: String, errno code: Int32, as kind: Code = .io, remedy: Remedy? = nil)
        -> VMError
    {
        VMError(kind, "\(action): \(errnoText(code))", remedy: remedy)
    }
}

/// The C library's text for an error number, in English whatever the locale.
public func errnoText(_ code: Int32) -> String {
    guard let text = vms_errno_text(code) else { return "error \(code)" }
    return String(cString: text)
}
