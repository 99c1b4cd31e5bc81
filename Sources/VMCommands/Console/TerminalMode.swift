internal import Glibc

/// A terminal in raw mode: every key reaches the guest. The old mode comes back when this value goes away.
struct TerminalMode: ~Copyable {
    private let descriptor: Int32
    private var saved: termios?

    /// Makes the terminal raw; what is no terminal stays as it is.
    init(raw descriptor: Int32) {
        self.descriptor = descriptor
        var mode = termios()
        guard isatty(descriptor) == 1, tcgetattr(descriptor, &mode) == 0 else { return }
        saved = mode
        cfmakeraw(&mode)
        tcsetattr(descriptor, TCSANOW, &mode)
    }

    deinit {
        guard var mode = saved else { return }
        tcsetattr(descriptor, TCSAFLUSH, &mode)
    }
}
