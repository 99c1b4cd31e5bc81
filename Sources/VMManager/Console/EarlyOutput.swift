internal import Glibc
internal import SupervisorProtocol
internal import Synchronization
internal import VMCore

/// What a guest printed on a console before somebody joined it, and in the moment of joining.
///
/// QEMU appends all that a console prints to a file, and gives a client only what comes once it has noticed the client,
/// which takes it up to a second with a pseudo terminal. Until then this client reads the file, and drops what it gets from
/// the console itself, which is in the file too.
final class EarlyOutput: Sendable {
    private struct State {
        /// Where in the file the next byte is.
        var next: Int64
        /// Whether the console itself is read.
        var isSettled = false
        /// When something last came from the console.
        var lastDrain = Deadline.now
        /// The end of what was read from the file.
        var tail: [UInt8] = []
        /// What came from the console and hasn't been found in the file, and since when nothing has come to that. QEMU
        /// writes to the file behind the console, so some of it is on its way; all of it stays here when QEMU can't write.
        var missing: [UInt8] = []
        var missingSince: Deadline?
    }

    private let file: FileDescriptor
    private let mark: String?
    private let joined = Deadline.now
    private let state: Mutex<State>
    /// How many bytes had been printed and are to be shown when the console was joined.
    let count: Int64

    /// How long QEMU takes to notice a client of a pseudo terminal, at most.
    private static let noticing = Duration.milliseconds(1300)
    /// How much later than at the client something may be in the file; and so how long a console has to be silent before
    /// the file is left.
    private static let lateness = Duration.milliseconds(200)
    /// How much of the file's end is kept to be compared with what came from the console, and how much of that.
    private static let kept = Int(RuntimeFolder.consoleHistory)
    private static let compared = 64
    /// `SEEK_DATA` of lseek(2), which the module Glibc doesn't have.
    private static let seekData: Int32 = 3

    /// - Parameters:
    ///   - path: the file to which QEMU appends.
    ///   - mark: where it is kept how much of it has been shown; nil when nothing is.
    ///   - wanted: what of it is to be shown.
    init?(_ path: String, mark: String?, _ wanted: ConsoleHistory) {
        guard let file = try? FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK | O_NOFOLLOW) else { return nil }
        var status = stat()
        guard fstat(file.raw, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        let size = Int64(status.st_size)
        var begin = max(0, size - RuntimeFolder.consoleHistory)
        switch wanted {
        case .none: begin = size
        case .all: break
        case .unseen:
            let text = mark.flatMap { try? OwnFiles.read($0, limit: 32) }.map { String(decoding: $0, as: UTF8.self) }
            if let seen = text.flatMap({ Int64($0) }), seen >= 0, seen <= size { begin = max(begin, seen) }
        }
        self.file = file
        self.mark = mark
        state = Mutex(State(next: begin))
        count = size - begin
    }

    /// Whether the console itself is read, so that its descriptor tells when there is something.
    var isSettled: Bool { state.withLock { $0.isSettled } }

    /// What has come; nil when the console itself is to be read.
    func receive(from console: Int32, limit: Int) -> ConsoleChannel.Input? {
        state.withLock { $0.isSettled ? nil : look(&$0, console, max(1, limit)) }
    }

    private func look(_ state: inout State, _ console: Int32, _ limit: Int) -> ConsoleChannel.Input? {
        let (drained, isOver) = Self.drain(console)
        if !drained.isEmpty {
            state.lastDrain = .now
            state.missing = Array((state.missing + drained).suffix(Self.kept))
            state.missingSince = state.missingSince ?? .now
        }
        let bytes = read(&state, limit)
        state.tail = Array((state.tail + bytes).suffix(Self.kept))
        if Self.isFound(state.missing, in: state.tail) {
            state.missing = []
            state.missingSince = nil
        }
        if !bytes.isEmpty {
            // The file grows, and the rest will come.
            if state.missingSince != nil { state.missingSince = .now }
            return .bytes(bytes)
        }
        if let since = state.missingSince, isOver || since.advanced(by: Self.lateness).hasPassed {
            // QEMU can't write to the file, on a full disk for instance.
            state.isSettled = true
            return .bytes(Self.rest(of: state.missing, behind: state.tail))
        }
        if isOver { return .ended }
        guard state.missingSince == nil, joined.advanced(by: Self.noticing).hasPassed,
            state.lastDrain.advanced(by: Self.lateness).hasPassed, !Poll.isReadable(console, by: .now)
        else { return .nothing }
        // Nothing is on its way: from here on both have the same.
        state.isSettled = true
        return nil
    }

    /// All that the console has now, and whether it is gone.
    private static func drain(_ console: Int32) -> (bytes: [UInt8], isOver: Bool) {
        var all: [UInt8] = []
        // Bounded, for a guest may print without end.
        for _ in 0..<16 {
            var result = 0
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
                result = Glibc.read(console, buffer.baseAddress, buffer.count)
                code = errno
                filled = max(result, 0)
            }
            if result <= 0 { return (all, result == 0 || code != EAGAIN && code != EINTR) }
            all += bytes
        }
        return (all, false)
    }

    /// Whether the end of what came from the console is in the file as well.
    private static func isFound(_ missing: [UInt8], in tail: [UInt8]) -> Bool {
        let wanted = missing.suffix(compared)
        guard !wanted.isEmpty, wanted.count <= tail.count else { return false }
        // It is near the end, as a rule.
        for start in stride(from: tail.count - wanted.count, through: 0, by: -1)
        where tail[start..<start + wanted.count].elementsEqual(wanted) {
            return true
        }
        return false
    }

    /// What came from the console less what the file ends with.
    private static func rest(of missing: [UInt8], behind tail: [UInt8]) -> [UInt8] {
        for count in stride(from: min(missing.count, tail.count), to: 0, by: -1)
        where tail.suffix(count).elementsEqual(missing.prefix(count)) {
            return Array(missing.dropFirst(count))
        }
        return missing
    }

    /// Reads on in the file. What has been given back to the file system, because this client is far behind, is passed
    /// over: it would read as zeros.
    private func read(_ state: inout State, _ limit: Int) -> [UInt8] {
        for _ in 0..<4 {
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
                filled = max(0, pread(file.raw, buffer.baseAddress, buffer.count, off_t(state.next)))
            }
            if bytes.isEmpty { break }
            // Looked at behind the reading, since it may be given back meanwhile.
            let data = lseek(file.raw, off_t(state.next), Self.seekData)
            if data <= state.next, data >= 0 || errno != ENXIO {
                state.next += Int64(bytes.count)
                return bytes
            }
            state.next = data > state.next ? Int64(data) : state.next + Int64(bytes.count)
        }
        // Where holes can't be made the file is emptied.
        if Int64(lseek(file.raw, 0, SEEK_END)) < state.next { state.next = 0 }
        return []
    }

    /// Notes how much has been shown, for the next who joins.
    func close() {
        guard let mark else { return }
        let shown = state.withLock { state in
            var status = stat()
            return state.isSettled && fstat(file.raw, &status) == 0 ? Int64(status.st_size) : state.next
        }
        // Without it the next one sees some of it again.
        try? Files.write(Array(String(shown).utf8), to: mark, durable: false)
    }
}

/// What of that which a guest printed on a console before a client joined it the client gets first. Only the last 64 KiB
/// are kept.
public enum ConsoleHistory: Sendable, Hashable {
    /// Nothing.
    case none
    /// What no other client has got.
    case unseen
    /// All that there is.
    case all
}
