public import VMCore
internal import VMJSON

/// What a line of the shell asks for.
public enum ShellInput: Sendable, Hashable {
    /// An empty line or a comment.
    case nothing
    /// A command for the monitor.
    case request(QMPRequest, outOfBand: Bool)
    /// A line for the human monitor.
    case human(String)
    /// A command of the shell itself, `/help eject`.
    case shell(String, [String])
}

/// Reads the shell's lines: `eject id=cd0 force=true`, `blockdev-add driver=raw file.driver=file file.filename=/x`,
/// `blockdev-add {"driver": …}`, `{"execute": …}`, `info block`, `hmp stop`, `/help eject`, `exec-oob query-yank`.
///
/// Values get the type that the schema gives their argument: `id=123` is a string where a string belongs.
public struct ShellParser: Sendable {
    public let schema: Schema?

    /// - Parameter schema: Of the QEMU at hand; without one values are taken for what they look like.
    public init(schema: Schema?) { self.schema = schema }

    /// - Throws: `usage` for what can't be read; what ``Schema/check(_:_:)`` throws for what QEMU would refuse.
    public func parse(_ line: String) throws(VMError) -> ShellInput {
        let cut = ShellLine(line)
        guard let first = cut.words.first, !first.text.hasPrefix("#") else { return .nothing }
        if first.text.hasPrefix("{") { return try raw(line) }
        if first.text.hasPrefix("/") {
            return .shell(String(first.text.dropFirst()), cut.words.dropFirst().map(\.text))
        }
        if first.text == "info" { return .human(trimmed(line)) }
        if first.text == "hmp" { return .human(trimmed(String(trimmed(line).dropFirst(3)))) }
        guard !cut.isOpen else { throw VMError(.usage, "a quote or bracket is not closed") }
        let isOutOfBand = first.text == "exec-oob"
        let words = isOutOfBand ? Array(cut.words.dropFirst()) : cut.words
        guard let command = words.first?.text else { throw VMError(.usage, "'exec-oob' needs a command") }
        let request = QMPRequest(command, try arguments(words.dropFirst(), of: command))
        try schema?.check(request.command, request.arguments)
        return .request(request, outOfBand: isOutOfBand)
    }

    private func trimmed(_ text: String) -> String {
        var rest = text[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return String(rest)
    }

    /// JSON as it goes over the wire; an id is dropped, for the session has its own.
    private func raw(_ line: String) throws(VMError) -> ShellInput {
        let value: JSONValue
        do throws(VMError) { value = try JSONParser.parse(line, dialect: .qemu) } catch {
            throw error.wrapped("the command can't be read", code: .usage)
        }
        let arguments = value["arguments"]?.object ?? [:]
        if let name = value["execute"]?.string { return .request(QMPRequest(name, arguments), outOfBand: false) }
        if let name = value["exec-oob"]?.string { return .request(QMPRequest(name, arguments), outOfBand: true) }
        throw VMError(.usage, "the object has no member 'execute'")
    }

    private func arguments(_ words: ArraySlice<ShellLine.Word>, of command: String) throws(VMError) -> JSONObject {
        var tree = ShellTree()
        for word in words {
            if let (key, text) = word.pair {
                let types = schema?.members(key, of: command).map(\.type) ?? []
                let value = try ShellValue(schema: schema).value(text, types: unique(types), of: key)
                try tree.set(key, value)
            } else if word.text.hasPrefix("{") {
                guard let members = try ShellValue(schema: nil).value(word.text, types: [], of: command).object else {
                    continue
                }
                for member in members { try tree.set(whole: member.key, member.value) }
            } else {
                throw VMError(.usage, "'\(word.text)' is no argument", remedy: "write KEY=VALUE, or one JSON object")
            }
        }
        return tree.object
    }

    private func unique(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}

/// Arguments that are put together from dotted keys.
struct ShellTree {
    private(set) var object = JSONObject()

    /// Sets `a.b.c`; `a.0` is an element of an array.
    mutating func set(_ path: String, _ value: JSONValue) throws(VMError) {
        let names = path.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard names.allSatisfy({ !$0.isEmpty }) else { throw VMError(.usage, "'\(path)' has an empty part") }
        var root = JSONValue.object(object)
        try Self.put(value, at: names[...], into: &root, path)
        object = root.object ?? object
    }

    mutating func set(whole key: String, _ value: JSONValue) throws(VMError) {
        guard object[key] == nil else { throw VMError(.usage, "'\(key)' is given twice") }
        object[key] = value
    }

    private static func put(
        _ value: JSONValue, at names: ArraySlice<String>, into place: inout JSONValue, _ path: String
    ) throws(VMError) {
        guard let name = names.first else {
            place = value
            return
        }
        let rest = names.dropFirst()
        if case .array(var elements) = place, let index = Int(name) {
            guard index >= 0, index <= elements.count else {
                throw VMError(.usage, "'\(path)' leaves a gap in the array", remedy: "count its elements from 0")
            }
            var element: JSONValue = index < elements.count ? elements[index] : .null
            guard element.isNull || !rest.isEmpty else { throw VMError(.usage, "'\(path)' is given twice") }
            if element.isNull, let next = rest.first { element = container(for: next) }
            try put(value, at: rest, into: &element, path)
            if index < elements.count { elements[index] = element } else { elements.append(element) }
            place = .array(elements)
            return
        }
        guard case .object(var members) = place else { throw VMError(.usage, "'\(path)' is given twice") }
        guard members[name] == nil || !rest.isEmpty else { throw VMError(.usage, "'\(path)' is given twice") }
        var member = members[name] ?? rest.first.map(container) ?? .null
        try put(value, at: rest, into: &member, path)
        members[name] = member
        place = .object(members)
    }

    private static func container(for name: String) -> JSONValue { name == "0" ? .array([]) : .object([:]) }
}
