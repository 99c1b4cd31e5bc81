internal import Glibc
public import VMCore

/// A machine's console as a stream of bytes, which this client has to itself as long as this object lives.
///
/// Two clients of one pseudo terminal would each get half of what the guest writes, and a second one of a socket would
/// wait in vain: so a console has one client at a time. Another one may take it over by force; then ``receive(limit:)`` says
/// so, and the holder has to let go.
///
/// The calls without a deadline never wait; wait for ``descriptor`` and ``notice`` with poll or epoll.
public final class ConsoleChannel: Sendable {
    /// What has come.
    public enum Input: Sendable, Hashable {
        case bytes([UInt8])
        /// Nothing now.
        case nothing
        /// The console is gone: the machine has ended.
        case ended
        /// Another client has taken the console over.
        case takenOver
    }

    public let endpoint: ConsoleEndpoint
    private let stream: FileDescriptor
    private let possession: ConsolePossession
    private let early: EarlyOutput?

    init(
        _ endpoint: ConsoleEndpoint, _ stream: consuming FileDescriptor, _ possession: consuming ConsolePossession,
        _ early: EarlyOutput? = nil
    ) {
        self.endpoint = endpoint
        self.stream = stream
        self.possession = possession
        self.early = early
        Socket.setNonBlocking(self.stream.raw)
    }

    deinit { early?.close() }

    /// How many of the first bytes that are received the guest had printed before this client joined.
    public var earlierByteCount: Int { early.map { Int(clamping: $0.count) } ?? 0 }

    /// Whether the client has only just joined: then ``descriptor`` doesn't tell of everything that has come, so receive
    /// every some 50 ms, too.
    public var isJoining: Bool { early.map { !$0.isSettled } ?? false }

    /// Readable when the guest has written or the console is gone, writable when it takes more.
    public var descriptor: Int32 { stream.raw }

    /// Readable when another client has taken the console over.
    public var notice: Int32 { possession.notice }

    /// What the guest has written until now.
    public func receive(limit: Int = 4096) -> Input {
        if possession.isTaken { return .takenOver }
        if let input = early?.receive(from: stream.raw, limit: limit) { return input }
        var code: Int32 = 0
        var result = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: max(1, limit)) { buffer, filled in
            result = read(stream.raw, buffer.baseAddress, buffer.count)
            code = errno
            filled = max(result, 0)
        }
        if result > 0 { return .bytes(bytes) }
        // A pseudo terminal whose other side is gone says EIO.
        return result < 0 && (code == EAGAIN || code == EINTR) ? .nothing : .ended
    }

    /// Types bytes.
    ///
    /// - Returns: how many were taken. All when the console is gone: receiving says so.
    public func send(_ bytes: [UInt8]) -> Int {
        if bytes.isEmpty || possession.isTaken { return 0 }
        let count = write(stream.raw, bytes, bytes.count)
        if count >= 0 { return min(count, bytes.count) }
        return errno == EAGAIN || errno == EINTR ? 0 : bytes.count
    }

    // MARK: Waiting

    /// Waits for what the guest writes.
    ///
    /// - Returns: some bytes; none when the console is gone.
    /// - Throws: `timeout`; `busy` when another client has taken the console over.
    public func receive(deadline: Deadline, limit: Int = 4096) throws(VMError) -> [UInt8] {
        while true {
            switch receive(limit: limit) {
            case .bytes(let bytes): return bytes
            case .ended: return []
            case .takenOver: throw Self.takenOver
            case .nothing: try wait(Int16(POLLIN), deadline)
            }
        }
    }

    /// Types all of the bytes.
    ///
    /// - Throws: `timeout` when the guest doesn't take them; `busy` when another client has taken the console over.
    public func send(_ bytes: [UInt8], deadline: Deadline) throws(VMError) {
        var rest = bytes
        while !rest.isEmpty {
            if possession.isTaken { throw Self.takenOver }
            let count = send(rest)
            rest.removeFirst(count)
            if count == 0 { try wait(Int16(POLLOUT), deadline) }
        }
    }

    private func wait(_ events: Int16, _ deadline: Deadline) throws(VMError) {
        var entries = [
            pollfd(fd: stream.raw, events: events, revents: 0),
            pollfd(fd: notice, events: Int16(POLLIN), revents: 0),
        ]
        let limit = isJoining ? min(deadline, .after(Self.joiningPause)) : deadline
        let count = poll(&entries, 2, limit.pollTimeout)
        if count < 0, errno != EINTR { throw .system("cannot wait for the console", errno: errno) }
        if count <= 0, deadline.hasPassed { throw VMError(.timeout, "the console has nothing to say") }
    }

    /// How often is looked while a client is joining.
    package static let joiningPause = Duration.milliseconds(50)

    private static var takenOver: VMError { VMError(.busy, "another client has taken the console over") }
}

