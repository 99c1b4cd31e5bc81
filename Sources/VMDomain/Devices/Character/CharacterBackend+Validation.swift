internal import VMXML

extension CharacterBackend {
    /// What the backend is for, as far as it changes what may be left out.
    enum Use: Sendable {
        case device
        /// A channel that gets a socket of its own when none is named.
        case namedChannel
        /// The same with a path that was made for it, on which QEMU always listens.
        case generatedPath
        /// A redirected device, for which D-Bus has a channel of its own.
        case redirection
    }

    func validate(_ v: inout Validation, for use: Use = .device) {
        switch type {
        case .file, .dev, .pipe: need(source.path, "path", &v)
        case .unix: validateUnix(&v, for: use)
        case .tcp: validateTCP(&v)
        case .udp: validateUDP(&v)
        case .nmdm:
            need(source.master, "master", &v)
            need(source.slave, "slave", &v)
        case .spiceport, .dbus: validateChannel(&v, for: use)
        case .null, .vc, .pty, .stdio, .spicevmc, .qemuVDAgent: break
        }
        for label in source.seclabels where label.relabel == .yes && label.label == nil {
            v.error(
                "seclabel", "a label must be given for what is to be relabelled", at: .child(["source", "seclabel"]))
        }
    }

    private func need<T>(_ value: T?, _ name: String, _ v: inout Validation) {
        guard value == nil else { return }
        v.error(
            "missing-attribute", "a device of type '\(type.rawValue)' needs the attribute '\(name)' of <source>",
            at: .child("source"))
    }

    private func validateUnix(_ v: inout Validation, for use: Use) {
        if use == .device || use == .redirection { need(source.path, "path", &v) }
        if let path = source.path, path.utf8.count > longestSocketPath {
            v.warning(
                "long-path", "the path of a socket has at most \(longestSocketPath) bytes, this one \(path.utf8.count)",
                at: .child("source", "path"), found: path)
        }
        validateReconnect(isServer: source.mode != .connect || use == .generatedPath, &v)
    }

    private func validateTCP(_ v: inout Validation) {
        need(source.host, "host", &v)
        need(source.service, "service", &v)
        validateReconnect(isServer: source.mode == .bind, &v)
        if v.isQEMU, let kind = `protocol`?.type, kind != .raw, kind != .telnet {
            v.error(
                "protocol", "QEMU doesn't speak '\(kind.rawValue)'; encryption is asked for with tls='yes' in <source>",
                at: .child("protocol", "type"), found: kind.rawValue, accepted: ["raw", "telnet"])
        }
    }

    private func validateUDP(_ v: inout Validation) {
        for endpoint in endpoints.dropFirst(2) {
            v.enter("source", endpoint.origin) {
                $0.error("duplicate-element", "a device of type 'udp' has at most two <source> elements")
            }
        }
        guard let target = connect else {
            v.error(
                "missing-attribute", "a device of type 'udp' needs a <source> with mode='connect' and a service",
                at: .child("source"))
            return
        }
        if target.service == nil {
            v.enter("source", target.origin) {
                $0.error("missing-attribute", "a device of type 'udp' needs the attribute 'service' of <source>")
            }
        }
    }

    private func validateReconnect(isServer: Bool, _ v: inout Validation) {
        guard let reconnect = source.reconnect, reconnect.enabled == .yes else { return }
        if isServer {
            v.error("reconnect", "only mode='connect' can reconnect", at: .child(["source", "reconnect"]))
        } else if reconnect.timeout == 0 {
            v.error(
                "reconnect", "the time between attempts is at least one second",
                at: .child(["source", "reconnect"], attribute: "timeout"), found: "0")
        } else if reconnect.timeout == nil {
            v.error(
                "missing-attribute", "<reconnect> needs the attribute 'timeout'", at: .child(["source", "reconnect"]))
        }
    }

    private func validateChannel(_ v: inout Validation, for use: Use) {
        if use != .redirection || type != .dbus { need(source.channel, "channel", &v) }
        guard let name = source.channel, !name.utf8.allSatisfy(isChannelCharacter) else { return }
        v.error(
            "invalid-channel", "a channel's name consists of letters, digits, '.', '-' and '_'",
            at: .child("source", "channel"), found: name)
    }
}

/// What fits into the address of a UNIX socket on Linux.
private let longestSocketPath = 107

private func isChannelCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
    default: false
    }
}
