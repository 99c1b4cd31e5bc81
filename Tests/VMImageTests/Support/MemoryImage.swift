import VMImage

/// An image that is only an array, and what was changed in it.
struct MemoryImage: ImageBytes {
    private var original: [UInt8]
    private var edits: [(place: Int, bytes: [UInt8])] = []

    var name: String { "m" }
    var length: UInt64 { UInt64(original.count) }
    /// All its bytes.
    var content: [UInt8] { bytes(at: 0, count: original.count) }

    init(_ content: [UInt8]) { original = content }

    func bytes(at offset: UInt64, count: Int) -> [UInt8] {
        guard count > 0, let start = Int(exactly: offset), start < original.count else { return [] }
        var result = Array(original[start...].prefix(count))
        for (place, bytes) in edits {
            for (index, byte) in bytes.enumerated() where result.indices.contains(place + index - start) {
                result[place + index - start] = byte
            }
        }
        return result
    }

    /// The same image with a number of 1 to 8 bytes at a place, its highest byte first.
    func with(_ number: UInt64, _ count: Int, at place: Int) -> MemoryImage {
        edited(place, (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) })
    }

    /// The same with the lowest byte first.
    func with(little number: UInt64, _ count: Int, at place: Int) -> MemoryImage {
        edited(place, (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) })
    }

    private func edited(_ place: Int, _ bytes: [UInt8]) -> MemoryImage {
        var copy = self
        copy.edits.append((place, bytes))
        return copy
    }
}
