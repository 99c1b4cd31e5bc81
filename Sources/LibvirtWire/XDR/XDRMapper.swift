internal import VMCore

/// What ``XDRValue/map(_:)`` talks to: the same calls read a value or write it.
///
/// The first thing that is wrong is kept; all that comes after it does nothing. So declarations need no `try`, and what
/// began the reading or writing asks once.
///
/// A declared length is held against the limit of its field and against the bytes that are there before anything is
/// reserved for it.
public struct XDRMapper: Sendable {
    /// Whether values are read; else they are written.
    public let isReading: Bool
    /// The first thing that is wrong.
    public private(set) var failure: XDRError?

    private var bytes: [UInt8]
    /// Where the payload begins, from which the offsets of errors count.
    private let start: Int
    /// The next byte to read.
    private var position: Int

    @usableFromInline var hasFailed: Bool { failure != nil }

    /// Reads what stands behind `start`.
    init(reading bytes: [UInt8], from start: Int) {
        isReading = true
        self.bytes = bytes
        self.start = min(max(start, 0), bytes.count)
        position = self.start
    }

    /// Writes behind what is in `bytes`.
    init(writingAfter bytes: [UInt8]) {
        isReading = false
        self.bytes = bytes
        start = bytes.count
        position = start
    }

    /// The bytes written, with those that they were to stand behind.
    consuming func finish() throws(XDRError) -> [UInt8] {
        if let failure { throw failure }
        return bytes
    }

    /// Writes a value, which stays as it is.
    mutating func write(_ value: some XDRValue) {
        var copy = value
        copy.map(&self)
    }

    /// Reads a value.
    mutating func read<V: XDRValue>() -> V {
        var value = V()
        value.map(&self)
        return value
    }

    private var offset: Int { (isReading ? position : bytes.count) - start }

    private mutating func fail(_ kind: XDRError.Kind, at offset: Int? = nil) {
        if failure == nil { failure = XDRError(kind, at: offset ?? self.offset) }
    }

    // MARK: Words

