/// FNV-1a with 64 bits: against truncation and careless editing, not against malice.
package enum Checksum {
    // Of one kind of sequence: a list of thousands of definitions sums each, and code for any kind is slow.
    package static func fnv1a(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return value
    }

    package static func fnv1a(_ bytes: [UInt8]) -> UInt64 { fnv1a(bytes[...]) }
}
