internal import CVMSystem
internal import Glibc

/// Stream sockets: connecting, listening and accepting. Every descriptor made here is non-blocking and closed on exec.
public enum Socket {
    // MARK: Connecting

    /// Connects to `address`, trying again while the listener's queue is full, until the deadline.
    ///
    /// - Throws: `connection` when nobody listens, the path leads nowhere or access is denied; `timeout`.
    public static func connect(to address: SocketAddress, deadline: Deadline) throws(VMError) -> FileDescriptor {
        switch address {
        case .unix(let path): return try connectUnix(path, deadline: deadline)
        case .abstract(let name):
            let target = try unixAddress(name, abstract: true)
            return try connectStream(target, named: address, deadline: deadline)
        case .tcp(let host, let port): return try connectTCP(host, port, deadline: deadline)
        case .vsock(let cid, let port):
            var target = vms_address()
            _ = vms_vsock_address(cid, port, &target)
            return try connectStream(target, named: address, deadline: deadline)
        }
    }

    private static func connectUnix(_ path: String, deadline: Deadline) throws(VMError) -> FileDescriptor {
        let name = SocketAddress.unix(path: path)
        if path.utf8.count <= vms_unix_path_max() {
            return try connectStream(try unixAddress(path), named: name, deadline: deadline)
        }
        // A path longer than the address holds: the file itself is opened, and its descriptor has a short name.
        let raw = vms_open_path(path, 0)
        guard raw >= 0 else { throw cannotConnect(name, -raw) }
        let file = FileDescriptor(owning: raw)
        return try connectStream(try unixAddress("/proc/self/fd/\(file.raw)"), named: name, deadline: deadline)
    }

