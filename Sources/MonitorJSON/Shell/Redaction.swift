public import VMJSON

/// Takes secrets out of what is written down: histories, transcripts, logs.
public enum Redaction {
    /// What stands for a secret.
    public static let mark = "•••"

    /// The arguments of a command without their secrets.
    public static func arguments(_ command: String, _ arguments: JSONObject) -> JSONObject {
        var result = arguments
        for key in secretKeys(command, type: arguments["qom-type"]?.string) where result[key] != nil {
            result[key] = .string(mark)
        }
        if let props = result["props"]?.object {
            result["props"] = .object(
                self.arguments(command, props.merging(["qom-type": arguments["qom-type"] ?? .null])))
        }
        return result
    }

    /// A line of the shell without its secrets; the rest stays as it was typed.
    public static func line(_ line: String) -> String {
        let cut = ShellLine(line)
        guard let first = cut.words.first?.text else { return line }
        if first.hasPrefix("{") { return rawLine(line) }
        if first == "hmp", mentionsPassword(line) { return "hmp \(mark)" }
        guard let command = first == "exec-oob" ? cut.words.dropFirst().first?.text : first else { return line }
        let type = cut.words.lazy.compactMap(\.pair).first { $0.key == "qom-type" }.map { unquoted($0.value) }
        let keys = Set(secretKeys(command, type: type))
        if keys.isEmpty { return line }
        return cut.words.map { word in
            if let (key, _) = word.pair { return keys.contains(last(key)) ? "\(key)=\(mark)" : word.text }
            return word.text.hasPrefix("{") ? rawObject(command, word.text) : word.text
        }.joined(separator: " ")
    }

    private static func unquoted(_ value: String) -> String {
        guard let quote = value.first, quote == "'" || quote == "\"" else { return value }
        // What isn't closed or has escapes in it may be anything.
        return (try? JSONParser.parse(value, dialect: .qemu))?.string ?? "secret"
    }

    private static func last(_ key: String) -> String { key.split(separator: ".").last.map(String.init) ?? key }

    private static func rawLine(_ line: String) -> String {
        guard let value = try? JSONParser.parse(line, dialect: .qemu), var message = value.object,
            let command = (value["execute"] ?? value["exec-oob"])?.string
        else { return mark }
        if let arguments = message["arguments"]?.object {
            message["arguments"] = .object(self.arguments(command, arguments))
        }
        return message.description
    }

    private static func rawObject(_ command: String, _ text: String) -> String {
        guard let object = (try? JSONParser.parse(text, dialect: .qemu))?.object else { return mark }
        return arguments(command, object).description
    }

    private static func mentionsPassword(_ line: String) -> Bool {
        let lower = line.lowercased()
        return lower.contains("password") || lower.contains("secret")
    }

    private static func secretKeys(_ command: String, type: String?) -> [String] {
        switch command {
        case "set_password", "guest-set-user-password", "change-vnc-password", "block_passwd": ["password"]
        case "object-add" where type == nil || type?.hasPrefix("secret") == true: ["data"]
        case "human-monitor-command": ["command-line"]
        default: []
        }
    }
}
