internal import VMCore
internal import VMJSON

/// The absolute paths in words of a command line: in JSON, as values of options, and behind a scheme such as `unix:`.
enum ArgumentPaths {
    static func all(in words: some Collection<String>) -> [String] { words.flatMap(paths) }

    private static func paths(in word: String) -> [String] {
        guard word.utf8.contains(UInt8(ascii: "/")) else { return [] }
        if word.utf8.first == UInt8(ascii: "{"), let value = try? JSONParser.parse(Array(word.utf8)) {
            return strings(in: value).compactMap(path)
        }
        return fields(of: word).compactMap { field in
            guard let equals = field.firstIndex(of: "=") else { return path(field) }
            return path(field) ?? path(String(field[field.index(after: equals)...]))
        }
    }

    private static func strings(in value: JSONValue) -> [String] {
        if let text = value.string { return [text] }
        if let list = value.array { return list.flatMap(strings) }
        return value.object?.map { strings(in: $0.value) }.flatMap { $0 } ?? []
    }

    /// The path that a value is, or names behind a scheme.
    private static func path(_ value: String) -> String? {
        if value.hasPrefix("/") { return value }
        for scheme in ["unix:", "file:", "pipe:", "chardev:file:"] where value.hasPrefix(scheme + "/") {
            return String(value.dropFirst(scheme.count))
        }
        return nil
    }

    /// The fields between commas; a doubled comma is one that belongs to a value.
    private static func fields(of word: String) -> [String] {
        var fields = [""]
        var isAfterComma = false
        for character in word {
            if isAfterComma {
                isAfterComma = false
                if character == "," {
                    fields[fields.count - 1].append(",")
                    continue
                }
                fields.append("")
            }
            if character == "," { isAfterComma = true } else { fields[fields.count - 1].append(character) }
        }
        return fields
    }
}
