/// The host's table of routes: `/proc/net/route`, IPv4 alone.
public enum RouteTable {
    public struct Entry: Sendable, Hashable {
        public var device: String
        public var network: IPAddress
        public var prefix: Int
    }

    /// Reads the file's text: a line of headings, then device, destination, gateway, flags, three numbers, mask; numbers in
    /// hexadecimal, in the order of the host's bytes.
    public static func parse(_ text: some Collection<UInt8>) -> [Entry] {
        ProcText.lines(text).dropFirst().compactMap { line in
            let words = ProcText.words(line).map(ProcText.string)
            guard words.count >= 8, let target = UInt32(words[1], radix: 16), let mask = UInt32(words[7], radix: 16),
                let prefix = IPAddress(.ipv4, UInt128(UInt32(bigEndian: mask))).prefixOfMask
            else { return nil }
            return Entry(
                device: words[0], network: IPAddress(.ipv4, UInt128(UInt32(bigEndian: target))), prefix: prefix)
        }
    }

    /// Those of now.
    public static func current() -> [Entry] { parse(ProcText.read("/proc/net/route", limit: 1 << 20) ?? []) }
}
