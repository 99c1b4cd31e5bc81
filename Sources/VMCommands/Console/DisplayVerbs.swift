internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager

extension Verb {
    /// `vncdisplay NAME`.
    static var vncdisplay: Verb {
        Verb(
            "vncdisplay", group: .console, "tell where a domain's VNC server listens, as a display number",
            parameters: [.domain(.active)]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let state = try running(manager, key)
            guard let server = state.vnc.first, let port = Int(server.port) else {
                throw VMError(
                    .notFound, "Failed to get VNC port. Is this domain using VNC?",
                    remedy: "add <graphics type='vnc' autoport='yes'/> to its <devices>")
            }
            let display = (isAnyHost(server.host) ? "" : bracketed(server.host)) + ":\(port - 5900)"
            return Report(
                .text(display),
                value: ["display": .string(display), "host": .string(server.host), "port": .integer(Int64(port))],
                names: [display])
        }
    }

    /// `domdisplay NAME [--type vnc]`.
    static var domdisplay: Verb {
        Verb(
            "domdisplay", group: .console, "tell where a domain's screens are served, as URIs for a viewer",
            parameters: [
                .domain(.active), .option("type", "string", "only this kind: vnc", completion: .words(["vnc"])),
                .flag("all", "all of them, one a line"),
                .flag("include-password", "includes the password, if available, in the URI"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let state = try running(manager, key)
            let isWanted = invocation.value("type").map { $0 == "vnc" } ?? true
            var password: String?
            if invocation.flag("include-password") {
                let displays = try manager.domain(key, inactive: false).devices.graphics
                password = displays.first { $0.type == .vnc }?.passwd
            }
            let all = isWanted ? state.vnc.compactMap { uri($0, password) } : []
            guard let first = all.first else {
                throw VMError(.notFound, "No graphical display found", remedy: "add <graphics> to its <devices>")
            }
            let shown = invocation.flag("all") ? all : [first]
            return Report(
                .text(shown.map(DisplayText.printable).joined(separator: "\n")),
                value: .array(shown.map { ["uri": .string($0)] }), names: shown)
        }
    }

    /// `ttyconsole NAME`.
    static var ttyconsole: Verb {
        Verb(
            "ttyconsole", group: .console, "tell the terminal device of a domain's console",
            parameters: [.domain(.active), .option("devname", "string", "the device's alias, such as serial0")]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let endpoint = try manager.carryOut("open console of", key) { () throws(VMError) in
                try manager.console(key, device: invocation.value("devname"))
            }
            switch endpoint {
            case .terminal(let path): return Report(.text(path), value: ["tty": .string(path)], names: [path])
            case .unix(let path):
                throw VMError(
                    .notFound, "the console is the unix socket '\(path)', not a terminal",
                    remedy: "join it with 'vmctl console \(key)'")
            }
        }
    }

    private static func running(_ manager: VMManager, _ key: String) throws(VMError) -> PublishedState {
        let state = try manager.status(key)
        guard state.state.isActive else { throw VMError(.wrongState, "Domain is not running") }
        return state
    }

    /// The URI as virsh gives it: the number is the display's, the port less 5900.
    private static func uri(_ server: PublishedState.VNCServer, _ password: String?) -> String? {
        guard let port = Int(server.port) else { return nil }
        return "vnc://" + (password.map { ":\($0)@" } ?? "")
            + (isAnyHost(server.host) ? "localhost" : bracketed(server.host)) + ":\(port - 5900)"
    }

    private static func isAnyHost(_ host: String) -> Bool { host.isEmpty || host == "0.0.0.0" || host == "::" }

    private static func bracketed(_ host: String) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }
}
