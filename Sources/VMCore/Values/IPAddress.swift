/// An address of the Internet protocol, of either version, as a number.
public struct IPAddress: Sendable, Hashable {
    public enum Family: String, Sendable, CaseIterable {
        case ipv4, ipv6

        /// How many bits an address has.
        public var width: Int { self == .ipv4 ? 32 : 128 }
    }

    public let family: Family
    public let value: UInt128

    public init(_ family: Family, _ value: UInt128) {
        self.family = family
        self.value = family == .ipv4 ? value & 0xffff_ffff : value
    }

    /// Reads `192.168.122.1` or `fd00::1`; nil for anything else, and for what could be read in two ways.
    public init?(_ text: String) {
        guard text.utf8.count <= 45 else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            guard let value = Self.version6(text) else { return nil }
            self.init(.ipv6, value)
        } else {
            guard let value = Self.version4(text[...]) else { return nil }
            self.init(.ipv4, UInt128(value))
        }
    }

    /// An address from its bytes in the order of the network.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.init(bytes.count == 4 ? .ipv4 : .ipv6, bytes.reduce(UInt128(0)) { $0 << 8 | UInt128($1) })
    }

    private static func version4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }),
                let byte = UInt8(part), part.utf8.count == 1 || part.utf8.first != UInt8(ascii: "0")
            else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    private static func version6(_ text: String) -> UInt128? {
        let halves = split(text)
        guard halves.count <= 2 else { return nil }
        var groups: [[UInt16]] = []
        for (index, half) in halves.enumerated() {
            guard let found = Self.groups(half, mayEndInVersion4: index == halves.count - 1) else { return nil }
            groups.append(found)
        }
        var all = groups[0]
        if groups.count == 2 {
            let missing = 8 - groups[0].count - groups[1].count
            guard missing >= 1 else { return nil }
            all += Array(repeating: 0, count: missing) + groups[1]
        }
        guard all.count == 8 else { return nil }
        return all.reduce(UInt128(0)) { $0 << 16 | UInt128($1) }
    }

    /// What stands before and behind `::`.
    private static func split(_ text: String) -> [Substring] {
        var halves: [Substring] = []
        var start = text.startIndex
        var index = text.startIndex
        while index < text.endIndex {
            let next = text.index(after: index)
            if text[index] == ":", next < text.endIndex, text[next] == ":" {
                halves.append(text[start..<index])
                start = text.index(after: next)
                index = start
            } else {
                index = next
            }
        }
        return halves + [text[start...]]
    }

    private static func groups(_ text: Substring, mayEndInVersion4: Bool) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 8 else { return nil }
        var found: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if mayEndInVersion4, index == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let value = version4(part) else { return nil }
                found += [UInt16(truncatingIfNeeded: value >> 16), UInt16(truncatingIfNeeded: value)]
                continue
            }
            guard (1...4).contains(part.utf8.count), part.utf8.allSatisfy(isHexDigit),
                let group = UInt16(part, radix: 16)
            else { return nil }
            found.append(group)
        }
        return found
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...70).contains(byte) || (97...102).contains(byte)
    }

    /// Its bytes in the order of the network: 4 or 16.
    public var bytes: [UInt8] {
        stride(from: family.width - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt128($0)) }
    }

    // MARK: Networks

    /// The bits that all addresses of a network share.
    public static func mask(_ family: Family, prefix: Int) -> UInt128 {
        let width = family.width
        let all: UInt128 = family == .ipv4 ? 0xffff_ffff : .max
        let count = max(0, min(prefix, width))
        return count == 0 ? 0 : all & ~((UInt128(1) << UInt128(width - count)) &- 1)
    }

    /// The first address of the network that this one lies in.
    public func network(prefix: Int) -> IPAddress { IPAddress(family, value & Self.mask(family, prefix: prefix)) }

    /// The last address of that network.
    public func broadcast(prefix: Int) -> IPAddress { IPAddress(family, value | ~Self.mask(family, prefix: prefix)) }

    public func isIn(_ network: IPAddress, prefix: Int) -> Bool {
        family == network.family && self.network(prefix: prefix) == network.network(prefix: prefix)
    }

    /// The prefix that a netmask such as 255.255.255.0 stands for; nil for an address that is no netmask.
    public var prefixOfMask: Int? {
        let count = (~value & Self.mask(family, prefix: family.width)).nonzeroBitCount
        let prefix = family.width - count
        return Self.mask(family, prefix: prefix) == value ? prefix : nil
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        if family == .ipv4 { return bytes.map { String($0) }.joined(separator: ".") }
        let groups = stride(from: 112, through: 0, by: -16).map { UInt16(truncatingIfNeeded: value >> UInt128($0)) }
        // The longest run of zeros, of two at least, is left out; the first of several.
        var best = 0..<0
        var start: Int?
        for index in 0...8 {
            if index < 8, groups[index] == 0 {
                if start == nil { start = index }
            } else if let first = start {
                if index - first > max(best.count, 1) { best = first..<index }
                start = nil
            }
        }
        func text(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return text(0..<8) }
        return text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }
}