/// The right to a console: a lock, and a FIFO by which another client asks for it.
struct ConsolePossession: ~Copyable, Sendable {
    private let lock: FileLock
    private let requests: FileDescriptor

    /// - Parameters:
    ///   - base: what both files' names begin with.
    ///   - force: has a client that holds the console let go of it.
    /// - Throws: `busy` when somebody holds it, and with force when that one doesn't let go by the deadline.
    init(_ base: String, force: Bool, deadline: Deadline) throws(VMError) {
        let lock = try Self.take(base, force, deadline)
        if mkfifo(base + ".request", 0o600) != 0, errno != EEXIST {
            throw .system("cannot make '\(base).request'", errno: errno)
        }
        // With an end for writing of its own it never reads as closed.
        let requests = try FileDescriptor.open(base + ".request", flags: O_RDWR | O_NONBLOCK)
        self.lock = lock
        self.requests = requests
    }

    private static func take(_ base: String, _ force: Bool, _ deadline: Deadline) throws(VMError) -> FileLock {
        while true {
            // One who has just left may be seen a moment longer: a program that is starting has a copy of every descriptor.
            let moment = min(deadline, .after(force ? .zero : .milliseconds(100)))
            if let lock = try FileLock.take(base + ".lock", until: moment) { return lock }
            guard force else {
                throw VMError(
                    .busy, "operation failed: Active console session exists for this domain",
                    remedy: "leave the other session with ^], or take its place with \(option: "force")")
            }
            ask(base)
            if let lock = try FileLock.take(base + ".lock", until: min(deadline, .after(.milliseconds(50)))) {
                return lock
            }
            guard !deadline.hasPassed else {
                throw VMError(.busy, "operation failed: the client that has the console doesn't let go of it")
            }
        }
    }

    /// Tells the holder. One that is just beginning has no FIFO yet, and is told the next time.
    private static func ask(_ base: String) {
        guard let writer = try? FileDescriptor.open(base + ".request", flags: O_WRONLY | O_NONBLOCK) else { return }
        _ = write(writer.raw, [UInt8(1)], 1)
    }

    var notice: Int32 { requests.raw }

    /// Whether another client has asked for the console.
    var isTaken: Bool { Poll.isReadable(requests.raw, by: .now) }
}

extension VMManager {
    /// Joins a running machine's console.
    ///
    /// - Parameters:
    ///   - device: the alias of a serial port or console, `serial0`; nil is the first one.
    ///   - force: takes the place of a client that has joined, `VIR_DOMAIN_CONSOLE_FORCE`.
    ///   - history: what of that which the guest has printed before is received first.
    ///   - timeout: how long it may take to get there.
    /// - Throws: `busy` when another client has joined; what ``console(_:device:)`` throws.
    public func openConsole(
        _ key: String, device: String? = nil, force: Bool = false, history: ConsoleHistory = .unseen,
        timeout: Duration = .seconds(5)
    ) throws(VMError) -> ConsoleChannel {
        let deadline = Deadline.after(timeout)
        let machine = try find(key)
        return try join(try consoleLine(machine, device: device), of: machine, force, history, deadline)
    }

    /// Joins one of the ports by which programs in a running machine's guest talk to the host, `virDomainOpenChannel`.
    ///
    /// - Parameters:
    ///   - name: the channel's alias, `channel0`, or the name that the guest sees; nil is the first one.
    ///   - force: takes the place of a client that has joined, `VIR_DOMAIN_CHANNEL_FORCE`.
    /// - Throws: `busy` when another client has joined; `internal` when there is no such channel on a unix socket.
    public func openChannel(
        _ key: String, name: String? = nil, force: Bool = false, timeout: Duration = .seconds(5)
    ) throws(VMError) -> ConsoleChannel {
        let deadline = Deadline.after(timeout)
        let machine = try find(key)
        return try join(try channelLine(machine, name), of: machine, force, .unseen, deadline)
    }

    private func join(
        _ line: ConsoleLine, of machine: Machine, _ force: Bool, _ history: ConsoleHistory, _ deadline: Deadline
    ) throws(VMError) -> ConsoleChannel {
        let endpoint = line.endpoint
        // One terminal may be known by two aliases.
        let name = endpoint.path.split(separator: "/").last ?? "console"
        let possession = try ConsolePossession(
            "\(machine.runtime.path)/console-\(name)", force: force, deadline: deadline)
        let stream =
            switch endpoint {
            case .terminal(let path): try PseudoTerminal.open(path)
            case .unix(let path): try Socket.connect(to: .unix(path: path), deadline: deadline)
            }
        let early = line.log.flatMap { EarlyOutput($0, mark: line.mark, history) }
        return ConsoleChannel(endpoint, stream, possession, early)
    }
}

extension ConsoleEndpoint {
    /// The terminal, or the socket.
    public var path: String {
        switch self {
        case .terminal(let path), .unix(let path): path
        }
    }
}
