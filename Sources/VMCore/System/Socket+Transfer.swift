internal import CVMSystem
internal import Glibc

/// The process at the other end of a unix socket.
public struct PeerCredentials: Sendable, Hashable {
    public let processID: Int32
    public let userID: UInt32
    public let groupID: UInt32
}

extension Socket {
    /// What to wait for.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let readable = Readiness(rawValue: Int32(POLLIN))
        public static let writable = Readiness(rawValue: Int32(POLLOUT))
    }

    /// What a read found.
    public enum Received: Sendable, Hashable {
        /// That many bytes (at least one) are in the buffer.
        case bytes(Int)
        /// Nothing is there yet.
        case wouldBlock
        /// The peer has closed its side.
        case end
        /// The connection broke: an errno such as `ECONNRESET`.
        case failed(Int32)
    }

    /// What a write did.
    public enum Sent: Sendable, Hashable {
        /// That many bytes were taken.
        case bytes(Int)
        /// The peer's buffer is full.
        case wouldBlock
        /// The connection broke: an errno such as `EPIPE`.
        case failed(Int32)
    }

    /// Waits until the descriptor is ready (or has broken, which reading then tells); false at the deadline.
    public static func wait(
        for descriptor: Int32, _ readiness: Readiness, deadline: Deadline
    ) throws(VMError) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: readiness.rawValue), revents: 0)
        while true {
            let count = poll(&request, 1, deadline.pollTimeout)
            if count > 0 { return true }
            if count < 0, errno != EINTR { throw .system("can't wait for a socket", errno: errno) }
            if deadline.hasPassed { return false }
        }
    }

    /// Sends as much as the socket takes at once. The descriptors go with the first byte; they stay the caller's.
    public static func send(_ bytes: UnsafeRawBufferPointer, descriptors: [Int32] = [], to socket: Int32) -> Sent {
        let result = vms_send(socket, bytes.baseAddress, bytes.count, descriptors, descriptors.count)
        if result >= 0 { return .bytes(result) }
        let code = Int32(truncatingIfNeeded: -result)
        return code == EAGAIN ? .wouldBlock : .failed(code)
    }

    /// Sends as much as the socket takes at once, from `bytes[range]`.
    public static func send(
        _ bytes: [UInt8], _ range: Range<Int>, descriptors: [Int32] = [], to socket: Int32
    ) -> Sent {
        bytes.withUnsafeBytes {
            send(UnsafeRawBufferPointer(rebasing: $0[range]), descriptors: descriptors, to: socket)
        }
    }

    /// Reads what is there into `buffer`. Descriptors that came along are appended to `descriptors`: the caller closes
    /// them.
    public static func receive(
        into buffer: UnsafeMutableRawBufferPointer, descriptors: inout [Int32], from socket: Int32
    ) -> Received {
        var room = [Int32](repeating: -1, count: Int(VMS_MAX_FDS))
        var count = room.count
        let result = vms_receive(socket, buffer.baseAddress, buffer.count, &room, &count)
        descriptors.append(contentsOf: room.prefix(count))
        return received(result)
    }

    /// Reads what is there into `buffer`, without descriptors.
    public static func receive(into buffer: UnsafeMutableRawBufferPointer, from socket: Int32) -> Received {
        var result = read(socket, buffer.baseAddress, buffer.count)
        while result < 0, errno == EINTR { result = read(socket, buffer.baseAddress, buffer.count) }
        return received(result < 0 ? -Int(errno) : result)
    }

    private static func received(_ result: Int) -> Received {
        if result > 0 { return .bytes(result) }
        if result == 0 { return .end }
        let code = Int32(truncatingIfNeeded: -result)
        return code == EAGAIN ? .wouldBlock : .failed(code)
    }

    /// Says that nothing more will be sent; what was sent still arrives.
    public static func finishSending(_ socket: Int32) { _ = shutdown(socket, Int32(SHUT_WR)) }

    /// Whether a descriptor is a socket.
    public static func isSocket(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFSOCK
    }

    /// Who is at the other end of a unix socket: who it was when the connection was made.
    public static func peer(of socket: Int32) throws(VMError) -> PeerCredentials {
        var process: pid_t = 0
        var user: uid_t = 0
        var group: gid_t = 0
        let code = vms_peer_credentials(socket, &process, &user, &group)
        guard code == 0 else { throw .system("can't tell who is connected", errno: code) }
        return PeerCredentials(processID: process, userID: user, groupID: group)
    }
}

extension Socket {
    /// Sends one datagram to a unix socket.
    ///
    /// - Parameter name: a path, or `@` and a name in the abstract namespace.
    public static func sendDatagram(_ bytes: [UInt8], to name: String) throws(VMError) {
        let isAbstract = name.utf8.first == UInt8(ascii: "@")
        var address = vms_address()
        let path = Array(isAbstract ? Array(name.utf8.dropFirst()) : Array(name.utf8))
        let code = vms_unix_address(path, path.count, isAbstract ? 1 : 0, &address)
        guard code == 0 else { throw .system("'\(name)' can't be a socket's name", errno: code) }
        let raw = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw .system("can't make a socket", errno: errno) }
        let sender = FileDescriptor(owning: raw)
        let failure = vms_connect(sender.raw, &address)
        guard failure == 0 else { throw .system("can't reach '\(name)'", errno: failure) }
        guard case .bytes = send(bytes, 0..<bytes.count, to: sender.raw) else {
            throw VMError(.io, "can't send to '\(name)'")
        }
    }
}
