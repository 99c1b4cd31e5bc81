internal import VMCore
internal import VMJSON

/// Reading an answer's members, with errors that say which answer and which member.
struct Fields {
    let object: JSONObject
    let what: String

    init(_ value: JSONValue, of what: String) throws(VMError) {
        guard case .object(let object) = value else {
            throw VMError(.protocolViolation, "the answer to '\(what)' holds \(value.kind) where an object belongs")
        }
        self.object = object
        self.what = what
    }

    /// The elements of an array of objects.
    static func list(_ value: JSONValue, of what: String) throws(VMError) -> [Fields] {
        guard case .array(let values) = value else {
            throw VMError(.protocolViolation, "the answer to '\(what)' is \(value.kind), no array")
        }
        var result: [Fields] = []
        result.reserveCapacity(values.count)
        for value in values { result.append(try Fields(value, of: what)) }
        return result
    }

    subscript(key: String) -> JSONValue? { object[key] }

    func string(_ key: String) throws(VMError) -> String { try need(key, "a string", object[key]?.string) }
    func bool(_ key: String) throws(VMError) -> Bool { try need(key, "a boolean", object[key]?.bool) }
    func int(_ key: String) throws(VMError) -> Int { try need(key, "an integer", object[key]?.int) }
    func int64(_ key: String) throws(VMError) -> Int64 { try need(key, "an integer", object[key]?.int64) }
    func uint64(_ key: String) throws(VMError) -> UInt64 { try need(key, "a size", object[key]?.uint64) }

    private func need<T>(_ key: String, _ kind: String, _ value: T?) throws(VMError) -> T {
        if let value { return value }
        throw VMError(.protocolViolation, "the answer to '\(what)' lacks \(kind) '\(key)'")
    }
}

/// Arguments that are put together one by one; what is nil is left out.
struct Arguments {
    private(set) var object = JSONObject()

    func with(_ key: String, _ value: String?) -> Arguments { adding(key, value.map { .string($0) }) }
    func with(_ key: String, _ value: Bool?) -> Arguments { adding(key, value.map { .bool($0) }) }
    func with(_ key: String, _ value: Int?) -> Arguments { adding(key, value.map { JSONValue($0) }) }
    func with(_ key: String, _ value: Int64?) -> Arguments { adding(key, value.map { JSONValue($0) }) }
    func with(_ key: String, _ value: UInt64?) -> Arguments { adding(key, value.map { JSONValue($0) }) }
    func with(_ key: String, _ value: [String]?) -> Arguments {
        adding(key, value.map { .array($0.map { .string($0) }) })
    }
    func with(_ key: String, _ value: JSONObject?) -> Arguments { adding(key, value.map { .object($0) }) }
    func with(_ key: String, json value: JSONValue?) -> Arguments { adding(key, value) }

    private func adding(_ key: String, _ value: JSONValue?) -> Arguments {
        guard let value else { return self }
        var copy = self
        copy.object[key] = value
        return copy
    }
}

/// The arguments of a command that has some.
func arguments() -> Arguments { Arguments() }
