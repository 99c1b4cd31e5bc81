/// FNV-1a with 64 bits: against truncation and careless editing, not against malice.
package enum Checksum {
    package static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return value
    }
}
