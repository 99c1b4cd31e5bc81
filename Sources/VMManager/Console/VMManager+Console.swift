public import VMCore
internal import VMDomain

/// Where a domain's console is.
public enum ConsoleEndpoint: Sendable, Hashable {
    /// A pseudo terminal.
    case terminal(path: String)
    /// A unix socket on which QEMU listens.
    case unix(path: String)
}

extension VMManager {
    /// Where to reach a running machine's console.
    /// - Parameter device: the alias of a serial port or console, `serial0`; nil is the first one.
    /// - Throws: `wrong-state` when the machine doesn't run; `notFound` when it has no such console; `unsupported` for one
    ///   that can't be talked to from here.
    public func console(_ key: String, device: String? = nil) throws(VMError) -> ConsoleEndpoint {
        let machine = try find(key)
        do throws(VMError) {
            let state = observe(machine)
            try Operation.openConsole.check(state.state, name: machine.name)
            return try VMManager.endpoint(in: try liveDomain(of: state), device: device)
        } catch {
            let prefix = Operation.openConsole.failure(machine.name, error)
            throw error.message == prefix.message ? error : prefix
        }
    }

    private static func endpoint(in domain: Domain, device: String?) throws(VMError) -> ConsoleEndpoint {
        let lines =
            domain.devices.consoles.map { ($0.alias?.name, $0.backend) }
            + domain.devices.serials.map { ($0.alias?.name, $0.backend) }
        let line = device == nil ? lines.first : lines.first { $0.0 == device }
        guard let (alias, backend) = line else {
            throw VMError(
                .notFound, device.map { "there is no console '\($0)'" } ?? "the machine has no console",
                remedy: device == nil
                    ? "add <console type='pty'/> to its <devices>"
                    : "its consoles are: \(lines.compactMap(\.0).joined(separator: ", "))")
        }
        if backend.type == .pty, let path = backend.tty ?? backend.source.path { return .terminal(path: path) }
        if backend.type == .unix, backend.source.mode != .connect, let path = backend.source.path {
            return .unix(path: path)
        }
        throw VMError(
            .unsupported, "console '\(alias ?? "0")' is of type '\(backend.type.rawValue)', which can't be opened here",
            remedy: "use a console of type 'pty' or 'unix'")
    }
}
