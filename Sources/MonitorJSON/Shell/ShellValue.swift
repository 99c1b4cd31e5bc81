internal import VMCore
internal import VMJSON

/// Turns the text of a value into JSON of the type that the schema wants.
struct ShellValue {
    let schema: Schema?

    /// - Parameter types: The names of the types that would do; the first that takes the text wins. None: what the text
    ///   looks like.
    func value(_ text: String, types: [String], of key: String) throws(VMError) -> JSONValue {
        if let first = text.utf8.first, "{[\"'".utf8.contains(first) {
            do throws(VMError) {
                return try JSONParser.parse(text, dialect: .qemu)
            } catch {
                throw error.wrapped("the value of '\(key)' can't be read", code: .usage)
            }
        }
        for type in types {
            if let value = convert(text, type) { return value }
        }
        guard let type = types.first else { return guess(text) }
        throw VMError(.usage, "'\(key)' can't be '\(text)'", remedy: "write \(describe(type))")
    }

    private func convert(_ text: String, _ type: String) -> JSONValue? {
        switch schema?.type(type) {
        case .builtin(let name): convert(text, builtin: name)
        case .enumeration(let words): words.contains { $0.name == text } ? .string(text) : nil
        case .array(let element): list(text, of: element)
        case .alternate(let branches): convert(text, alternatives: branches)
        case .object: nil
        case nil: guess(text)
        }
    }

    private func convert(_ text: String, builtin name: String) -> JSONValue? {
        switch name {
        case "string": .string(text)
        case "int": integer(text)
        case "number": integer(text) ?? (try? JSONParser.parse(text)).flatMap { $0.double == nil ? nil : $0 }
        case "boolean": Self.boolean(text).map { .bool($0) }
        case "null": text == "null" || text.isEmpty ? .null : nil
        case "object", "array": nil
        default: guess(text)
        }
    }

    /// The narrowest branch first, a string last, for it takes everything.
    private func convert(_ text: String, alternatives: [String]) -> JSONValue? {
        let ranked = alternatives.sorted { rank($0) < rank($1) }
        return ranked.lazy.compactMap { convert(text, $0) }.first
    }

    private func rank(_ type: String) -> Int {
        switch schema?.type(type) {
        case .builtin("string"): 3
        case .array: 2
        case .enumeration: 0
        default: 1
        }
    }

    /// Elements separated by commas.
    private func list(_ text: String, of element: String) -> JSONValue? {
        var values: [JSONValue] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = convert(String(part), element) else { return nil }
            values.append(value)
        }
        return .array(text.isEmpty ? [] : values)
    }

    /// A decimal or hexadecimal number, with a factor of 1024 for each step of K, M, G, T, P, E.
    func integer(_ text: String) -> JSONValue? {
        if text.hasPrefix("0x") || text.hasPrefix("0X") {
            return UInt64(text.dropFirst(2), radix: 16).map { JSONValue($0) }
        }
        if let number = Int64(text) { return .integer(number) }
        if let number = UInt64(text) { return JSONValue(number) }
        guard let last = text.last, let power = Array("KMGTPE").firstIndex(of: Character(last.uppercased())),
            let count = UInt64(text.dropLast())
        else { return nil }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << (10 * (UInt64(power) + 1)))
        return overflow ? nil : JSONValue(bytes)
    }

    static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "on", "yes": true
        case "false", "off", "no": false
        default: nil
        }
    }

    /// Where no type is known: numbers, `true`, `false` and `null` as JSON has them, everything else as a string.
    private func guess(_ text: String) -> JSONValue {
        if let value = try? JSONParser.parse(text), value.object == nil, value.array == nil { return value }
        return .string(text)
    }

    private func describe(_ type: String) -> String {
        switch schema?.type(type) {
        case .builtin("int"): "a whole number, with K, M, G … if you like"
        case .builtin("boolean"): "true or false"
        case .builtin("number"): "a number"
        case .enumeration(let words): "one of " + words.prefix(12).map(\.name).joined(separator: ", ")
        case .array: "values with commas between, or [\u{2026}]"
        case .object: "{\u{2026}}, or its members one by one as KEY.MEMBER=VALUE"
        default: "JSON"
        }
    }
}
