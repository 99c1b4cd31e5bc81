/// What has gone over the host's network devices: `/proc/net/dev`.
public struct NetworkDevices: Sendable {
    /// One direction of a device, seen from the host.
    public struct Counters: Sendable, Hashable {
        public var bytes: UInt64
        public var packets: UInt64
        public var errors: UInt64
        public var drops: UInt64
    }

    /// A device's counters.
    public struct Device: Sendable, Hashable {
        public var received: Counters
        public var sent: Counters
    }

    private var devices: [String: Device] = [:]

    /// Reads the file's text: two lines of headings, then `name: eight numbers received, eight sent`.
    public init(_ text: some Collection<UInt8>) {
        for line in ProcText.lines(text) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let name = ProcText.string(line[..<colon].drop { $0 == UInt8(ascii: " ") })
            let numbers = ProcText.words(line[(colon + 1)...]).map { ProcText.number($0) ?? 0 }
            guard numbers.count >= 12 else { continue }
            func counters(_ first: Int) -> Counters {
                Counters(
                    bytes: numbers[first], packets: numbers[first + 1], errors: numbers[first + 2],
                    drops: numbers[first + 3])
            }
            devices[name] = Device(received: counters(0), sent: counters(8))
        }
    }

    /// Those of the host, of now.
    public static func current() -> NetworkDevices {
        NetworkDevices(ProcText.read("/proc/net/dev", limit: 1 << 20) ?? [])
    }

    /// Those of the network namespace in which a process is.
    public static func of(_ process: Int32) -> NetworkDevices {
        NetworkDevices(ProcText.read("/proc/\(process)/net/dev", limit: 1 << 20) ?? [])
    }

    public subscript(name: String) -> Device? { devices[name] }
}

/// The host's table of neighbours: `/proc/net/arp`, IPv4 alone.
public enum NeighbourTable {
    public struct Entry: Sendable, Hashable {
        public var address: String
        /// As the kernel writes it, in lower case.
        public var mac: String
        /// The host's network device.
        public var device: String
    }

    /// Reads the file's text: a line of headings, then address, type, flags, MAC address, mask, device.
    public static func parse(_ text: some Collection<UInt8>) -> [Entry] {
        ProcText.lines(text).dropFirst().compactMap { line in
            let words = ProcText.words(line)
            guard words.count >= 4 else { return nil }
            return Entry(
                address: ProcText.string(words[0]), mac: ProcText.string(words[3]),
                device: words.count > 5 ? ProcText.string(words[5]) : "")
        }
    }

    /// That of the host, of now.
    ///
    /// - Throws: `io` when the kernel shows none.
    public static func current() throws(VMError) -> [Entry] {
        parse(try Files.read("/proc/net/arp", limit: 16 << 20, regularOnly: false))
    }
}

/// The host's TCP sockets: `/proc/net/tcp` and `tcp6`.
public enum TCPTable {
    /// The inode numbers of the sockets that listen on a port, from the text of one of the files.
    public static func listeners(on port: UInt16, in text: some Collection<UInt8>) -> [UInt64] {
        ProcText.lines(text).dropFirst().compactMap { line in
            // Number, local address, remote address, state (0A is listening), … inode.
            let words = ProcText.words(line)
            guard words.count > 9, words[3].elementsEqual("0A".utf8),
                let local = words[1].split(separator: UInt8(ascii: ":")).last,
                UInt16(ProcText.string(local), radix: 16) == port
            else { return nil }
            return ProcText.number(words[9])
        }
    }

    /// The same of the host, of now.
    public static func listeners(on port: UInt16) -> [UInt64] {
        ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path in
            listeners(on: port, in: ProcText.read(path, limit: 16 << 20) ?? [])
        }
    }
}

/// The host's UDP sockets: `/proc/net/udp` and `udp6`.
public enum UDPTable {
    /// The inode numbers of the sockets that have a port, from the text of one of the files.
    public static func holders(of port: UInt16, in text: some Collection<UInt8>) -> [UInt64] {
        ProcText.lines(text).dropFirst().compactMap { line in
            // Number, local address, remote address, state, … inode.
            let words = ProcText.words(line)
            guard words.count > 9, let local = words[1].split(separator: UInt8(ascii: ":")).last,
                UInt16(ProcText.string(local), radix: 16) == port
            else { return nil }
            return ProcText.number(words[9])
        }
    }

    /// The same of the host, of now.
    public static func holders(of port: UInt16) -> [UInt64] {
        ["/proc/net/udp", "/proc/net/udp6"].flatMap { path in
            holders(of: port, in: ProcText.read(path, limit: 16 << 20) ?? [])
        }
    }
}

/// The host's unix sockets: `/proc/net/unix`.
public enum UnixSocketTable {
    /// Whether a socket at that path accepts connections, from the file's text.
    public static func isListening(_ path: String, in text: some Collection<UInt8>) -> Bool {
        let wanted = Array(path.utf8)
        return ProcText.lines(text).contains { line in
            guard line.count > wanted.count, line.suffix(wanted.count).elementsEqual(wanted) else { return false }
            let words = line.split(separator: UInt8(ascii: " "))
            // The fourth are flags, of which one says that the socket accepts connections.
            return words.count == 8 && words[7].elementsEqual(wanted) && words[3].elementsEqual("00010000".utf8)
        }
    }

    /// The same of the host, of now.
    public static func isListening(_ path: String) -> Bool {
        ProcText.read("/proc/net/unix", limit: 64 << 20).map { isListening(path, in: $0) } ?? false
    }
}
