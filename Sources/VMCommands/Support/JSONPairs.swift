internal import VMJSON

/// Members of a report, written as a literal of texts.
struct JSONPairs: ExpressibleByDictionaryLiteral {
    var object: JSONObject = [:]

    init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { object[name] = .string(value) }
    }
}
