internal import LibvirtWire
internal import MonitorJSON
internal import VMCore
internal import VMJSON
internal import VMManager

/// QEMU's monitor and the guest's agent, with commands of the client's own.
extension ServiceTable {
    mutating func serveMonitor() {
        serve(QEMU.domainMonitorCommand) { (arguments, client) throws(VMError) in
            try await Self.monitorCommand(arguments, [], client)
        }
        serveWithFiles(QEMU.domainMonitorCommandWithFiles) { (arguments, files, client) throws(VMError) in
            try await Self.monitorCommand(arguments, files, client)
        }
        serveWaiting(QEMU.domainAgentCommand) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainQemuAgentCommand")
            let (command, members, _) = try Self.command(arguments.command)
            let patience = try Self.patience(arguments.timeout)
            let value = try await client.machine(arguments.domain).agentCommand(command, members, patience: patience)
            return value.map { JSONValue.object(["return": $0]).description }
        }
    }

    /// `virDomainQemuAgentCommandTimeoutValues`.
    private static func patience(_ timeout: Int32) throws(VMError) -> VMManager.AgentPatience {
        switch timeout {
        case -2: .forever
        case -1: .atMost(VMManager.agentPatience)
        case 0: .none
        case 1...: .atMost(.seconds(Int64(timeout)))
        default: throw VMError(.invalidArgument, "guest agent timeout '\(timeout)' is less than the minimum '-2'")
        }
    }

    private static func command(_ text: String) throws(VMError) -> (String, JSONObject, id: JSONValue?) {
        let value: JSONValue
        do throws(VMError) { value = try JSONParser.parse(Array(text.utf8)) } catch {
            throw VMError(
                .invalidArgument, "internal error: cannot parse json \(text): \(error.message)",
                libvirt: LibvirtError(.internalError))
        }
        guard let command = value["execute"]?.string else {
            throw VMError(
                .invalidArgument, "internal error: the command names nothing to execute",
                libvirt: LibvirtError(.internalError))
        }
        return (command, value["arguments"]?.object ?? [:], value["id"])
    }

    private static func monitorCommand(
        _ arguments: MonitorCommandArguments, _ files: [Int32], _ client: Client
    ) async throws(VMError) -> String {
        // 1: a line for people's monitor.
        try checkFlags(arguments.flags, 1, "qemuDomainQemuMonitorCommand")
        let machine = client.machine(arguments.domain)
        if arguments.flags & 1 != 0 {
            let answer = try await machine.execute(
                "human-monitor-command", ["command-line": .string(arguments.command)])
            return answer.string ?? answer.description
        }
        let (command, members, id) = try Self.command(arguments.command)
        var reply: JSONObject
        do throws(VMError) {
            reply = ["return": try await machine.execute(command, members, descriptors: files)]
        } catch {
            // QEMU's own refusal is an answer.
            guard let name = className(of: error), try await machine.status().state.isActive else { throw error }
            reply = ["error": ["class": .string(name), "desc": .string(error.message)]]
        }
        reply["id"] = id
        return JSONValue.object(reply).description
    }

    /// QAPI's `QapiErrorClass` of a refusal; nil for other errors.
    private static func className(of error: VMError) -> String? {
        switch error.code {
        case .monitor: "GenericError"
        case .unsupported: "CommandNotFound"
        case .notFound: "DeviceNotFound"
        case .wrongState: "DeviceNotActive"
        default: nil
        }
    }
}
