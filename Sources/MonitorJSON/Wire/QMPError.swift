public import VMCore
public import VMJSON

/// What QEMU answers when a command fails. Branch on ``errorClass`` only: the text changes between versions.
public struct QMPError: Error, Sendable, Hashable {
    /// QAPI's `QapiErrorClass`; open, because older and newer QEMUs have others.
    public struct Class: Sendable, Hashable, RawRepresentable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        public static let generic = Class(rawValue: "GenericError")
        /// Also the answer to every command but `qmp_capabilities` before negotiation is done.
        public static let commandNotFound = Class(rawValue: "CommandNotFound")
        public static let deviceNotActive = Class(rawValue: "DeviceNotActive")
        public static let deviceNotFound = Class(rawValue: "DeviceNotFound")
        public static let kvmMissing = Class(rawValue: "KVMMissingCap")
    }

    public var errorClass: Class
    /// QEMU's own sentence, for people.
    public var text: String

    public init(_ errorClass: Class = .generic, _ text: String) {
        self.errorClass = errorClass
        self.text = text
    }

    /// Reads the value of a reply's member `error`; nil when it isn't one.
    public init?(_ body: JSONValue) {
        guard let name = body["class"]?.string else { return nil }
        self.init(Class(rawValue: name), body["desc"]?.string ?? "")
    }

    /// The value of a reply's member `error`.
    public var json: JSONValue { ["class": .string(errorClass.rawValue), "desc": .string(text)] }

    /// The error as callers get it; its code follows the class: `unsupported`, `notFound`, `wrongState`, else `monitor`.
    ///
    /// - Parameter server: What messages call the one who refused.
    public func error(of command: String, by server: String = "QEMU") -> VMError {
        let code: VMError.Code =
            switch errorClass {
            case .commandNotFound, .kvmMissing: .unsupported
            case .deviceNotFound: .notFound
            case .deviceNotActive: .wrongState
            default: .monitor
            }
        return VMError(code, "\(server) refused '\(command)': \(text) (\(errorClass))")
    }
}
