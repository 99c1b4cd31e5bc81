/// What can be done about an error: words, in which commands of a front end stand as values.
///
/// A library doesn't know what its caller's program is called. It says *which* command or option helps, and the front end
/// says how that is given to it: `vmctl start web` in a shell, a button in a window.
public struct Remedy: Sendable, Hashable {
    /// A command that a front end has, by the name that virsh's manual has for it.
    public struct Command: Sendable, Hashable {
        /// `start`, `destroy`.
        public var name: String
        /// What follows the name: options, domains.
        public var arguments: [String]

        public init(_ name: String, _ arguments: String...) {
            self.name = name
            self.arguments = arguments
        }
    }

    public enum Part: Sendable, Hashable {
        case text(String)
        case command(Command)
        /// An option of the command that was given, by the name that virsh's manual has for it, without dashes: `config`.
        case option(String)
    }

    public var parts: [Part]

    public init(parts: [Part]) { self.parts = parts }

    public init(_ text: String) { parts = [.text(text)] }

    public static func + (a: Remedy, b: Remedy) -> Remedy { Remedy(parts: a.parts + b.parts) }

    /// The sentence, with each command and option as the front end words it.
    public func worded(_ command: (Command) -> String, option: (String) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .command(let wanted): command(wanted)
            case .option(let name): option(name)
            }
        }.joined()
    }

    /// The sentence for programs that have no commands: each by its name, `'start web'`, `'config'`.
    public var text: String {
        worded({ "'" + ([$0.name] + $0.arguments).joined(separator: " ") + "'" }, option: { "'\($0)'" })
    }
}

extension Remedy: CustomStringConvertible {
    public var description: String { text }
}

extension Remedy: ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) { self.init(text) }

    public init(stringInterpolation: Interpolation) { parts = stringInterpolation.parts }

    /// `"start it with \(command: .init("start", name))"`.
    public struct Interpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ text: String) { append(text) }

        public mutating func appendInterpolation(_ value: some CustomStringConvertible) { append(value.description) }

        public mutating func appendInterpolation(_ remedy: Remedy) { parts += remedy.parts }

        public mutating func appendInterpolation(command: Command) { parts.append(.command(command)) }

        /// The command of that name, with what follows it.
        public mutating func appendInterpolation(command name: String, _ arguments: String...) {
            var command = Command(name)
            command.arguments = arguments
            parts.append(.command(command))
        }

        /// The option of that name.
        public mutating func appendInterpolation(option name: String) { parts.append(.option(name)) }

        private mutating func append(_ text: String) {
            guard !text.isEmpty else { return }
            if case .text(let before)? = parts.last {
                parts[parts.count - 1] = .text(before + text)
            } else {
                parts.append(.text(text))
            }
        }
    }
}
