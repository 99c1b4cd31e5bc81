internal import Glibc
internal import VMCore
internal import VMManager

/// Joins standard input and output to a machine's console until the escape character is typed or the console ends.
struct ConsoleSession: ~Copyable {
    /// Why a session ended.
    enum End: Sendable { case escaped, closed, inputEnded, interrupted, takenOver }

    private let console: ConsoleChannel
    private let escape: UInt8
    private var fromUser: [UInt8] = []
    private var fromConsole: [UInt8] = []
    private var inputIsOpen = true
    private var isEscaped = false
    private var isClosed = false
    /// How many bytes of the console have been shown.
    private var shown = 0
    /// What is told when all has been shown that the guest had printed before; nil when that is told or not wanted.
    private var liveNotice: String?

    /// How long output is still shown after standard input, a pipe or file, has ended.
    private static let lastWords = Duration.milliseconds(500)
    /// The most that is read ahead for a side that doesn't keep up.
    private static let bufferLimit = 64 << 10

    /// - Parameter liveNotice: what is told when all has been shown that the guest had printed before.
    init(console: ConsoleChannel, escape: UInt8, liveNotice: String? = nil) {
        self.console = console
        self.escape = escape
        self.liveNotice = console.earlierByteCount > 0 ? liveNotice : nil
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
        var deadline = Deadline.distantFuture
        while true {
            var entries = self.entries(signals.raw)
            let limit = console.isJoining ? min(deadline, .after(ConsoleChannel.joiningPause)) : deadline
            let count = poll(&entries, nfds_t(entries.count), limit.pollTimeout)
            if count < 0, errno != EINTR { throw .system("cannot wait for the console", errno: errno) }
            if console.isJoining, !isClosed, fromConsole.count < Self.bufferLimit {
                let before = fromConsole.count
                readConsole()
                if fromConsole.count > before, deadline != .distantFuture { deadline = .after(Self.lastWords) }
            }
            if count <= 0 {
                if deadline.hasPassed, fromConsole.isEmpty { return .inputEnded }
                continue
            }
            if entries[3].revents != 0 { return .interrupted }
            if entries[4].revents != 0 { return .takenOver }
            if entries[1].revents != 0 { readUser() }
            if entries[0].revents & Int16(POLLOUT) != 0 { fromUser.removeFirst(console.send(fromUser)) }
            if entries[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                readConsole()
                deadline = deadline == .distantFuture ? deadline : .after(Self.lastWords)
            }
            if entries[2].revents != 0 { try showSome() }
            if isEscaped, fromUser.isEmpty { return .escaped }
            if isClosed, fromConsole.isEmpty { return .closed }
            if !inputIsOpen, fromUser.isEmpty, deadline == .distantFuture { deadline = .after(Self.lastWords) }
        }
    }

    /// Console, standard input, standard output, signals, other clients of the console; each watched only for what can be used now.
    private func entries(_ signals: Int32) -> [pollfd] {
        let readsUser = inputIsOpen && !isEscaped && fromUser.count < Self.bufferLimit
        let readsConsole = !isClosed && fromConsole.count < Self.bufferLimit
        let consoleEvents = (readsConsole ? Int16(POLLIN) : 0) | (fromUser.isEmpty ? 0 : Int16(POLLOUT))
        return [
            pollfd(fd: consoleEvents == 0 || isClosed ? -1 : console.descriptor, events: consoleEvents, revents: 0),
            pollfd(fd: readsUser ? 0 : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: fromConsole.isEmpty ? -1 : 1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: console.notice, events: Int16(POLLIN), revents: 0),
        ]
    }

    private mutating func readUser() {
        guard let bytes = readInput() else { return }
        if bytes.isEmpty { inputIsOpen = false }
        if let position = bytes.firstIndex(of: escape) {
            isEscaped = true
            fromUser += bytes[..<position]
        } else {
            fromUser += bytes
        }
    }

    private mutating func readConsole() {
        switch console.receive() {
        case .bytes(let bytes): fromConsole += bytes
        case .ended:
            isClosed = true
            fromUser = []
        case .nothing, .takenOver: return
        }
    }

    /// Some bytes of standard input; none at its end; nil when there are none now.
    private func readInput() -> [UInt8]? {
        var code: Int32 = 0
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
            let count = read(0, buffer.baseAddress, buffer.count)
            if count < 0 {
                failed = true
                code = errno
            }
            filled = max(count, 0)
        }
        return failed && (code == EAGAIN || code == EINTR) ? nil : bytes
    }

    /// Shows what has come: up to where the guest had printed when this session began, then the rest.
    private mutating func showSome() throws(VMError) {
        let early = max(0, console.earlierByteCount - shown)
        let part = liveNotice == nil || early == 0 ? fromConsole : Array(fromConsole.prefix(early))
        let count = try show(part)
        fromConsole.removeFirst(count)
        shown += count
        guard let notice = liveNotice, shown >= console.earlierByteCount else { return }
        liveNotice = nil
        StandardStream.error.show(notice)
    }

    /// How many bytes standard output took.
    private func show(_ bytes: [UInt8]) throws(VMError) -> Int {
        if bytes.isEmpty { return 0 }
        let count = write(1, bytes, bytes.count)
        if count >= 0 { return min(count, bytes.count) }
        if errno == EAGAIN || errno == EINTR { return 0 }
        throw .system("cannot write to standard output", errno: errno)
    }
}
