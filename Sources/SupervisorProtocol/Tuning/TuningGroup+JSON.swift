internal import VMCore
internal import VMJSON

/// How parameters travel to a supervisor: the group's word, what it is of, and each parameter with its type.
extension TuningGroup {
    func json(_ parameters: [TypedParameter]) -> JSONObject {
        var object: JSONObject = [
            "kind": "tune", "group": .string(word),
            "parameters": .array(
                parameters.map {
                    [
                        "name": .string($0.name), "type": JSONValue(UInt64(UInt32(bitPattern: $0.value.libvirtType))),
                        "value": .string($0.value.text),
                    ]
                }),
        ]
        switch self {
        case .bandwidth(let name), .blockLimits(let name): object["of"] = .string(name)
        default: break
        }
        return object
    }

    private var word: String {
        switch self {
        case .memory: "memory"
        case .blockIO: "block-io"
        case .scheduler: "scheduler"
        case .numa: "numa"
        case .perfEvents: "perf-events"
        case .bandwidth: "bandwidth"
        case .blockLimits: "block-limits"
        }
    }

    init(_ fields: RequestFields) throws(VMError) {
        switch try fields.string("group") {
        case "memory": self = .memory
        case "block-io": self = .blockIO
        case "scheduler": self = .scheduler
        case "numa": self = .numa
        case "perf-events": self = .perfEvents
        case "bandwidth": self = .bandwidth(interface: try fields.string("of"))
        case "block-limits": self = .blockLimits(disk: try fields.string("of"))
        default: throw fields.odd("group")
        }
    }
}

extension [TypedParameter] {
    init(_ fields: RequestFields) throws(VMError) {
        self = []
        for entry in fields.json["parameters"]?.array ?? [] {
            guard let name = entry["name"]?.string, let type = entry["type"]?.int, let text = entry["value"]?.string,
                let value = TypedParameter.Value(type: type, text)
            else { throw fields.odd("parameters") }
            append(TypedParameter(name, value))
        }
    }
}

extension TypedParameter.Value {
    /// - Parameter type: ``libvirtType``.
    fileprivate init?(type: Int, _ text: String) {
        let value: Self? =
            switch type {
            case 1: Int32(text).map { .int($0) }
            case 2: UInt32(text).map { .uint($0) }
            case 3: Int64(text).map { .llong($0) }
            case 4: UInt64(text).map { .ullong($0) }
            case 5: Double(text).map { .double($0) }
            case 6: .boolean(text == "yes")
            case 7: .string(text)
            default: nil
            }
        guard let value else { return nil }
        self = value
    }
}
