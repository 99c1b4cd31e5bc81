internal import VMCore
internal import VMJSON

/// The absolute paths of files that words of a command line have QEMU open: in JSON, as values of options, and behind a
/// scheme such as `unix:`. What only the guest gets to see, such as its kernel's parameters or a serial number, is no file
/// of the host's.
enum ArgumentPaths {
    /// Options whose values are for the guest, or for lists of processes.
    private static let texts: Set = ["-append", "-smbios", "-name", "-uuid", "-boot", "-cpu", "-smp", "-m", "-rtc"]
    /// What a device opens by itself; all else of it is the guest's, or the name of a backend.
    private static let deviceFiles: Set = [
        "romfile", "sysfsdev", "evdev", "path", "filename", "hostdevice", "vhostdev",
    ]

    static func all(in words: some Collection<String>) -> [String] {
        var found: [String] = []
        var option = ""
        for word in words {
            if word.hasPrefix("-") {
                option = word.hasPrefix("--") ? String(word.dropFirst()) : word
                continue
            }
            defer { option = "" }
            if texts.contains(option) { continue }
            let keys: Set<String>? = option == "-device" ? deviceFiles : option == "-fw_cfg" ? ["file"] : nil
            found += paths(in: word, keys)
        }
        return found
    }

    private static func paths(in word: String, _ keys: Set<String>?) -> [String] {
        guard word.utf8.contains(UInt8(ascii: "/")) else { return [] }
        if word.utf8.first == UInt8(ascii: "{"), let value = try? JSONParser.parse(Array(word.utf8)) {
            return strings(in: value, keys).compactMap(path)
        }
        return fields(of: word).compactMap { field in
            guard let equals = field.firstIndex(of: "=") else { return keys == nil ? path(field) : nil }
            if let path = path(field) { return path }
            guard keys?.contains(String(field[..<equals])) ?? true else { return nil }
            return path(String(field[field.index(after: equals)...]))
        }
    }

    private static func strings(in value: JSONValue, _ keys: Set<String>?) -> [String] {
        if let text = value.string { return [text] }
        if let list = value.array { return list.flatMap { strings(in: $0, keys) } }
        let members = value.object?.filter { keys?.contains($0.key) ?? true } ?? []
        return members.flatMap { strings(in: $0.value, keys) }
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
