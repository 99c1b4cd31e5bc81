/// Writes the tokens of JSON values into a small block of memory that is emptied into an array when it is full.
///
/// To append each token to the array would cost a look at its uniqueness and its room every time, which is more than the
/// token itself.
struct JSONTokens {
    static let blockSize = 4096

    /// Strings up to this length are copied and looked through in one go.
    private static let shortLength = 1024

    private let block: UnsafeMutableRawBufferPointer
    private var used = 0
    private var bytes: [UInt8]
    private let layout: JSONWriter.Layout

    /// - Parameters:
    ///   - block: ``blockSize`` bytes that outlive the value.
    ///   - bytes: What the tokens are appended to.
    init(_ block: UnsafeMutableRawBufferPointer, _ bytes: consuming [UInt8], _ layout: JSONWriter.Layout) {
        self.block = block
        self.bytes = bytes
        self.layout = layout
    }

    /// Everything that has been written.
    mutating func finish() -> [UInt8] {
        flush()
        var result: [UInt8] = []
        swap(&result, &bytes)
        return result
    }

    private mutating func flush() {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: block[..<used]))
        used = 0
    }

    /// Makes room for `count` bytes, which is at most ``blockSize``.
    @inline(__always)
    private mutating func reserve(_ count: Int) {
        if block.count - used < count { flush() }
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        reserve(1)
        block[used] = byte
        used += 1
    }

    private mutating func put(_ text: StaticString) { text.withUTF8Buffer { put($0) } }

    private mutating func put(_ text: UnsafeBufferPointer<UInt8>) {
        guard text.count <= block.count else {
            flush()
            return bytes.append(contentsOf: text)
        }
        reserve(text.count)
        UnsafeMutableRawBufferPointer(rebasing: block[used..<(used + text.count)])
            .copyMemory(from: UnsafeRawBufferPointer(text))
        used += text.count
    }

    // MARK: Values

    mutating func append(_ value: JSONValue, level: Int) {
        switch value {
        case .null: put("null")
        case .bool(true): put("true")
        case .bool(false): put("false")
        case .integer(let number):
            if number < 0 { put(UInt8(ascii: "-")) }
            append(number.magnitude)
        case .unsigned(let number): append(number)
        case .double(let number): append(number)
        case .string(let text): append(text)
        case .array(let values): append(values, level: level)
        case .object(let members): append(members, level: level)
        }
    }

    private mutating func append(_ values: [JSONValue], level: Int) {
        put(UInt8(ascii: "["))
        var first = true
        // Elements are looked at where they are: to copy and count them costs a tenth of all.
        let span = values.span
        for index in span.indices {
            separate(first: &first, level: level + 1)
            append(span[index], level: level + 1)
        }
        if !first { breakLine(level: level) }
        put(UInt8(ascii: "]"))
    }

    mutating func append(_ members: JSONObject, level: Int) {
        put(UInt8(ascii: "{"))
        var first = true
        let span = members.members.span
        for index in span.indices {
            separate(first: &first, level: level + 1)
            append(span[index].key)
            put(UInt8(ascii: ":"))
            if layout.indent != nil { put(UInt8(ascii: " ")) }
            append(span[index].value, level: level + 1)
        }
        if !first { breakLine(level: level) }
        put(UInt8(ascii: "}"))
    }

    @inline(__always)
    private mutating func separate(first: inout Bool, level: Int) {
        if !first { put(UInt8(ascii: ",")) }
        first = false
        breakLine(level: level)
    }

    @inline(__always)
    private mutating func breakLine(level: Int) {
        guard let indent = layout.indent else { return }
        put(UInt8(ascii: "\n"))
        for _ in 0..<(max(0, indent) * level) { put(UInt8(ascii: " ")) }
    }

    mutating func append(_ number: UInt64) {
        reserve(20)
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        rest = number
        for place in stride(from: used + digits - 1, through: used, by: -1) {
            block[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        used += digits
    }

    private mutating func append(_ number: Double) {
        guard number.isFinite else { return put("null") }
        for byte in number.description.utf8 { put(byte) }
    }

    // MARK: Strings

    mutating func append(_ text: String) {
        if layout.escapesNonASCII, !text.utf8.allSatisfy({ $0 < 0x80 }) {
            put(UInt8(ascii: "\""))
            appendASCII(text)
            return put(UInt8(ascii: "\""))
        }
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { source in
            if source.count > Self.shortLength || !appendPlain(source) { appendEscaped(source) }
        }
        if done == nil {
            put(UInt8(ascii: "\""))
            for byte in text.utf8 { if Self.needsEscape(byte) { appendEscape(byte) } else { put(byte) } }
            put(UInt8(ascii: "\""))
        }
    }

    /// Copies a short string, looking at eight bytes at once; leaves nothing and says so when one needs an escape.
    @inline(__always)
    private mutating func appendPlain(_ source: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = source.count
        reserve(count + 2)
        let from = UnsafeRawBufferPointer(source)
        let start = used + 1
        var special: UInt64 = 0
        var index = 0
        while count - index >= 8 {
            let word = from.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            special |= Self.specials(word)
            block.storeBytes(of: word, toByteOffset: start + index, as: UInt64.self)
            index += 8
        }
        if index < count { special |= Self.specials(copyTail(from, index, count, to: start)) }
        guard special == 0 else { return false }
        block[used] = UInt8(ascii: "\"")
        block[start + count] = UInt8(ascii: "\"")
        used = start + count + 1
        return true
    }

    /// Copies the last one to seven bytes and gives them back in a word without zeros.
    ///
    /// Nothing is read across the border of eight bytes: a string of up to 15 bytes has just been put into memory in two
    /// writes, and a read of both would wait for them.
    @inline(__always)
    private func copyTail(_ from: UnsafeRawBufferPointer, _ index: Int, _ count: Int, to start: Int) -> UInt64 {
        if count - index >= 4 {
            let low = from.loadUnaligned(fromByteOffset: index, as: UInt32.self)
            let high = from.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            block.storeBytes(of: low, toByteOffset: start + index, as: UInt32.self)
            block.storeBytes(of: high, toByteOffset: start + count - 4, as: UInt32.self)
            return UInt64(low) | UInt64(high) << 32
        }
        let middle = index + (count - index) / 2
        let (first, second, third) = (from[index], from[middle], from[count - 1])
        block[start + index] = first
        block[start + middle] = second
        block[start + count - 1] = third
        return UInt64(first) | UInt64(second) << 8 | UInt64(third) << 16 | 0x2020_2020_2000_0000
    }

    /// Not zero when one of the eight bytes needs an escape.
    @inline(__always)
    private static func specials(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let control = (word &- ones &* 0x20) & ~word
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        return (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)) & (ones &* 0x80)
    }

    /// Copies runs of plain bytes whole and escapes the few others.
    private mutating func appendEscaped(_ source: UnsafeBufferPointer<UInt8>) {
        put(UInt8(ascii: "\""))
        var start = 0
        for index in source.indices where Self.needsEscape(source[index]) {
            put(UnsafeBufferPointer(rebasing: source[start..<index]))
            appendEscape(source[index])
            start = index + 1
        }
        put(start == 0 ? source : UnsafeBufferPointer(rebasing: source[start...]))
        put(UInt8(ascii: "\""))
    }

    private mutating func appendASCII(_ text: String) {
        for unit in text.utf16 {
            if let byte = UInt8(exactly: unit), byte < 0x80 {
                if Self.needsEscape(byte) || byte == 0x7f { appendEscape(byte) } else { put(byte) }
            } else {
                appendUnicode(unit)
            }
        }
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private mutating func appendEscape(_ byte: UInt8) {
        let short: UInt8? =
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): byte
            case 0x08: UInt8(ascii: "b")
            case 0x09: UInt8(ascii: "t")
            case 0x0a: UInt8(ascii: "n")
            case 0x0c: UInt8(ascii: "f")
            case 0x0d: UInt8(ascii: "r")
            default: nil
            }
        guard let short else { return appendUnicode(UInt16(byte)) }
        put(UInt8(ascii: "\\"))
        put(short)
    }

    private mutating func appendUnicode(_ unit: UInt16) {
        put("\\u")
        for shift in stride(from: 12, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: unit >> UInt16(shift)) & 0xf
            put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
    }
}
