public import VMCore

/// Where an image comes from: a file of this host, or an address that `curl` understands.
public enum ImportSource: Sendable, Hashable {
    case file(String)
    case address(String)

    /// Protocols that are spoken. A redirection may lead to the first four alone, never to a file of this host.
    static let protocols = ["http", "https", "ftp", "ftps"]
    private static let longestAddress = 4096

    /// A path, or an address with `://`.
    public init(_ text: String) throws(VMError) {
        func refuse(_ why: String, _ remedy: Remedy? = nil) -> VMError { .invalidVolume(why, remedy: remedy) }
        guard !text.isEmpty else { throw refuse("there is no source to import from") }
        guard !text.utf8.contains(0) else { throw refuse("a source can't have a zero byte in it") }
        guard let mark = text.firstRange(of: "://") else {
            self = .file(text)
            return
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        if scheme == "file" {
            // file:///path, or file://localhost/path.
            let path = rest.drop { $0 != "/" }
            let host = rest.prefix { $0 != "/" }
            guard host.isEmpty || host == "localhost", let decoded = Self.decoded(path), !decoded.isEmpty,
                !decoded.utf8.contains(0)
            else {
                throw refuse("'\(text)' names no file of this host", "write file:///PATH")
            }
            self = .file(decoded)
            return
        }
        guard Self.protocols.contains(scheme) else {
            throw refuse(
                "no images are taken from '\(scheme)://' addresses",
                "give a path, or an address with http, https, ftp or file")
        }
        // What stands in curl's configuration has to be one word there.
        guard text.utf8.count <= Self.longestAddress, !rest.isEmpty,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
        else {
            throw refuse(
                "the address is no URL: it has blanks, quotes or other signs that have to be written as %XX",
                "write a blank as %20")
        }
        self = .address(text)
    }

    /// What people are told: without a user's name and password.
    var shown: String {
        guard case .address(let address) = self, let mark = address.firstRange(of: "://") else { return path }
        let rest = address[mark.upperBound...]
        let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard let at = host.lastIndex(of: "@") else { return address }
        return String(address[..<mark.upperBound] + rest[host.index(after: at)...])
    }

    private var path: String {
        switch self {
        case .file(let path), .address(let path): path
        }
    }

    /// The last part of the path, by which the volume is called that gets no other name; nil when there is none.
    public var lastComponent: String? {
        var text = path[...]
        if case .address = self, let mark = text.firstRange(of: "://") {
            text = text[mark.upperBound...].prefix { $0 != "?" && $0 != "#" }
            guard text.contains("/") else { return nil }
        }
        guard let last = text.split(separator: "/", omittingEmptySubsequences: false).last, !last.isEmpty else {
            return nil
        }
        if case .address = self { return Self.decoded(last) }
        return String(last)
    }

    /// Bytes that are written as `%XX`; nil where what follows a `%` is no number, or the result is no text.
    private static func decoded(_ text: Substring) -> String? {
        PercentEncoding.bytes(of: text.utf8).flatMap { String(validating: $0, as: UTF8.self) }
    }
}
