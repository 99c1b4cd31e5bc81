internal import QEMULauncher
internal import VMCore
internal import VMDomain

/// Finds out who has a port of the host's.
enum PortUse {
    /// `process 123 (name)`; nil when it can't be told.
    static func holder(of port: UInt16, _ transport: PlannedPort.Transport = .tcp) -> String? {
        let sockets = transport == .tcp ? TCPTable.listeners(on: port) : UDPTable.holders(of: port)
        return ProcessTable.holder(ofSockets: sockets).map { "process \($0)\(ImageUse.command($0))" }
    }
}

extension VMManager {
    /// The running domain that has a port of the host lead to its guest.
    func domain(forwarding port: ForwardedPort, except uuid: UUID) -> String? {
        let states = (try? activeStates()) ?? []
        return states.first { state in
            guard state.uuid != uuid, let domain = try? liveDomain(of: state) else { return false }
            return domain.devices.interfaces.contains { card in
                ((try? ForwardedPort.all(of: card)) ?? []).contains { $0.collides(with: port) }
            }
        }?.name
    }

    /// Refuses ports that somebody has, and says who.
    func checkFree(_ ports: [ForwardedPort], for machine: Machine) throws(VMError) {
        for port in ports {
            let host = port.address.isEmpty ? "0.0.0.0" : port.address
            do throws(VMError) {
                switch port.proto {
                case .tcp: _ = try Socket.listen(at: .tcp(host: host, port: port.port)).raw
                case .udp: _ = try Socket.bindDatagram(host: host, port: port.port).raw
                }
            } catch {
                guard error.code == .busy else {
                    throw VMError(
                        error.code, "\(port.proto.rawValue) port \(port.port) of \(host) can't be had",
                        remedy: port.port < 1024 ? "users get ports from 1024 on" : "name an address of this host's",
                        cause: error)
                }
                let domain = domain(forwarding: port, except: machine.uuid).map { "domain '\($0)'" }
                let holder = domain ?? PortUse.holder(of: port.port, port.proto == .udp ? .udp : .tcp)
                throw VMError(
                    .busy,
                    "\(port.proto.rawValue) port \(port.port) of \(host) is taken"
                        + (holder.map { " by \($0)" } ?? ""), remedy: "choose another port")
            }
        }
    }
}
