internal import VMCore

/// Carries typed parameters out of a document, or into it.
struct TuningMapper {
    /// When reading, what was found; when writing, what is to be set.
    private(set) var parameters: [TypedParameter] = []
    let isWriting: Bool
    private var values: [String: TypedParameter.Value] = [:]
    private var known: Set<String> = []
    private var failure: VMError?

    init() { isWriting = false }

    init(writing parameters: [TypedParameter]) throws(VMError) {
        isWriting = true
        self.parameters = parameters
        for parameter in parameters {
            guard values.updateValue(parameter.value, forKey: parameter.name) == nil else {
                throw VMError(.invalidArgument, "parameter '\(parameter.name)' occurs multiple times")
            }
        }
    }

    /// Whether a parameter is to be set.
    func sets(_ name: String) -> Bool { isWriting && values[name] != nil }

    /// - Throws: the first thing that was wrong.
    func finish() throws(VMError) {
        if let failure { throw failure }
        if let unknown = parameters.first(where: { !known.contains($0.name) }) {
            throw VMError(
                .unsupported, "argument unsupported: parameter '\(unknown.name)' not supported",
                libvirt: LibvirtError(.argumentUnsupported))
        }
    }

    mutating func fail(_ message: String) {
        failure = failure ?? VMError(.invalidArgument, "invalid argument: \(message)")
    }

    // MARK: Parameters

    /// A number; nil in the document is 0.
    mutating func ullong(_ name: String, _ value: inout UInt64?, range: ClosedRange<UInt64> = 0...UInt64.max) {
        guard case .ullong(let new) = exchange(name, .ullong(value ?? 0)) else { return }
        // 0 says that there is none.
        guard new == 0 || range.contains(new) else { return outOfRange(name, range) }
        value = new == 0 ? nil : new
    }

    mutating func llong(_ name: String, _ value: inout Int?, range: ClosedRange<Int64>) {
        guard case .llong(let new) = exchange(name, .llong(Int64(value ?? 0))) else { return }
        guard new <= 0 || range.contains(new) else { return outOfRange(name, range) }
        value = new == 0 ? nil : Int(clamping: new)
    }

    mutating func uint(_ name: String, _ value: inout UInt32?) {
        guard case .uint(let new) = exchange(name, .uint(value ?? 0)) else { return }
        value = new == 0 ? nil : new
    }

    /// A number that the document takes as a larger one.
    mutating func uint(_ name: String, _ value: inout UInt64?) {
        guard case .uint(let new) = exchange(name, .uint(UInt32(clamping: value ?? 0))) else { return }
        value = new == 0 ? nil : UInt64(new)
    }

    mutating func int(_ name: String, _ value: Int32, set: (Int32, inout TuningMapper) -> Void) {
        guard case .int(let new) = exchange(name, .int(value)) else { return }
        set(new, &self)
    }

    mutating func boolean(_ name: String, _ value: inout Bool) {
        guard case .boolean(let new) = exchange(name, .boolean(value)) else { return }
        value = new
    }

    mutating func string(_ name: String, _ value: String, set: (String, inout TuningMapper) -> Void) {
        guard case .string(let new) = exchange(name, .string(value)) else { return }
        set(new, &self)
    }

    /// Notes a value that was found, or gives the one that is to be set.
    private mutating func exchange(
        _ name: String, _ value: TypedParameter.Value
    ) -> TypedParameter.Value? {
        guard isWriting else {
            parameters.append(TypedParameter(name, value))
            return nil
        }
        known.insert(name)
        guard let new = values[name] else { return nil }
        guard new.libvirtType == value.libvirtType else {
            fail("invalid type '\(new.typeName)' for parameter '\(name)', expected '\(value.typeName)'")
            return nil
        }
        return new
    }

    private mutating func outOfRange<Bound>(_ name: String, _ range: ClosedRange<Bound>) {
        fail("value of '\(name)' is out of range [\(range.lowerBound), \(range.upperBound)]")
    }
}

extension TypedParameter.Value {
    /// As libvirt's messages call the type.
    fileprivate var typeName: String {
        switch self {
        case .int: "int"
        case .uint: "uint"
        case .llong: "llong"
        case .ullong: "ullong"
        case .double: "double"
        case .boolean: "boolean"
        case .string: "string"
        }
    }
}
