public import VMCore
public import VMJSON

/// How an error crosses a process' border: whole.
extension VMError {
    /// The error as an object: code, message, remedy, libvirt's pair, diagnostics, and the cause in the same form.
    public var json: JSONObject {
        var object: JSONObject = ["code": .string(code.name), "message": .string(message)]
        object["remedy"] = remedy.map { $0.json }
        if libvirt != code.libvirt {
            object["libvirt"] = [.integer(Int64(libvirt.domain.rawValue)), .integer(Int64(libvirt.number.rawValue))]
        }
        if !diagnostics.isEmpty { object["diagnostics"] = .array(diagnostics.map { .object($0.json) }) }
        object["cause"] = cause.map { .object($0.json) }
        return object
    }

    /// Reads what ``json`` wrote.
    public init(json: JSONObject, depth: Int = 0) {
        let code = (json["code"]?.string).flatMap { VMError.Code(named: $0) } ?? .internalError
        let cause = depth < 16 ? json["cause"]?.object.map { VMError(json: $0, depth: depth + 1) } : nil
        self.init(
            code, json["message"]?.string ?? "the supervisor sent an error that can't be read",
            remedy: json["remedy"].flatMap { Remedy(json: $0) }, cause: cause,
            diagnostics: (json["diagnostics"]?.array ?? []).prefix(1000).compactMap { Diagnostic(json: $0) },
            libvirt: json["libvirt"].flatMap { LibvirtError(json: $0) })
    }
}

extension LibvirtError {
    init?(json: JSONValue) {
        guard let domain = json[0]?.int.flatMap({ Int32(exactly: $0) }),
            let number = json[1]?.int.flatMap({ Int32(exactly: $0) })
        else { return nil }
        self.init(Number(rawValue: number), in: Domain(rawValue: domain))
    }
}

extension Remedy {
    /// Text alone is a string; where commands stand in it, a list of strings and objects.
    public var json: JSONValue {
        if parts.count == 1, case .text(let text) = parts[0] { return .string(text) }
        return .array(
            parts.map { part in
                switch part {
                case .text(let text): .string(text)
                case .command(let command):
                    ["command": .string(command.name), "arguments": .array(command.arguments.map { .string($0) })]
                case .option(let name): ["option": .string(name)]
                }
            })
    }

    public init?(json: JSONValue) {
        if let text = json.string {
            self.init(text)
        } else if let list = json.array {
            self.init(
                parts: list.prefix(100).compactMap { entry in
                    if let text = entry.string { return .text(text) }
                    if let name = entry["option"]?.string { return .option(name) }
                    guard let name = entry["command"]?.string else { return nil }
                    var command = Command(name)
                    command.arguments = (entry["arguments"]?.array ?? []).compactMap(\.string)
                    return .command(command)
                })
        } else {
            return nil
        }
    }
}

extension Diagnostic {
    public var json: JSONObject {
        var object: JSONObject = [
            "severity": .string(severity.rawValue), "rule": .string(rule), "message": .string(message),
        ]
        if !path.isEmpty { object["path"] = .string(path) }
        object["found"] = found.map { .string($0) }
        if !accepted.isEmpty { object["accepted"] = .array(accepted.map { .string($0) }) }
        object["suggestion"] = suggestion.map { .string($0) }
        if let place {
            object["place"] = [
                "file": .string(place.file), "line": JSONValue(place.line), "column": JSONValue(place.column),
                "offset": JSONValue(place.offset),
            ]
        }
        return object
    }

    public init?(json: JSONValue) {
        guard let message = json["message"]?.string, let rule = json["rule"]?.string else { return nil }
        var place: SourcePlace?
        if let file = json["place"]?["file"]?.string, let line = json["place"]?["line"]?.int,
            let column = json["place"]?["column"]?.int
        {
            place = SourcePlace(file: file, line: line, column: column, offset: json["place"]?["offset"]?.int ?? 0)
        }
        self.init(
            (json["severity"]?.string).flatMap { Severity(rawValue: $0) } ?? .error, rule: rule, message, place: place,
            path: json["path"]?.string ?? "", found: json["found"]?.string,
            accepted: (json["accepted"]?.array ?? []).compactMap(\.string), suggestion: json["suggestion"]?.string)
    }
}
