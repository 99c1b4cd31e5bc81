/// Where a stream socket is reached.
public enum SocketAddress: Sendable, Hashable {
    /// A path in the file system, of any length.
    case unix(path: String)
    /// A name in Linux's abstract namespace, without its leading zero byte.
    case abstract(name: String)
    /// A numeric IPv4 or IPv6 address, or `localhost`. Other names aren't looked up: that takes a resolver.
    case tcp(host: String, port: UInt16)
    /// A virtual machine's context id with a port.
    case vsock(cid: UInt32, port: UInt32)
}

extension SocketAddress: CustomStringConvertible {
    /// The spelling that ``init(parsing:)`` reads: a path as it stands, `abstract:NAME`, `tcp:HOST:PORT`,
    /// `vsock:CID:PORT`.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .abstract(let name): "abstract:\(name)"
        case .tcp(let host, let port):
            host.utf8.contains(UInt8(ascii: ":")) ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        case .vsock(let cid, let port): "vsock:\(cid):\(port)"
        }
    }

    /// Reads `tcp:HOST:PORT` (an IPv6 host in brackets, an empty host means `localhost`), `vsock:CID:PORT`,
    /// `abstract:NAME`, `unix:PATH`, or a path.
    ///
    /// - Throws: `invalidArgument` naming the part that is wrong.
    public init(parsing text: String) throws(VMError) {
        if let rest = text.dropping(prefix: "tcp:") {
            self = try Self.tcp(rest, in: text)
        } else if let rest = text.dropping(prefix: "vsock:") {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let cid = UInt32(parts[0]), let port = UInt32(parts[1]) else {
                throw VMError(.invalidArgument, "'\(text)' is no vsock address", remedy: "write vsock:CID:PORT")
            }
            self = .vsock(cid: cid, port: port)
        } else {
            let abstract = text.dropping(prefix: "abstract:")
            let name = abstract ?? text.dropping(prefix: "unix:") ?? text
            guard !name.isEmpty, !name.utf8.contains(0) else {
                throw VMError(.invalidArgument, "'\(text)' names no socket", remedy: "write a path or tcp:HOST:PORT")
            }
            self = abstract == nil ? .unix(path: name) : .abstract(name: name)
        }
    }

    private static func tcp(_ rest: String, in text: String) throws(VMError) -> SocketAddress {
        guard let colon = rest.lastIndex(of: ":"), let port = UInt16(rest[rest.index(after: colon)...]) else {
            throw VMError(
                .invalidArgument, "'\(text)' has no port number", remedy: "write tcp:HOST:PORT with a port up to 65535")
        }
        var host = String(rest[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return .tcp(host: host.isEmpty ? "localhost" : host, port: port)
    }
}

extension String {
    /// The text behind `prefix`, nil when it begins otherwise.
    fileprivate func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
