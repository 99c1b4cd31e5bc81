internal import Glibc
internal import VMCore

/// Joins standard input and output to a machine's console until the escape character is typed or the console ends.
struct ConsoleSession: ~Copyable {
    /// Why a session ended.
    enum End: Sendable { case escaped, closed, inputEnded, interrupted }

    private let console: FileDescriptor
    private let escape: UInt8
    private var fromUser: [UInt8] = []
    private var fromConsole: [UInt8] = []
    private var inputIsOpen = true
    private var isEscaped = false
    private var isClosed = false

    /// How long output is still shown after standard input, a pipe or file, has ended.
    private static let lastWords = Duration.milliseconds(500)
    /// The most that is read ahead for a side that doesn't keep up.
    private static let bufferLimit = 64 << 10

    /// Takes the open console over.
    init(console: consuming FileDescriptor, escape: UInt8) {
        self.console = console
        self.escape = escape
    }

    /// Reads an escape character as `virsh --escape` does: one character, or `^` and a letter.
    static func escapeByte(_ text: String) throws(VMError) -> UInt8 {
        let bytes = Array(text.utf8)
        if bytes.count == 1 { return bytes[0] }
        if bytes.count == 2, bytes[0] == UInt8(ascii: "^") {
            let letter = (0x61...0x7a).contains(bytes[1]) ? bytes[1] - 0x20 : bytes[1]
            if (0x40...0x5f).contains(letter) { return letter - 0x40 }
        }
        throw VMError(
            .usage, "'\(text)' is not an escape character", remedy: "give one character, or ^ and a letter, such as ^]")
    }

    /// Carries bytes both ways.
    mutating func run() throws(VMError) -> End {
        let mode = TerminalMode(raw: 0)
        let end = try carry()
        // Until here: what the guest wrote must not be shown in the terminal's old mode.
        _ = consume mode
        return end
    }

    private mutating func carry() throws(VMError) -> End {
        let signals = try SignalDescriptor([SIGTERM, SIGHUP, SIGINT])
        Socket.setNonBlocking(console.raw)
        var deadline = Deadline.distantFuture
        while true {
            var entries = self.entries(signals.raw)
            let count = poll(&entries, nfds_t(entries.count), deadline.pollTimeout)
            if count < 0, errno != EINTR { throw .system("cannot wait for the console", errno: errno) }
            if count <= 0 {
                if deadline.hasPassed { return .inputEnded }
                continue
            }
            if entries[3].revents != 0 { return .interrupted }
            if entries[1].revents != 0 { readUser() }
            if entries[0].revents & Int16(POLLOUT) != 0 { fromUser.removeFirst(try write(fromUser, to: console.raw)) }
            if entries[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                readConsole()
                deadline = deadline == .distantFuture ? deadline : .after(Self.lastWords)
            }
            if entries[2].revents != 0 { fromConsole.removeFirst(try write(fromConsole, to: 1)) }
            if isEscaped, fromUser.isEmpty { return .escaped }
            if isClosed, fromConsole.isEmpty { return .closed }
            if !inputIsOpen, fromUser.isEmpty, deadline == .distantFuture { deadline = .after(Self.lastWords) }
        }
    }

    /// Console, standard input, standard output, signals; each watched only for what can be used now.
    private func entries(_ signals: Int32) -> [pollfd] {
        let readsUser = inputIsOpen && !isEscaped && fromUser.count < Self.bufferLimit
        let readsConsole = !isClosed && fromConsole.count < Self.bufferLimit
        let consoleEvents = (readsConsole ? Int16(POLLIN) : 0) | (fromUser.isEmpty ? 0 : Int16(POLLOUT))
        return [
            pollfd(fd: consoleEvents == 0 || isClosed ? -1 : console.raw, events: consoleEvents, revents: 0),
            pollfd(fd: readsUser ? 0 : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: fromConsole.isEmpty ? -1 : 1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        ]
    }

    private mutating func readUser() {
        guard let bytes = read(0) else { return }
        if bytes.isEmpty { inputIsOpen = false }
        if let position = bytes.firstIndex(of: escape) {
            isEscaped = true
            fromUser += bytes[..<position]
        } else {
            fromUser += bytes
        }
    }

    private mutating func readConsole() {
        guard let bytes = read(console.raw) else { return }
        fromConsole += bytes
        if bytes.isEmpty {
            isClosed = true
            fromUser = []
        }
    }

    /// Some bytes; none at the end; nil when there are none now.
    private func read(_ descriptor: Int32) -> [UInt8]? {
        var code: Int32 = 0
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count < 0 {
                failed = true
                code = errno
            }
            filled = max(count, 0)
        }
        // A pseudo terminal whose other side is gone says EIO.
        return failed && (code == EAGAIN || code == EINTR) ? nil : bytes
    }

    /// How many bytes were taken.
    private func write(_ bytes: [UInt8], to descriptor: Int32) throws(VMError) -> Int {
        if bytes.isEmpty { return 0 }
        let count = Glibc.write(descriptor, bytes, bytes.count)
        if count >= 0 { return min(count, bytes.count) }
        if errno == EAGAIN || errno == EINTR { return 0 }
        if descriptor == 1 { throw .system("cannot write to standard output", errno: errno) }
        // The console went away between poll and write; reading will say so.
        return bytes.count
    }
}
