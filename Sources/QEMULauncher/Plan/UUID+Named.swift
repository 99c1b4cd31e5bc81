internal import VMCore

extension UUID {
    /// The same UUID for the same name, so that planning a document twice gives the same machine.
    init(named name: String) {
        var halves: [UInt64] = []
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for round in 0..<2 {
            for byte in "\(name) \(round)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            halves.append(hash)
        }
        // Marked as one that was made from a name.
        self.init(high: halves[0] & ~0xf000 | 0x5000, low: halves[1] & ~(0xc0 << 56) | 0x80 << 56)
    }
}
