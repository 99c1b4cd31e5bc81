import LibvirtWire

/// Small, quick, and the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

/// Random bytes that are a value of some type. What reading says is wrong is mended at its place until nothing is: so the
/// values come from nothing but the errors, which have to be exact for it.
func randomValue(
    _ codec: CatalogEntry.Codec, _ generator: inout SeededGenerator
) throws -> (bytes: [UInt8], text: String) {
    var bytes = (0..<4096).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    for _ in 0..<2000 {
        do throws(XDRError) {
            return try codec.roundTrip(bytes, 0)
        } catch {
            mend(&bytes, error, &generator)
        }
    }
    throw NotMended()
}

struct NotMended: Error {}

private func mend(_ bytes: inout [UInt8], _ error: XDRError, _ generator: inout SeededGenerator) {
    let place = error.offset
    switch error.kind {
    case .malformedText:
        // Behind a count that is right already, or `char[32]`, which has none; 4 bytes a character are the most.
        let count = bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        let range = count <= 4096 ? place + 4..<place + 4 + 4 * count : place..<place + 128
        for index in range.clamped(to: bytes.indices) {
            bytes[index] = UInt8.random(in: 0x20...0x7e, using: &generator)
        }
        // Strings have no NUL, arrays of characters end with one.
        if Bool.random(using: &generator) { setWord(&bytes, range.upperBound - 4, 0) }
    case .overLimit, .truncated, .outOfRange: setWord(&bytes, place, UInt8.random(in: 0...3, using: &generator))
    case .unknownVariant: setWord(&bytes, place, UInt8.random(in: 1...7, using: &generator))
    }
}

private func setWord(_ bytes: inout [UInt8], _ place: Int, _ value: UInt8) {
    guard place + 4 <= bytes.count else { return bytes.append(contentsOf: [0, 0, 0, 0]) }
    bytes.replaceSubrange(place..<place + 4, with: [0, 0, 0, value])
}
