public import VMCore
public import VMDomain
public import VMJSON

/// Ports of the host that QEMU's own user networking passes on. QEMU has commands for them in the monitor for people alone
/// (`hostfwd_add`, `hostfwd_remove`), whose text tells what became of it.
extension Hotplug {
    /// What passes a port on to a card, or no longer, and what takes that back.
    public static func forward(_ port: ForwardedPort, of card: Interface, isRemoved: Bool) -> HotplugChange.Step {
        let backend = InterfaceOptions.backendID(card)
        let addition = QMPCall(
            "human-monitor-command", ["command-line": .string("\(QMPCall.addsPort)\(backend) \(port.rule)")])
        let removal = QMPCall(
            "human-monitor-command",
            [
                "command-line": .string(
                    "\(QMPCall.removesPort)\(backend) \(port.proto.rawValue):\(port.address):\(port.port)")
            ])
        return isRemoved ? .init(removal, undo: addition) : .init(addition, undo: removal)
    }
}

extension QMPCall {
    fileprivate static let addsPort = "hostfwd_add "
    fileprivate static let removesPort = "hostfwd_remove "

    private var line: String { command == "human-monitor-command" ? arguments["command-line"]?.string ?? "" : "" }

    /// Whether it passes a port on, which can't be done twice.
    public var takesPort: Bool { line.hasPrefix(Self.addsPort) }

    /// What QEMU's text says that has gone wrong, where a text is all that it answers; nil for everything else.
    public func problem(in answer: JSONValue) -> VMError? {
        let said = (answer.string ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
        if line.hasPrefix(Self.addsPort), !said.isEmpty {
            let rule = line.split(separator: " ").last ?? ""
            return VMError(
                .busy, "QEMU can't have the port of '\(rule)': \(said)",
                remedy: "see which program has it with 'ss -lntup'; users get ports from 1024 on")
        }
        if line.hasPrefix(Self.removesPort), !said.contains("removed") {
            return VMError(.monitor, "QEMU did not give a port up: \(said.isEmpty ? "no word" : said)")
        }
        return nil
    }
}
