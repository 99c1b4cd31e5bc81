internal import VMJSON

/// What QEMU's events mean. Those that have no case of their own, and those without a member that they should have, stay
/// as they are.
extension HostEvent.Kind {
    package init(_ event: HostEvent.QEMUEvent) {
        self = Self.meaning(event) ?? .qmp(name: event.name, data: event.data)
    }

    private static func meaning(_ event: HostEvent.QEMUEvent) -> Self? {
        let data = event.data
        switch event.name {
        case "SHUTDOWN":
            return .shutdown(.init(byGuest: data["guest"]?.bool, reason: data["reason"]?.string))
        case "RESET": return .reboot(byGuest: data["guest"]?.bool ?? false)
        case "SUSPEND": return .power(.suspended)
        case "SUSPEND_DISK": return .power(.suspendedToDisk)
        case "WAKEUP": return .power(.wokeUp)
        case "DEVICE_DELETED": return data["device"]?.string.map { .deviceRemoved(alias: $0) }
        case "DEVICE_UNPLUG_GUEST_ERROR": return data["device"]?.string.map { .deviceRemovalFailed(alias: $0) }
        case "DEVICE_TRAY_MOVED":
            guard let id = data["id"]?.string, let isOpen = data["tray-open"]?.bool else { return nil }
            return .trayChange(alias: alias(id) ?? id, isOpen: isOpen)
        case "BALLOON_CHANGE": return data["actual"]?.uint64.map { .balloonChange(bytes: $0) }
        case "MEMORY_DEVICE_SIZE_CHANGE":
            guard let bytes = data["size"]?.uint64 else { return nil }
            guard let name = data["id"]?.string ?? data["qom-path"]?.string.flatMap({ alias($0) }) else { return nil }
            return .memoryDeviceSizeChange(alias: name, bytes: bytes)
        case "RTC_CHANGE": return data["offset"]?.int64.map { .rtcChange(offset: $0) }
        case "WATCHDOG": return data["action"]?.string.map { .watchdog(action: $0) }
        case "BLOCK_IO_ERROR": return ioError(data, event.context)
        case "MEMORY_FAILURE": return memoryFailure(data)
        case "VSERPORT_CHANGE":
            guard event.context["channel"]?.string == agentChannel else { return nil }
            return data["open"]?.bool.map { .agentLifecycle(isConnected: $0) }
        case "BLOCK_WRITE_THRESHOLD":
            guard let node = data["node-name"]?.string, let threshold = data["write-threshold"]?.uint64,
                let excess = data["amount-exceeded"]?.uint64
            else { return nil }
            return .blockThreshold(node: node, threshold: threshold, excess: excess)
        // Of a job that was begun here more is told when its end has been dealt with.
        case _ where event.context["isOwnJob"]?.bool == true: return nil
        default: return blockJob(event.name, data) ?? graphics(event.name, data)
        }
    }

    /// The name of the channel on which the guest agent listens.
    package static var agentChannel: String { "org.qemu.guest_agent.0" }

    /// The alias in a device's path, `/machine/peripheral/virtio-disk0/virtio-backend`; a name that is none is one already.
    private static func alias(_ path: String) -> String? {
        guard path.hasPrefix("/") else { return path.isEmpty ? nil : path }
        let parts = path.split(separator: "/")
        guard let place = parts.firstIndex(of: "peripheral"), parts.indices.contains(place + 1) else { return nil }
        return String(parts[place + 1])
    }

    private static func ioError(_ data: JSONValue, _ context: JSONObject) -> Self? {
        guard let action = data["action"]?.string else { return nil }
        let path = data["qom-path"]?.string ?? data["device"]?.string
        return .ioError(
            .init(
                target: context["target"]?.string, alias: context["alias"]?.string ?? path.flatMap { alias($0) },
                file: context["file"]?.string, node: data["node-name"]?.string, action: action,
                reason: data["reason"]?.string ?? ""))
    }

    private static func memoryFailure(_ data: JSONValue) -> Self? {
        guard let recipient = data["recipient"]?.string, let action = data["action"]?.string else { return nil }
        return .memoryFailure(
            .init(
                recipient: recipient, action: action,
                isActionRequired: data["flags"]?["action-required"]?.bool ?? false,
                isRecursive: data["flags"]?["recursive"]?.bool ?? false))
    }

    private static func blockJob(_ name: String, _ data: JSONValue) -> Self? {
        let error = data["error"]?.string
        let status: HostEvent.BlockJobChange.Status
        switch name {
        case "BLOCK_JOB_COMPLETED": status = error == nil ? .completed : .failed
        case "BLOCK_JOB_CANCELLED": status = .canceled
        case "BLOCK_JOB_READY": status = .ready
        default: return nil
        }
        guard let id = data["device"]?.string else { return nil }
        return .blockJob(.init(id: id, type: data["type"]?.string ?? "", status: status, error: error))
    }

    private static func graphics(_ name: String, _ data: JSONValue) -> Self? {
        let phase: HostEvent.GraphicsConnection.Phase
        switch name {
        case "VNC_CONNECTED", "SPICE_CONNECTED": phase = .connect
        case "VNC_INITIALIZED", "SPICE_INITIALIZED": phase = .initialize
        case "VNC_DISCONNECTED", "SPICE_DISCONNECTED": phase = .disconnect
        default: return nil
        }
        func address(_ side: JSONValue?) -> HostEvent.GraphicsConnection.Address {
            .init(
                family: side?["family"]?.string ?? "", node: side?["host"]?.string ?? "",
                service: side?["service"]?.string ?? side?["port"]?.string ?? "")
        }
        let (server, client) = (data["server"], data["client"])
        return .graphics(
            .init(
                phase: phase, local: address(server), remote: address(client),
                scheme: server?["auth"]?.string ?? "", x509Name: client?["x509_dname"]?.string,
                saslName: client?["sasl_username"]?.string))
    }
}
