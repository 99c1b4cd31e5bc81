public import VMCore
internal import VMJSON

/// The values of requests as JSON.
extension AnnounceTimes {
    func json(_ interface: String?) -> JSONObject {
        var object: JSONObject = [
            "initial": .integer(initial), "max": .integer(maximum), "rounds": .integer(rounds), "step": .integer(step),
        ]
        object["interface"] = interface.map { .string($0) }
        return object
    }

    init(_ fields: RequestFields) {
        self.init()
        initial = fields.json["initial"]?.int64 ?? initial
        maximum = fields.json["max"]?.int64 ?? maximum
        rounds = fields.json["rounds"]?.int64 ?? rounds
        step = fields.json["step"]?.int64 ?? step
    }
}

extension AnnounceTimes {
    /// What libvirt's typed parameters say: `initial`, `max`, `rounds`, `step`.
    ///
    /// - Throws: `unsupported` for another name, `invalid-argument` for a value.
    public init(_ parameters: [TypedParameter]) throws(VMError) {
        self.init()
        for parameter in parameters {
            guard let value = Int64(parameter.value.text), (0...100_000).contains(value) else {
                throw VMError(
                    .invalidArgument,
                    "'\(parameter.name)' is a number from 0 to 100000, not '\(parameter.value.text)'")
            }
            switch parameter.name {
            case "initial": initial = value
            case "max": maximum = value
            case "rounds": rounds = value
            case "step": step = value
            default:
                throw VMError(
                    .unsupported, "argument unsupported: parameter '\(parameter.name)' not supported",
                    libvirt: LibvirtError(.argumentUnsupported))
            }
        }
    }
}

extension AgentPatience {
    /// As `virDomainAgentResponseTimeoutValues` counts it.
    package var seconds: Int64 {
        switch self {
        case .forever: -2
        case .none: 0
        case .atMost(let time): max(1, time.components.seconds)
        }
    }

    package init(seconds: Int64) {
        switch seconds {
        case ..<0: self = .forever
        case 0: self = .none
        default: self = .atMost(.seconds(min(seconds, 1 << 31)))
        }
    }
}

extension MigrationLimits {
    var json: JSONObject { JSONObject(parameters.map { ($0.name, JSONValue($0.value)) }) }

    init(_ fields: RequestFields) {
        self.init()
        bandwidth = fields.json["max-bandwidth"]?.uint64
        postcopyBandwidth = fields.json["max-postcopy-bandwidth"]?.uint64
        downtime = fields.json["downtime-limit"]?.uint64
        cacheSize = fields.json["xbzrle-cache-size"]?.uint64
    }
}
