public import VMJSON

/// Takes secrets out of what is written down: histories, transcripts, logs.
///
/// What can't be read is hidden whole: a line that is typed wrongly holds its password all the same.
public enum Redaction {
    /// What stands for a secret.
    public static let mark = "•••"

    /// The arguments of a command without their secrets.
    public static func arguments(_ command: String, _ arguments: JSONObject) -> JSONObject {
        hide(arguments, keys: secretKeys(command, arguments))
    }

    /// A value, an answer for example, without passwords, cookies, and the user's part of addresses.
    public static func value(_ value: JSONValue) -> JSONValue { hide(value, keys: names) }

    /// A text without the passwords in its addresses: `https://user:password@host/` keeps the user alone.
    public static func text(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "@")), text.contains("://") else { return text }
        var result = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "://") {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            let end = rest.firstIndex { "/?# \t\n\"'<>,}".contains($0) } ?? rest.endIndex
            // Whoever doesn't encode the slash in a password still means one; a port is none.
            let word = rest[..<(rest.firstIndex { " \t\n\"'".contains($0) } ?? rest.endIndex)]
            let host = rest[..<end].contains("@") ? rest[..<end] : word
            guard let colon = host.firstIndex(of: ":"), let at = host.lastIndex(of: "@"), colon < at,
                at < end || !rest[colon..<max(colon, end)].dropFirst().allSatisfy(\.isWholeNumber)
            else { continue }
            result += rest[...colon] + mark
            rest = rest[at...]
        }
        return result + rest
    }

    /// A line of the shell without its secrets; the rest stays as it was typed.
    public static func line(_ line: String) -> String {
        let cut = ShellLine(line)
        guard let first = cut.words.first?.text else { return line }
        if first.hasPrefix("{") { return rawLine(line) }
        if first == "hmp", mentionsPassword(line) { return "hmp \(mark)" }
        let commandAt = first == "exec-oob" ? 1 : 0
        guard cut.words.count > commandAt else { return line }
        let words = Words(cut.words.map(\.text), commandAt: commandAt)
        return text(words.hidden ?? line)
    }

    private static func mentionsPassword(_ line: String) -> Bool {
        let lower = line.lowercased()
        return lower.contains("password") || lower.contains("secret")
    }

    // MARK: What is secret

    /// Secret wherever they stand.
    private static let names: Set = ["password", "passwd", "cookie"]

    private static func secretKeys(_ command: String, _ arguments: JSONObject) -> Set<String> {
        secretKeys(command, type: arguments["qom-type"]?.string, property: arguments["property"]?.string)
    }

    /// - Parameters:
    ///   - type: that of the object which is added.
    ///   - property: that which is set.
    fileprivate static func secretKeys(_ command: String, type: String?, property: String?) -> Set<String> {
        switch command {
        case "object-add" where type == nil || type?.hasPrefix("secret") == true: names.union(["data"])
        case "qom-set" where property.map { $0 == "data" || names.contains($0) } ?? true: names.union(["value"])
        case "human-monitor-command": names.union(["command-line"])
        default: names
        }
    }

    /// Whether a command is there for a secret: what isn't a pair or an object may be it.
    fileprivate static func takesSecret(_ command: String) -> Bool {
        switch command {
        case "set_password", "guest-set-user-password", "change-vnc-password", "block_passwd", "object-add": true
        default: false
        }
    }

    // MARK: JSON

    private static func hide(_ object: JSONObject, keys: Set<String>) -> JSONObject {
        JSONObject(
            object.map { key, value in
                (key, keys.contains(key) && isText(value) ? .string(mark) : hide(value, keys: keys))
            })
    }

    private static func hide(_ value: JSONValue, keys: Set<String>) -> JSONValue {
        switch value {
        case .string(let string): .string(text(string))
        case .array(let items): .array(items.map { hide($0, keys: keys) })
        case .object(let object): .object(hide(object, keys: keys))
        default: value
        }
    }

    /// A password is a text or a number; `"password": true` says that there is one.
    private static func isText(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool, .array, .object: false
        default: true
        }
    }

    private static func rawLine(_ line: String) -> String {
        guard let value = try? JSONParser.parse(line, dialect: .qemu), var message = value.object,
            let command = (value["execute"] ?? value["exec-oob"])?.string
        else { return mark }
        if let arguments = message["arguments"]?.object {
            message["arguments"] = .object(self.arguments(command, arguments))
        }
        return message.description
    }

    fileprivate static func rawObject(_ command: String, _ text: String) -> String {
        guard let object = (try? JSONParser.parse(text, dialect: .qemu))?.object else { return mark }
        return arguments(command, object).description
    }
}

/// The words of a line that is no JSON.
private struct Words {
    let words: [String]
    let commandAt: Int
    let command: String
    let keys: Set<String>

    init(_ words: [String], commandAt: Int) {
        self.words = words
        self.commandAt = commandAt
        command = words[commandAt]
        func value(of key: String) -> String? {
            for word in words { if let pair = Self.pair(word), pair.key == key { return Self.unquoted(pair.value) } }
            return nil
        }
        keys = Redaction.secretKeys(command, type: value(of: "qom-type"), property: value(of: "property"))
    }

    /// The line without its secrets; nil when it has none.
    var hidden: String? {
        var result = Array(words[...commandAt])
        var isChanged = false
        if keys.contains(command) { return "\(command) \(Redaction.mark)" }
        for word in words[(commandAt + 1)...] {
            if isLoose(word) {
                result.append(Redaction.mark)
                return result.joined(separator: " ")
            }
            let text = hide(word)
            if text != word { isChanged = true }
            result.append(text)
        }
        return isChanged ? result.joined(separator: " ") : nil
    }

    private func hide(_ word: String) -> String {
        if let (key, _) = Self.pair(word) { return keys.contains(Self.last(key)) ? "\(key)=\(Redaction.mark)" : word }
        return word.hasPrefix("{") ? Redaction.rawObject(command, word) : word
    }

    /// Whether this word and what follows it can't be told apart: `password = X`, `password X`, `"password"=X`, and
    /// whatever a command that takes a secret doesn't know.
    private func isLoose(_ word: String) -> Bool {
        if word.hasPrefix("{") { return false }
        guard let (key, value) = Self.pair(word) else {
            let name = word.filter { $0 != "=" && $0 != "\"" && $0 != "'" }
            return Redaction.takesSecret(command) || keys.contains(Self.last(name))
        }
        if value.isEmpty { return keys.contains(Self.last(key)) }
        return Redaction.takesSecret(command) && key.contains { ",;/\"'".contains($0) }
    }

    private static func pair(_ word: String) -> (key: String, value: String)? {
        ShellLine.Word(text: word, offset: 0).pair
    }

    private static func last(_ key: String) -> String { key.split(separator: ".").last.map(String.init) ?? key }

    private static func unquoted(_ value: String) -> String {
        guard let quote = value.first, quote == "'" || quote == "\"" else { return value }
        // What isn't closed or has escapes in it may be anything.
        return (try? JSONParser.parse(value, dialect: .qemu))?.string ?? "secret"
    }
}
