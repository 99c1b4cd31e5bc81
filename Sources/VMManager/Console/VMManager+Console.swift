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
        try consoleLine(try find(key), device: device).endpoint
    }

    /// A console with the files that belong to it.
    struct ConsoleLine {
        var endpoint: ConsoleEndpoint
        /// The file to which QEMU appends what the guest prints there.
        var log: String?
        /// Where it is kept how much of it somebody has seen.
        var mark: String?
    }

    func consoleLine(_ machine: Machine, device: String?) throws(VMError) -> ConsoleLine {
        let state = observe(machine)
        try Operation.openConsole.check(state.state, name: machine.name)
        var line = try VMManager.line(in: try liveDomain(of: state), device: device)
        let kept = "\(machine.runtime.consoles)/\(line.alias ?? "console")"
        // A file that the definition names is somebody else's, and may hold more than this run.
        line.line.log = line.line.log ?? kept + ".log"
        line.line.mark = kept + ".shown"
        return line.line
    }

    /// The channel of a running machine, with nothing that was kept: what a program said before belongs to whom it spoke.
    func channelLine(_ machine: Machine, _ name: String?) throws(VMError) -> ConsoleLine {
        guard let domain = try liveDomain(machine) else { throw VMManager.notRunning(machine) }
        let channels = domain.devices.channels
        let channel =
            name == nil
            ? channels.first : channels.first { $0.alias?.name == name || $0.target?.name == name }
        guard let channel else {
            let names = channels.compactMap { $0.target?.name ?? $0.alias?.name }
            throw VMError(
                .internalError, "cannot find channel \(name ?? "0")",
                remedy: names.isEmpty ? "the machine has none" : "it has: \(names.joined(separator: ", "))")
        }
        guard channel.backend.type == .unix, channel.backend.source.mode != .connect,
            let path = channel.backend.source.path
        else {
            throw VMError(
                .internalError, "channel \(channel.alias?.name ?? name ?? "0") is not using a UNIX socket")
        }
        return ConsoleLine(endpoint: .unix(path: path))
    }

    private static func line(
        in domain: Domain, device: String?
    ) throws(VMError) -> (line: ConsoleLine, alias: String?) {
        let lines =
            domain.devices.consoles.map { ($0.alias?.name, $0.backend) }
            + domain.devices.serials.map { ($0.alias?.name, $0.backend) }
        let line = device == nil ? lines.first : lines.first { $0.0 == device }
        guard let (alias, backend) = line else {
            throw VMError(
                .notFound, device.map { "there is no console '\($0)'" } ?? "the machine has no console",
                remedy: device == nil
                    ? "add <console type='pty'/> to its <devices>"
                    : "its consoles are: \(lines.compactMap(\.0).joined(separator: ", "))",
                libvirt: LibvirtError(.internalError))
        }
        if backend.type == .pty, let path = backend.tty ?? backend.source.path {
            return (ConsoleLine(endpoint: .terminal(path: path), log: backend.log?.file), alias)
        }
        if backend.type == .unix, backend.source.mode != .connect, let path = backend.source.path {
            return (ConsoleLine(endpoint: .unix(path: path), log: backend.log?.file), alias)
        }
        throw VMError(
            .unsupported, "console '\(alias ?? "0")' is of type '\(backend.type.rawValue)', which can't be opened here",
            remedy: "use a console of type 'pty' or 'unix'")
    }
}
