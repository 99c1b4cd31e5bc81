internal import VMCore
internal import VMJSON

/// Writes an option's properties as QEMU's `key=value,key=value`.
///
/// The one place where commas are doubled is ``escape(_:into:)``. What the dialect of the option can't say (a comma in
/// a CPU feature, an object in a flat option, a key with a comma) is refused.
struct KeyvalPrinter {
    private let option: QEMUOption
    private var text = ""

    private init(_ option: QEMUOption) { self.option = option }

    /// The option's value as one word of the command line.
    static func print(_ option: QEMUOption) throws(VMError) -> String {
        var printer = KeyvalPrinter(option)
        if option.name.dialect == .global { return try printer.global() }
        try printer.append(option.properties)
        return printer.text
    }

    private mutating func append(_ properties: JSONObject) throws(VMError) {
        var isFirst = true
        for (key, value) in properties {
            if isFirst, key == option.name.implicitKey, let plain = try implicitText(value) {
                text += plain
            } else {
                try append(key: key, value: value)
            }
            isFirst = false
        }
    }

    /// The first value without its key, where QEMU would take it for the right one: a text with `=` or `,` in it needs
    /// the key.
    private func implicitText(_ value: JSONValue) throws(VMError) -> String? {
        let plain = try scalar(value, key: option.name.implicitKey ?? "")
        let isPlain = !plain.isEmpty && !plain.utf8.contains { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ",") }
        if option.name == .cpu, !isPlain {
            throw refusal("the CPU model '\(plain)' can't be written on a command line")
        }
        return isPlain ? plain : nil
    }

    private mutating func append(key: String, value: JSONValue) throws(VMError) {
        switch value {
        case .object(let members):
            guard option.name.dialect == .keyval else {
                throw refusal("-\(option.name.rawValue) can't express the object '\(key)' as key=value")
            }
            for (member, value) in members { try append(key: "\(key).\(member)", value: value) }
        case .array(let elements):
            try append(key: key, elements: elements)
        default:
            try appendPair(key, try scalar(value, key: key))
        }
    }

    private mutating func append(key: String, elements: [JSONValue]) throws(VMError) {
        guard !elements.isEmpty else {
            throw refusal("-\(option.name.rawValue) can't express the empty list '\(key)' as key=value")
        }
        for (index, element) in elements.enumerated() {
            if option.name.dialect == .keyval {
                try append(key: "\(key).\(index)", value: element)
            } else {
                // A list of one-member objects is how the schema spells a list of texts in QemuOpts' time.
                try append(key: key, value: element["str"] ?? element)
            }
        }
    }

    private mutating func appendPair(_ key: String, _ value: String) throws(VMError) {
        guard !key.isEmpty, !key.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "=") || $0 == 0 })
        else { throw refusal("the key '\(key)' of -\(option.name.rawValue) can't be written on a command line") }
        if !text.isEmpty { text += "," }
        text += key
        text += "="
        if option.name.dialect == .cpu, value.utf8.contains(UInt8(ascii: ",")) {
            throw refusal("the CPU feature \(key) can't have the value '\(value)' with a comma")
        }
        Self.escape(value, into: &text)
    }

    /// The value as text, not yet escaped.
    private func scalar(_ value: JSONValue, key: String) throws(VMError) -> String {
        guard let plain = value.plainText else {
            throw refusal("-\(option.name.rawValue) can't express the value of '\(key)' as key=value")
        }
        if plain.utf8.contains(0) { throw refusal("the value of '\(key)' contains a NUL character") }
        return plain
    }

    /// `driver.property=value` is taken literally by QEMU and stops at the first dot and the first `=`.
    private mutating func global() throws(VMError) -> String {
        guard let driver = option["driver"]?.string, let property = option["property"]?.string,
            let value = option["value"]?.plainText
        else { throw refusal("-global needs a driver, a property and a value") }
        if value.utf8.contains(0) { throw refusal("the value of '\(driver).\(property)' contains a NUL character") }
        let fits = driver.utf8.count <= 63 && property.utf8.count <= 63 && !driver.isEmpty && !property.isEmpty
        if fits, !driver.contains("."), !driver.contains("="), !property.contains("=") {
            return "\(driver).\(property)=\(value)"
        }
        try append(["driver": .string(driver), "property": .string(property), "value": .string(value)])
        return text
    }

    /// Doubles commas: the whole escaping of QEMU's key=value syntax.
    static func escape(_ value: String, into text: inout String) {
        guard value.utf8.contains(UInt8(ascii: ",")) else { return text += value }
        for character in value.unicodeScalars {
            text.unicodeScalars.append(character)
            if character == "," { text.unicodeScalars.append(character) }
        }
    }

    private func refusal(_ message: String) -> VMError { option.refusal(message) }
}

extension JSONValue {
    /// The value as QEMU's text syntaxes spell it; nil for what isn't one word.
    var plainText: String? {
        switch self {
        case .string(let text): text
        case .bool(let flag): flag ? "on" : "off"
        case .integer(let number): String(number)
        case .unsigned(let number): String(number)
        case .double: description
        case .null, .array, .object: nil
        }
    }
}