    /// 4 bytes.
    mutating func word(_ value: inout UInt32) {
        if failure != nil { return }
        guard isReading else {
            for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
            return
        }
        guard bytes.count - position >= 4 else { return fail(.truncated(missing: 4 - (bytes.count - position))) }
        // SAFETY: 4 bytes are there, and the load asks for no alignment.
        value = bytes.withUnsafeBytes { UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt32.self)) }
        position += 4
    }

    /// 8 bytes.
    mutating func doubleWord(_ value: inout UInt64) {
        if failure != nil { return }
        guard isReading else {
            withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
            return
        }
        guard bytes.count - position >= 8 else { return fail(.truncated(missing: 8 - (bytes.count - position))) }
        // SAFETY: 8 bytes are there, and the load asks for no alignment.
        value = bytes.withUnsafeBytes { UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self)) }
        position += 8
    }

    /// A number of fewer than 32 bits, in 4 bytes.
    mutating func narrow<V: FixedWidthInteger & UnsignedInteger>(_ value: inout V) {
        let offset = self.offset
        var word = UInt32(truncatingIfNeeded: value)
        self.word(&word)
        guard failure == nil else { return }
        guard let exact = V(exactly: word) else { return fail(.outOfRange(Int64(word)), at: offset) }
        value = exact
    }

    // MARK: Runs of bytes

    /// A count that may not exceed `limit`, of things that take at least `size` bytes each. Nil when something is wrong.
    private mutating func count(_ count: Int, limit: Int, size: Int) -> Int? {
        let offset = self.offset
        guard isReading else {
            guard count <= limit else {
                fail(.overLimit(count: count, limit: limit))
                return nil
            }
            var word = UInt32(truncatingIfNeeded: count)
            self.word(&word)
            return failure == nil ? count : nil
        }
        var word: UInt32 = 0
        self.word(&word)
        guard failure == nil else { return nil }
        let found = Int(word)
        guard found <= limit else {
            fail(.overLimit(count: found, limit: limit), at: offset)
            return nil
        }
        let needed = found.multipliedReportingOverflow(by: size)
        let left = bytes.count - position
        guard !needed.overflow, needed.partialValue <= left else {
            fail(.truncated(missing: needed.overflow ? .max : needed.partialValue - left), at: offset)
            return nil
        }
        return found
    }

    /// The zeros after a run of bytes. As in libvirt they are not looked at, but they must be there.
    private mutating func pad(after count: Int) {
        let padding = -count & 3
        guard isReading else {
            for _ in 0..<padding { bytes.append(0) }
            return
        }
        let left = bytes.count - position
        guard padding <= left else { return fail(.truncated(missing: padding - left)) }
        position += padding
    }

    /// `string<limit>`.
    mutating func string(_ value: inout String, limit: Int) {
        if failure != nil { return }
        let offset = self.offset
        guard isReading else {
            guard value.withUTF8({ !$0.contains(0) }) else { return fail(.malformedText) }
            guard let count = count(value.utf8.count, limit: limit, size: 1) else { return }
            value.withUTF8 { bytes.append(contentsOf: $0) }
            return pad(after: count)
        }
        guard let count = count(0, limit: limit, size: 1) else { return }
        let range = position..<position + count
        guard let text = XDRMapper.text(bytes.span.extracting(range)) else { return fail(.malformedText, at: offset) }
        value = text
        position = range.upperBound
        pad(after: count)
    }

    private static func text(_ bytes: Span<UInt8>) -> String? {
        for index in bytes.indices where bytes[index] == 0 { return nil }
        guard let checked = try? UTF8Span(validating: bytes) else { return nil }
        return String(copying: checked)
    }

    /// `opaque<limit>`.
    public mutating func opaque(_ value: inout [UInt8], limit: Int) {
        if failure != nil { return }
        guard let count = count(value.count, limit: limit, size: 1) else { return }
        if isReading {
            value = Array(bytes[position..<position + count])
            position += count
        } else {
            bytes.append(contentsOf: value)
        }
        pad(after: count)
    }

    /// `char[count]`: a text with a NUL behind it, 4 bytes for each character. What doesn't fit is refused.
    mutating func characters(_ value: inout String, count: Int) {
        var characters = Array(value.utf8)
        let offset = self.offset
        if !isReading {
            guard characters.count < count else { return fail(.overLimit(count: characters.count, limit: count - 1)) }
            characters += [UInt8](repeating: 0, count: count - characters.count)
        }
        if isReading { characters = [UInt8](repeating: 0, count: count) }
        mapEach(&characters)
        if isReading { read(characters, into: &value, at: offset) }
    }

    /// `char<limit>`: a text with its NUL, 4 bytes for each character, both counted. A text of no characters has a count
    /// of 1.
    mutating func characters(_ value: inout String, limit: Int) {
        if failure != nil { return }
        let offset = self.offset
        var characters = isReading ? [] : Array(value.utf8) + [0]
        guard let count = count(characters.count, limit: limit, size: 4) else { return }
        if isReading { characters = [UInt8](repeating: 0, count: count) }
        mapEach(&characters)
        if isReading { read(characters, into: &value, at: offset) }
    }

    /// Each byte as a word of its own. C's `char` is signed: 0xe4 travels as ff ff ff e4.
    private mutating func mapEach(_ characters: inout [UInt8]) {
        for index in characters.indices {
            var word = UInt32(bitPattern: Int32(Int8(bitPattern: characters[index])))
            self.word(&word)
            if failure != nil { return }
            characters[index] = UInt8(truncatingIfNeeded: word)
        }
    }

    /// What stands before the NUL, which must be there unless there is nothing at all.
    private mutating func read(_ characters: [UInt8], into value: inout String, at offset: Int) {
        if failure != nil { return }
        let text = characters.prefix { $0 != 0 }
        guard text.count < characters.count || text.isEmpty, let text = String(validating: text, as: UTF8.self) else {
            return fail(.malformedText, at: offset)
        }
        value = text
    }

    // MARK: Lists and unions

    /// `T<limit>`: a count, then the values.
    public mutating func list<V: XDRValue>(_ values: inout [V], limit: Int) {
        if failure != nil { return }
        guard let count = count(values.count, limit: limit, size: 4) else { return }
        guard isReading else {
            for value in values { write(value) }
            return
        }
        // Not reserved by what the peer says: a value of 4 bytes may take a hundred here.
        values = []
        for _ in 0..<count {
            var value = V()
            value.map(&self)
            if failure != nil { return }
            values.append(value)
        }
    }

    /// `opaque<>` in a list.
    mutating func opaques(_ values: inout [[UInt8]], limit: Int, each: Int) {
        if failure != nil { return }
        guard let count = count(values.count, limit: limit, size: 4) else { return }
        if isReading { values = [] }
        for index in 0..<count {
            var value = isReading ? [] : values[index]
            opaque(&value, limit: each)
            if failure != nil { return }
            if isReading { values.append(value) }
        }
    }

    /// There is no shape for the discriminator that has just been read.
    public mutating func unknownVariant(_ number: Int32) { fail(.unknownVariant(number), at: max(0, offset - 4)) }
}
