internal import Glibc

/// How much fits on the terminal behind standard output; 80 by 24 where there is none.
struct TerminalSize {
    var columns = 80
    var rows = 24

    static var current: TerminalSize {
        var size = winsize()
        var result = TerminalSize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20, size.ws_row > 1 else { return result }
        result.columns = Int(size.ws_col)
        result.rows = Int(size.ws_row)
        return result
    }
}