    private static func connectTCP(_ host: String, _ port: UInt16, deadline: Deadline) throws(VMError) -> FileDescriptor
    {
        let name = SocketAddress.tcp(host: host, port: port)
        let hosts = host == "localhost" ? ["127.0.0.1", "::1"] : [host]
        var failure: VMError?
        for host in hosts {
            do {
                let connected = try connectStream(try inetAddress(host, port), named: name, deadline: deadline)
                setNoDelay(connected)
                return connected
            } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? cannotConnect(name, EINVAL)
    }

    private static func connectStream(
        _ target: vms_address, named name: SocketAddress, deadline: Deadline
    ) throws(VMError) -> FileDescriptor {
        var target = target
        let family = vms_address_family(&target)
        let socket = try make(family)
        var waits = false
        while true {
            // A unix socket says EAGAIN when the queue is full and is not woken when it empties; with a send timeout
            // the kernel waits in connect itself.
            if waits { setBlocking(socket, sendTimeout: deadline) }
            let code = vms_connect(socket.raw, &target)
            if waits { setNonBlocking(socket) }
            switch code {
            case 0, EISCONN: return socket
            case EINPROGRESS, EALREADY:
                guard try wait(for: socket.raw, .writable, deadline: deadline) else { throw tooLate(name) }
                let result = pendingError(socket)
                guard result == 0 else { throw cannotConnect(name, result) }
                return socket
            case EAGAIN, EINTR:
                if deadline.hasPassed { throw tooLate(name) }
                waits = family == AF_UNIX
            default: throw cannotConnect(name, code)
            }
        }
    }

    /// Connects to a unix or abstract socket where that takes no waiting; nil where it would, as with every other kind.
    public static func connectAtOnce(to address: SocketAddress) throws(VMError) -> FileDescriptor? {
        switch address {
        case .unix, .abstract: break
        case .tcp, .vsock: return nil
        }
        do throws(VMError) { return try connect(to: address, deadline: .now) } catch {
            guard error.code == .timeout else { throw error }
            return nil
        }
    }

    private static func tooLate(_ name: SocketAddress) -> VMError {
        VMError(
            .timeout, "nobody accepted the connection to \(name) in time",
            remedy: "another client may hold the socket, or its owner hangs")
    }

    private static func cannotConnect(_ name: SocketAddress, _ code: Int32) -> VMError {
        let remedy: Remedy? =
            switch code {
            case ECONNREFUSED: "nothing listens there (any more)"
            case ENOENT: "nothing has made that socket yet, or it has ended"
            default: nil
            }
        return .system("can't connect to \(name)", errno: code, as: .connection, remedy: remedy)
    }

    // MARK: Listening

    /// Listens at `address`. A unix socket's file gets `mode` at its birth, whatever the umask lets through; a file that
    /// a dead listener left behind is replaced. TCP port 0 lets the kernel choose, see ``port(of:)``.
    ///
    /// - Throws: `busy` when somebody listens there already, `io` for everything else.
    public static func listen(
        at address: SocketAddress, mode: UInt32 = 0o600, backlog: Int32 = 64
    ) throws(VMError) -> FileDescriptor {
        switch address {
        case .unix(let path): return try listenUnix(path, mode: mode, backlog: backlog)
        case .abstract(let name):
            return try listenStream(try unixAddress(name, abstract: true), named: address, mode: nil, backlog: backlog)
        case .tcp(let host, let port):
            let target = try inetAddress(host == "localhost" ? "127.0.0.1" : host, port)
            return try listenStream(target, named: address, mode: nil, backlog: backlog)
        case .vsock(let cid, let port):
            var target = vms_address()
            _ = vms_vsock_address(cid, port, &target)
            return try listenStream(target, named: address, mode: nil, backlog: backlog)
        }
    }

    /// Takes a UDP port of `host`, a numeric address or `localhost`.
    ///
    /// - Throws: `busy` when somebody has it already, `io` for everything else.
    public static func bindDatagram(host: String, port: UInt16) throws(VMError) -> FileDescriptor {
        var target = try inetAddress(host == "localhost" ? "127.0.0.1" : host, port)
        let socket = try make(vms_address_family(&target), SOCK_DGRAM)
        let code = vms_bind(socket.raw, &target)
        guard code == 0 else {
            throw .system("can't take port \(port) of \(host)", errno: code, as: code == EADDRINUSE ? .busy : .io)
        }
        return socket
    }

    /// Takes a TCP port of `host`, a numeric address, without listening on it: nobody else gets it, and who connects is
    /// refused.
    ///
    /// - Throws: `busy` when somebody has it already, `io` for everything else.
    public static func bindStream(host: String, port: UInt16) throws(VMError) -> FileDescriptor {
        var target = try inetAddress(host, port)
        let socket = try make(vms_address_family(&target))
        let code = vms_bind(socket.raw, &target)
        guard code == 0 else {
            throw .system("can't take port \(port) of \(host)", errno: code, as: code == EADDRINUSE ? .busy : .io)
        }
        return socket
    }

    private static func listenUnix(_ path: String, mode: UInt32, backlog: Int32) throws(VMError) -> FileDescriptor {
        let name = SocketAddress.unix(path: path)
        if access(path, F_OK) == 0 {
            guard isAbandoned(path) else {
                let isSocket = Files.oddKind(path) == "a socket"
                throw VMError(
                    .busy,
                    isSocket ? "somebody listens on \(path) already" : "\(path) is there already, and is no socket",
                    remedy: "use another path")
            }
            unlink(path)
        }
        if path.utf8.count <= vms_unix_path_max() {
            return try listenStream(try unixAddress(path), named: name, mode: mode, backlog: backlog)
        }
        return try listenLongUnix(path, mode: mode, backlog: backlog)
    }

    /// A path longer than the address holds: the socket is born in the folder, by the folder's descriptor, with a short
    /// name, and then renamed.
    private static func listenLongUnix(_ path: String, mode: UInt32, backlog: Int32) throws(VMError) -> FileDescriptor {
        let name = SocketAddress.unix(path: path)
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        let last = slash.map { String(path[path.index(after: $0)...]) } ?? path
        let raw = vms_open_path(folder, 1)
        guard raw >= 0 else { throw .system("can't listen on \(name)", errno: -raw) }
        let directory = FileDescriptor(owning: raw)
        let birthName = ".\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let target = try unixAddress("/proc/self/fd/\(directory.raw)/\(birthName)")
        let socket = try listenStream(target, named: name, mode: mode, backlog: backlog)
        guard renameat(directory.raw, birthName, directory.raw, last) == 0 else {
            let code = errno
            unlinkat(directory.raw, birthName, 0)
            throw .system("can't listen on \(name)", errno: code)
        }
        return socket
    }

    private static func listenStream(
        _ target: vms_address, named name: SocketAddress, mode: UInt32?, backlog: Int32
    ) throws(VMError) -> FileDescriptor {
        var target = target
        let family = vms_address_family(&target)
        let socket = try make(family)
        if family == AF_INET || family == AF_INET6 {
            var on: Int32 = 1
            setsockopt(socket.raw, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        }
        // The mode of the socket's inode before bind is the mode of the file that bind makes (less the umask).
        if let mode { fchmod(socket.raw, mode_t(mode)) }
        let code = vms_bind(socket.raw, &target)
        if code == EADDRINUSE { throw .system("can't listen on \(name)", errno: code, as: .busy) }
        guard code == 0 else { throw .system("can't listen on \(name)", errno: code) }
        guard Glibc.listen(socket.raw, backlog) == 0 else { throw .system("can't listen on \(name)", errno: errno) }
        return socket
    }

    /// Whether `path` is a socket on which nobody listens any more.
    public static func isAbandoned(_ path: String) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        let raw = vms_open_path(path, 0)
        guard raw >= 0 else { return false }
        let file = FileDescriptor(owning: raw)
        guard var target = try? unixAddress("/proc/self/fd/\(file.raw)"), let probe = try? make(AF_UNIX) else {
            return false
        }
        return vms_connect(probe.raw, &target) == ECONNREFUSED
    }

    /// Whether somebody listens at `path`, found out without connecting: a server that serves one client only would take
    /// the question for it.
    public static func isListening(_ path: String) -> Bool {
        Files.exists(path) && UnixSocketTable.isListening(path)
    }

    /// The next client that waits at a listening socket; nil when none does.
    ///
    /// - Throws: `busy` when this process has no descriptor left for it.
    public static func accept(on listener: Int32) throws(VMError) -> FileDescriptor? {
        let raw = vms_accept(listener)
        if raw == -EAGAIN { return nil }
        if [-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM].contains(raw) {
            throw .system("can't accept a connection", errno: -raw, as: .busy)
        }
        guard raw >= 0 else { throw .system("can't accept a connection", errno: -raw) }
        let client = FileDescriptor(owning: raw)
        setNoDelay(client)
        return client
    }

    /// The port a TCP or vsock socket is bound to; 0 for others.
    public static func port(of socket: Int32) -> UInt32 {
        var address = vms_address()
        return vms_local_address(socket, &address) == 0 ? vms_address_port(&address) : 0
    }

    /// Two connected unix sockets.
    @frozen
    public struct Pair: ~Copyable {
        public let first: FileDescriptor
        public let second: FileDescriptor

        /// Gives both ends up: the caller closes them.
        public consuming func release() -> (Int32, Int32) { (first.release(), second.release()) }
    }

    /// Makes two connected unix sockets.
    public static func pair() throws(VMError) -> Pair {
        var ends: (Int32, Int32) = (-1, -1)
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        // SAFETY: socketpair writes exactly two descriptors, which is what a pair of Int32 holds.
        let result = withUnsafeMutableBytes(of: &ends) { room in
            socketpair(AF_UNIX, type, 0, room.assumingMemoryBound(to: Int32.self).baseAddress)
        }
        guard result == 0 else { throw .system("can't make a pair of sockets", errno: errno) }
        return Pair(first: FileDescriptor(owning: ends.0), second: FileDescriptor(owning: ends.1))
    }

    // MARK: Addresses and options

    private static func unixAddress(_ path: String, abstract: Bool = false) throws(VMError) -> vms_address {
        var address = vms_address()
        let bytes = Array(path.utf8)
        let code = vms_unix_address(bytes, bytes.count, abstract ? 1 : 0, &address)
        guard code == 0 else { throw .system("'\(path)' can't be a socket's name", errno: code, as: .invalidArgument) }
        return address
    }

    private static func inetAddress(_ host: String, _ port: UInt16) throws(VMError) -> vms_address {
        var address = vms_address()
        guard vms_inet_address(host, port, &address) == 0 else {
            throw VMError(
                .invalidArgument, "'\(host)' is neither an IPv4 nor an IPv6 address",
                remedy: "write the address in numbers, or localhost")
        }
        return address
    }

    private static func make(
        _ family: Int32, _ type: __socket_type = SOCK_STREAM
    ) throws(VMError) -> FileDescriptor {
        let raw = socket(family, Int32(type.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard raw >= 0 else { throw .system("can't make a socket", errno: errno) }
        return FileDescriptor(owning: raw)
    }

    private static func setNoDelay(_ socket: borrowing FileDescriptor) {
        var on: Int32 = 1
        // Fails on sockets that aren't TCP, which have no delay.
        setsockopt(socket.raw, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func setBlocking(_ socket: borrowing FileDescriptor, sendTimeout deadline: Deadline) {
        let left = max(1000, deadline.remaining.inNanoseconds / 1000)
        var time = timeval(tv_sec: Int(left / 1_000_000), tv_usec: Int(left % 1_000_000))
        setsockopt(socket.raw, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        let flags = fcntl(socket.raw, F_GETFL)
        _ = fcntl(socket.raw, F_SETFL, flags & ~O_NONBLOCK)
    }

    private static func setNonBlocking(_ socket: borrowing FileDescriptor) { setNonBlocking(socket.raw) }

    /// Makes a descriptor that came from elsewhere non-blocking.
    public static func setNonBlocking(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    }

    /// Makes a descriptor wait where it would have to, for a program that expects it so.
    public static func setBlocking(_ descriptor: Int32) {
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK)
    }

    private static func pendingError(_ socket: borrowing FileDescriptor) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket.raw, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }
}
