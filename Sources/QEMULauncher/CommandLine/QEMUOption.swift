internal import VMCore
public import VMDomain
public import VMJSON
public import VMXML

/// One option of a QEMU command line as data: which option, its keys in order with typed values, and the element of
/// the domain XML that asked for it.
///
/// Nothing in here is escaped. The printers turn the same value into words of a command line (key=value or JSON), a
/// section of a `-readconfig` file, or the arguments of a QMP command, so that a device plugged into a running machine
/// is built by the code that built it for the start.
///
/// Values are JSON values: numbers stay numbers and flags stay flags until a printer that has only text writes
/// `on` and `off`.
public struct QEMUOption: Sendable, Hashable {
    /// What stands behind the option's name.
    public enum Body: Sendable, Hashable {
        /// Nothing: `-S`.
        case flag
        /// One word taken literally: `-kernel PATH`.
        case word(String)
        /// Keys and values: `-device …`.
        case properties(JSONObject)
    }

    public var name: OptionName
    public var body: Body
    /// The element that caused this option; nil for what is always there.
    public var origin: XMLOrigin?
    /// What has to be in the file that the key `file` names, where that is a secret.
    public var secret: SecretSource?

    /// An option with keys; `["driver": "e1000", "id": "net0"]`.
    public init(_ name: OptionName, _ properties: JSONObject, from origin: XMLOrigin? = nil) {
        self.name = name
        self.body = .properties(properties)
        self.origin = origin
    }

    /// An option without a value.
    public init(flag name: OptionName, from origin: XMLOrigin? = nil) {
        self.name = name
        self.body = .flag
        self.origin = origin
    }

    /// An option whose value is one literal word.
    public init(_ name: OptionName, word: String, from origin: XMLOrigin? = nil) {
        self.name = name
        self.body = .word(word)
        self.origin = origin
    }

    /// The keys and values; empty for options that have none. Assigning makes this an option with keys.
    public var properties: JSONObject {
        get { if case .properties(let properties) = body { properties } else { [:] } }
        set { body = .properties(newValue) }
    }

    /// The value of a key. Assigning nil leaves the key out, so optional settings can be assigned as they are.
    public subscript(key: String) -> JSONValue? {
        get { properties[key] }
        set {
            var properties = self.properties
            properties[key] = newValue
            body = .properties(properties)
        }
    }

    /// The option's id, under which other options refer to it.
    public var id: String? { (self["id"] ?? self["node-name"])?.string }
}

/// Where the value of a secret comes from that QEMU gets.
public enum SecretSource: Sendable, Hashable {
    /// A secret that the user keeps.
    case stored(StorageSecret)
    /// What the document itself says.
    case text(String)
}

extension QEMUOption {
    /// An error about this option.
    func refusal(_ message: String, remedy: Remedy? = nil) -> VMError { VMError(.unsupported, message, remedy: remedy) }
}
