/// The recursive descent over the bytes: `at` moves forward only.
struct JSONReader: ~Copyable {
    var at = 0
    private var values = MoveStack<JSONValue>(capacity: 64)
    private var members = MoveStack<JSONObject.Member>(capacity: 64)
    private let maxDepth: Int
    private let takesSingleQuotes: Bool

    init(limits: JSONParser.Limits, dialect: JSONParser.Dialect) {
        maxDepth = limits.depth
        takesSingleQuotes = dialect == .qemu
    }

    mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0a, 0x0d, 0x09: at += 1
            default: return
            }
        }
    }

    /// The next byte that is not blank, which stays unread.
    private mutating func peek(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt8 {
        if at < bytes.count, bytes[at] > 0x20 { return bytes[at] }
        skipBlanks(bytes)
        guard at < bytes.count else { throw JSONFault(.endOfText, at: at) }
        return bytes[at]
    }

    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONFault) -> JSONValue {
        let byte = try peek(bytes)
        switch byte {
        case UInt8(ascii: "\""):
            at += 1
            return .string(try string(bytes, quote: byte))
        case UInt8(ascii: "{"): return .object(try object(bytes, depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(bytes, depth: depth + 1))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number(bytes)
        case UInt8(ascii: "t"):
            try word(bytes, "true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word(bytes, "false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word(bytes, "null")
            return .null
        case UInt8(ascii: "'") where takesSingleQuotes:
            at += 1
            return .string(try string(bytes, quote: byte))
        default: throw JSONFault(.unexpected, at: at)
        }
    }

    private mutating func word(_ bytes: Span<UInt8>, _ word: StaticString) throws(JSONFault) {
        var offset = at
        let length = word.utf8CodeUnitCount
        let matches = word.withUTF8Buffer { letters in
            for letter in letters {
                guard offset < bytes.count, bytes[offset] == letter else { return false }
                offset += 1
            }
            return true
        }
        guard matches else { throw JSONFault(offset < bytes.count ? .unexpected : .endOfText, at: offset) }
        at += length
    }

    // MARK: Arrays and objects

    private mutating func array(_ bytes: Span<UInt8>, depth: Int) throws(JSONFault) -> [JSONValue] {
        guard depth <= maxDepth else { throw JSONFault(.depth, at: at) }
        at += 1
        if try peek(bytes) == UInt8(ascii: "]") {
            at += 1
            return []
        }
        let start = values.count
        while true {
            values.push(try value(bytes, depth: depth))
            switch try peek(bytes) {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                return values.take(from: start)
            default: throw JSONFault(.unexpected, at: at)
            }
        }
    }

    private mutating func object(_ bytes: Span<UInt8>, depth: Int) throws(JSONFault) -> JSONObject {
        guard depth <= maxDepth else { throw JSONFault(.depth, at: at) }
        at += 1
        if try peek(bytes) == UInt8(ascii: "}") {
            at += 1
            return JSONObject()
        }
        let first = members.count
        var seen: Set<String>?
        while true {
            let quote = try peek(bytes)
            guard quote == UInt8(ascii: "\"") || (takesSingleQuotes && quote == UInt8(ascii: "'")) else {
                throw JSONFault(.unexpected, at: at)
            }
            let start = at
            at += 1
            let key = try string(bytes, quote: quote)
            guard isNew(key, since: first, &seen) else { throw JSONFault(.duplicateKey(key), at: start) }
            guard try peek(bytes) == UInt8(ascii: ":") else { throw JSONFault(.unexpected, at: at) }
            at += 1
            let value = try value(bytes, depth: depth)
            members.push(JSONObject.Member(key: key, value: value))
            switch try peek(bytes) {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "}"):
                at += 1
                return JSONObject(uniqueMembers: members.take(from: first))
            default: throw JSONFault(.unexpected, at: at)
            }
        }
    }

    /// Tells new keys from old ones: by comparing while there are few, by hashing when there are many.
    private func isNew(_ key: String, since first: Int, _ seen: inout Set<String>?) -> Bool {
        if seen != nil { return seen?.insert(key).inserted ?? false }
        let length = key.utf8.count
        for index in first..<members.count {
            let isSame = members.withElement(index) { $0.key.utf8.count == length && $0.key == key }
            if isSame { return false }
        }
        if members.count - first >= 16 {
            var table: Set<String> = [key]
            for index in first..<members.count { members.withElement(index) { _ = table.insert($0.key) } }
            seen = table
        }
        return true
    }

    // MARK: Numbers

    private mutating func number(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
        let start = at
        let negative = bytes[at] == UInt8(ascii: "-")
        if negative { at += 1 }
        let digits = at
        var magnitude: UInt64 = 0
        var overflow = false
        while let digit = digit(bytes) {
            let (product, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(digit)
            magnitude = sum
            if tooLarge || carried { overflow = true }
            at += 1
        }
        guard at > digits else { throw JSONFault(at < bytes.count ? .number : .endOfText, at: at) }
        if bytes[digits] == UInt8(ascii: "0"), at - digits > 1 { throw JSONFault(.number, at: digits) }
        var whole = true
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            whole = false
            at += 1
            try skipDigits(bytes)
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            whole = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try skipDigits(bytes)
        }
        if whole, !overflow, let exact = integer(magnitude, negative: negative) { return exact }
        return .double(try double(bytes, start..<at))
    }

    private func digit(_ bytes: Span<UInt8>) -> UInt64? {
        guard at < bytes.count else { return nil }
        let value = bytes[at] &- UInt8(ascii: "0")
        return value < 10 ? UInt64(value) : nil
    }

    private mutating func skipDigits(_ bytes: Span<UInt8>) throws(JSONFault) {
        let start = at
        while digit(bytes) != nil { at += 1 }
        guard at > start else { throw JSONFault(at < bytes.count ? .number : .endOfText, at: at) }
    }

    private func integer(_ magnitude: UInt64, negative: Bool) -> JSONValue? {
        guard negative else { return JSONValue(magnitude) }
        if magnitude <= UInt64(Int64.max) { return .integer(-Int64(magnitude)) }
        return magnitude == UInt64(Int64.max) + 1 ? .integer(.min) : nil
    }

    private func double(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(JSONFault) -> Double {
        var text = ""
        for index in range { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
        guard let number = Double(text) else { throw JSONFault(.number, at: range.lowerBound) }
        guard number.isFinite else { throw JSONFault(.numberRange, at: range.lowerBound) }
        return number
    }

    // MARK: Strings

    /// The string whose opening quote has been read.
    private mutating func string(_ bytes: Span<UInt8>, quote: UInt8) throws(JSONFault) -> String {
        let start = at
        var index = at
        var all: UInt8 = 0
        while index < bytes.count {
            let byte = bytes[index]
            all |= byte
            if byte == quote {
                at = index + 1
                let content = bytes.extracting(start..<index)
                if all >= 0x80 { return try text(content, at: start) }
                // SAFETY: no byte has its highest bit set, so the content is ASCII.
                return String(copying: UTF8Span(unchecked: content, isKnownASCII: true))
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(bytes, from: start, to: index, quote: quote) }
            if byte < 0x20 { throw JSONFault(.control, at: index) }
            index += 1
        }
        throw JSONFault(.endOfText, at: index)
    }

    private func text(_ bytes: Span<UInt8>, at offset: Int) throws(JSONFault) -> String {
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw JSONFault(.utf8, at: offset)
        }
    }

    /// A string with at least one escape, the first of them at `index`.
    private mutating func escapedString(
        _ bytes: Span<UInt8>, from start: Int, to index: Int, quote: UInt8
    ) throws(JSONFault) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(index - start + 32)
        for offset in start..<index { result.append(bytes[offset]) }
        at = index
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == quote { return try text(result.span, at: start) }
            if byte < 0x20 { throw JSONFault(.control, at: at - 1) }
            if byte == UInt8(ascii: "\\") { try escape(bytes, into: &result) } else { result.append(byte) }
        }
        throw JSONFault(.endOfText, at: at)
    }

    /// The escape whose backslash has been read.
    private mutating func escape(_ bytes: Span<UInt8>, into result: inout [UInt8]) throws(JSONFault) {
        guard at < bytes.count else { throw JSONFault(.endOfText, at: at) }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
        case UInt8(ascii: "'") where takesSingleQuotes: result.append(byte)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "f"): result.append(0x0c)
        case UInt8(ascii: "n"): result.append(0x0a)
        case UInt8(ascii: "r"): result.append(0x0d)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "u"): result.append(contentsOf: String(Character(try scalar(bytes))).utf8)
        default: throw JSONFault(.escape, at: at - 1)
        }
    }

    /// The character of one `\u` escape, or of two that make a surrogate pair.
    private mutating func scalar(_ bytes: Span<UInt8>) throws(JSONFault) -> Unicode.Scalar {
        let start = at
        let first = try hexUnit(bytes)
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xdc00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u")
        else { throw JSONFault(.surrogate, at: start) }
        at += 2
        let second = try hexUnit(bytes)
        guard second >= 0xdc00, second < 0xe000,
            let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
        else { throw JSONFault(.surrogate, at: start) }
        return scalar
    }

    private mutating func hexUnit(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard at < bytes.count else { throw JSONFault(.endOfText, at: at) }
            guard let digit = JSONReader.hexValue(bytes[at]) else { throw JSONFault(.escape, at: at) }
            unit = unit << 4 | UInt32(digit)
            at += 1
        }
        return unit
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
