internal import Glibc

/// The host's ends of pseudo terminals, which QEMU makes for serial ports and consoles.
///
/// QEMU tells their names, and a QEMU that its guest has taken over may name any file instead. So nothing but a terminal of
/// `/dev/pts` is believed to be one, and what is opened is looked at.
public enum PseudoTerminal {
    /// Whether a path is `/dev/pts/` and a number.
    public static func isName(_ path: String) -> Bool {
        guard path.hasPrefix("/dev/pts/") else { return false }
        let number = path.utf8.dropFirst("/dev/pts/".utf8.count)
        return (1...9).contains(number.count) && number.allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Opens a terminal for reading and writing, without waiting and without making it this process' own.
    ///
    /// - Throws: `io` when the path is no terminal's, or can't be opened.
    public static func open(_ path: String) throws(VMError) -> FileDescriptor {
        guard isName(path) else { throw VMError(.io, "cannot use '\(path)': it is no pseudo terminal") }
        let file = try FileDescriptor.open(path, flags: O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW)
        guard isatty(file.raw) == 1 else { throw VMError(.io, "cannot use '\(path)': it is no terminal") }
        return file
    }
}
