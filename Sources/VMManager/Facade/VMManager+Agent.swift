public import MonitorJSON
public import VMCore
internal import VMDomain

extension VMManager {
    /// The name of the agent's channel in the guest.
    static let agentChannel = "org.qemu.guest_agent.0"

    /// A session with the agent in a running machine's guest. An agent serves one session at a time.
    ///
    /// - Throws: `unsupported` when the domain has no channel for an agent; `timeout` when no agent answers.
    public func guestAgent(_ key: String, deadline: Deadline = .after(.seconds(5))) throws(VMError) -> GuestAgent {
        let machine = try find(key)
        guard let domain = try liveDomain(machine) else {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is not running",
                remedy: "start it with 'vmctl start \(machine.name)'")
        }
        guard let channel = domain.devices.channels.first(where: { $0.target?.name == Self.agentChannel }) else {
            throw VMError(
                .unsupported, "argument unsupported: QEMU guest agent is not configured",
                remedy: "add <channel type='unix'><target type='virtio' name='\(Self.agentChannel)'/></channel> "
                    + "to its <devices>")
        }
        guard channel.backend.type == .unix, let path = channel.backend.source.path else {
            throw VMError(
                .unsupported, "the guest agent's channel is of type '\(channel.backend.type.rawValue)', not unix")
        }
        do throws(VMError) {
            return try GuestAgent(connectingTo: .unix(path: path), deadline: deadline)
        } catch {
            throw error.code == .timeout
                ? error.wrapped("Guest agent is not responding: QEMU guest agent is not connected") : error
        }
    }

    /// The paths that QEMU was given for channels whose definition leaves that open.
    static func fillChannels(_ domain: inout Domain, in folder: String) {
        for index in domain.devices.channels.indices {
            let channel = domain.devices.channels[index]
            guard channel.backend.type == .unix, channel.backend.source.path == nil, let name = channel.target?.name
            else { continue }
            domain.devices.channels[index].backend.source.mode = .bind
            domain.devices.channels[index].backend.source.path = "\(folder)/\(name)"
        }
    }
}
