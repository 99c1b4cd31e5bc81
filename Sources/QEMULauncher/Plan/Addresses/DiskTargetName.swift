/// The name a disk's target has, `sda` or `hdb`, taken apart: a prefix that hints at the bus and a number in letters.
struct DiskTargetName: Hashable, Sendable {
    var prefix: String
    /// `a` is 0, `z` 25, `aa` 26.
    var index: UInt32

    private static let prefixes = ["fd", "hd", "vd", "sd", "xvd", "ubd"]

    /// Reads a name; a partition number behind it is accepted and ignored. Nil for what is no such name.
    init?(_ name: String) {
        guard let prefix = DiskTargetName.prefixes.first(where: { name.hasPrefix($0) }) else { return nil }
        var value: UInt32 = 0
        var letters = 0
        var rest = name.utf8.dropFirst(prefix.utf8.count)
        while let byte = rest.first, byte >= UInt8(ascii: "a"), byte <= UInt8(ascii: "z") {
            let (scaled, over) = (letters == 0 ? 0 : value + 1).multipliedReportingOverflow(by: 26)
            let (sum, carry) = scaled.addingReportingOverflow(UInt32(byte - UInt8(ascii: "a")))
            if over || carry || sum > 100_000 { return nil }
            value = sum
            letters += 1
            rest = rest.dropFirst()
        }
        guard letters > 0, rest.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }) else { return nil }
        self.prefix = prefix
        index = value
    }

    init(prefix: String, index: UInt32) {
        self.prefix = prefix
        self.index = index
    }

    /// The name for a number: the opposite of reading.
    var name: String {
        var letters: [UInt8] = []
        var value = Int(index)
        while value >= 0 {
            letters.append(UInt8(ascii: "a") + UInt8(value % 26))
            value = value / 26 - 1
        }
        return prefix + String(decoding: letters.reversed(), as: UTF8.self)
    }
}
