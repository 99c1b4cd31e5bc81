internal import VMCore
internal import VMDomain
internal import VMJSON

/// The members of a request as the types that they have to be. They come from another process, perhaps of another
/// version, so each is checked once, here.
struct RequestFields {
    let json: JSONObject
    /// What messages call the whole.
    let what: String

    init(_ json: JSONObject, what: String) {
        self.json = json
        self.what = what
    }

    func odd(_ name: String) -> VMError {
        VMError(.invalidArgument, "\(what) can't be read: its '\(name)' is missing or no such value is known")
    }

    private func required<Value>(_ name: String, _ value: Value?) throws(VMError) -> Value {
        guard let value else { throw odd(name) }
        return value
    }

    func string(_ name: String) throws(VMError) -> String { try required(name, json[name]?.string) }
    func bool(_ name: String) throws(VMError) -> Bool { try required(name, json[name]?.bool) }
    func uint64(_ name: String) throws(VMError) -> UInt64 { try required(name, json[name]?.uint64) }
    func object(_ name: String) throws(VMError) -> JSONObject { try required(name, json[name]?.object) }

    /// The supervisor's own folder is none of a client's business, so a path is whole.
    func absolutePath(_ name: String) throws(VMError) -> String {
        try required(name, json[name]?.string.flatMap { $0.hasPrefix("/") ? $0 : nil })
    }

    func uint32(_ name: String) throws(VMError) -> UInt32 {
        try required(name, json[name]?.uint64.flatMap { UInt32(exactly: $0) })
    }

    /// False where it is missing.
    func flag(_ name: String) -> Bool { json[name]?.bool ?? false }

    func numbers(_ name: String) throws(VMError) -> [UInt32] {
        let list = try required(name, json[name]?.array)
        var numbers: [UInt32] = []
        for entry in list { numbers.append(try required(name, entry.uint64.flatMap { UInt32(exactly: $0) })) }
        return numbers
    }

    func devices(_ name: String) throws(VMError) -> Devices { try Devices(fragment: string(name)) }
}
