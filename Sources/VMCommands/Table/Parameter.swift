/// One argument or option of a verb, as data: parser, help, completions and manual pages read the same value.
public struct Parameter: Sendable {
    /// How a value gets into the parameter.
    public enum Kind: Sendable, Hashable {
        /// `--name`: present or not.
        case flag
        /// `--name VALUE`, `--name=VALUE`, or VALUE alone in the order of the table.
        case argument
        /// `--name VALUE` or `--name=VALUE` only.
        case option
        /// Takes all values that are left, as `validate FILE…` does.
        case rest
    }

    /// What a shell may offer for the value.
    public enum Completion: Sendable, Hashable {
        case nothing
        case domain(DomainFilter)
        case removableDrive
        /// The target of any of the domain's disks.
        case disk
        /// The MAC address of one of the domain's network interfaces.
        case interface
        /// The alias of one of a running domain's devices.
        case alias
        case pool(PoolFilter)
        case volume
        case network(NetworkFilter)
        case secret
        /// A device of the host.
        case nodeDevice
        /// A network interface of the host.
        case hostInterface
        case verb
        case file
        case folder
        case words([String])
    }

    /// Which domains make sense for a verb.
    public enum DomainFilter: String, Sendable, Hashable { case any, active, inactive, paused, running }

    /// Which networks make sense for a verb.
    public enum NetworkFilter: String, Sendable, Hashable { case any, active, inactive }

    /// Which pools make sense for a verb.
    public enum PoolFilter: String, Sendable, Hashable { case any, active, inactive }

    public var name: String
    public var kind: Kind
    public var isRequired: Bool
    /// The one-letter spelling, for example `o` for `-o`.
    public var short: Character?
    /// What stands in help texts for the value, for example `string`, `seconds`, `file`.
    public var placeholder: String
    /// One line of help without a final stop.
    public var help: String
    public var completion: Completion

    /// A switch.
    public static func flag(_ name: String, short: Character? = nil, _ help: String) -> Parameter {
        Parameter(
            name: name, kind: .flag, isRequired: false, short: short, placeholder: "", help: help, completion: .nothing)
    }

    /// A value that has to be given, by position or by name.
    public static func argument(
        _ name: String, _ placeholder: String = "string", _ help: String, completion: Completion = .nothing
    ) -> Parameter {
        Parameter(
            name: name, kind: .argument, isRequired: true, short: nil, placeholder: placeholder, help: help,
            completion: completion)
    }

    /// A value that may be given, by position or by name.
    public static func optional(
        _ name: String, _ placeholder: String = "string", _ help: String, completion: Completion = .nothing
    ) -> Parameter {
        Parameter(
            name: name, kind: .argument, isRequired: false, short: nil, placeholder: placeholder, help: help,
            completion: completion)
    }

    /// A value that may be given, by name only.
    public static func option(
        _ name: String, short: Character? = nil, _ placeholder: String, _ help: String,
        completion: Completion = .nothing, required: Bool = false
    ) -> Parameter {
        Parameter(
            name: name, kind: .option, isRequired: required, short: short, placeholder: placeholder, help: help,
            completion: completion)
    }

    /// All values that are left.
    public static func rest(
        _ name: String, _ placeholder: String, _ help: String, completion: Completion = .nothing, required: Bool = true
    ) -> Parameter {
        Parameter(
            name: name, kind: .rest, isRequired: required, short: nil, placeholder: placeholder, help: help,
            completion: completion)
    }

    /// The domain that nearly every verb is about.
    public static func domain(_ filter: DomainFilter = .any) -> Parameter {
        argument("domain", "string", "domain name, id or uuid", completion: .domain(filter))
    }

    /// Whether a value without a name can land here.
    var takesData: Bool { kind == .argument || kind == .rest }
}
