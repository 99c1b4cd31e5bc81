internal import LibvirtWire
internal import VMCore
internal import VMManager

/// What a domain is and does.
extension ServiceTable {
    mutating func serveFacts() {
        serve(Remote.domainGetState) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetState")
            let state = try await client.machine(arguments.subject).status()
            var answer = DomainStateReason()
            answer.state = state.state.libvirtNumber
            answer.reason = state.reason.libvirtNumber(in: state.state)
            return answer
        }
        serve(Remote.domainGetInfo) { (domain, client) throws(VMError) in
            let facts = try await Self.information(domain, client)
            var info = DomainInfo()
            info.state = UInt8(clamping: facts.state.state.libvirtNumber)
            info.maximalMemory = facts.maximumMemory
            info.memory = facts.memory
            info.vcpuCount = UInt16(clamping: facts.processors)
            info.cpuTime = facts.cpuTime ?? 0
            return info
        }
        serve(Remote.domainGetXMLDesc) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 15, "qemuDomainGetXMLDesc")
            let flags = arguments.flags
            // For another host the secrets go along.
            return try await client.machine(arguments.subject).xml(
                inactive: flags & 2 != 0, secrets: flags & 9 != 0)
        }
        serve(Remote.domainIsActive) { (domain, client) throws(VMError) in
            try await client.machine(domain).status().state.isActive
        }
        serve(Remote.domainIsPersistent) { (domain, client) throws(VMError) in
            try await Self.information(domain, client).machine.isPersistent
        }
        serve(Remote.domainIsUpdated) { (domain, client) throws(VMError) in
            let state = try await client.machine(domain).status()
            return state.state.isActive && client.manager.isPending(state)
        }
        serve(Remote.domainGetOSType) { (domain, client) throws(VMError) in
            try await Self.information(domain, client).osType
        }
        serve(Remote.domainGetMaxMemory) { (domain, client) throws(VMError) in
            try await Self.information(domain, client).maximumMemory
        }
        serve(Remote.domainGetAutostart) { (domain, client) throws(VMError) in
            try await Self.information(domain, client).isAutostarted
        }
        serve(Remote.domainHasManagedSaveImage) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainHasManagedSaveImage")
            return try await Self.information(arguments.subject, client).hasManagedSave
        }
        serve(Remote.domainGetSecurityLabel) { (domain, client) throws(VMError) in
            _ = try await client.machine(domain).status()
            return DomainSecurityLabel()
        }
        serve(Remote.domainGetSecurityLabelList) { (domain, client) throws(VMError) in
            _ = try await client.machine(domain).status()
            return Listing<DomainSecurityLabel, UpTo64>([])
        }
        serve(Remote.domainGetMessages) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 3, "qemuDomainGetMessages")
            _ = try await client.machine(arguments.subject).status()
            return List<String, UpTo2048>([])
        }
        serve(Remote.domainGetControlInfo) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetControlInfo")
            let control = try await client.perform(arguments.subject, "controlState") {
                (manager, key) throws(VMError) in try manager.controlState(key)
            }
            var answer = ControlInfo()
            answer.state = UInt32(clamping: control.kind.rawValue)
            answer.stateTime = UInt64(clamping: control.milliseconds)
            return answer
        }
    }

    static func information(_ domain: DomainReference, _ client: Client) async throws(VMError) -> DomainInformation {
        try await client.perform(domain, "information") { (manager, key) throws(VMError) in
            try manager.information(key)
        }
    }
}
