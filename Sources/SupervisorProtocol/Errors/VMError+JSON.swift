public import VMCore
public import VMJSON

extension VMError {
    /// The error as an object: code, message, remedy and the cause in the same form.
    public var json: JSONObject {
        var object: JSONObject = ["code": .string(code.name), "message": .string(message)]
        object["remedy"] = remedy.map { .string($0) }
        object["cause"] = cause.map { .object($0.json) }
        return object
    }

    /// Reads what ``json`` wrote.
    public init(json: JSONObject, depth: Int = 0) {
        let code = (json["code"]?.string).flatMap { VMError.Code(named: $0) } ?? .internalError
        let cause = depth < 16 ? json["cause"]?.object.map { VMError(json: $0, depth: depth + 1) } : nil
        self.init(
            code, json["message"]?.string ?? "the supervisor sent an error that can't be read",
            remedy: json["remedy"]?.string, cause: cause)
    }
}
