internal import LibvirtWire
internal import MonitorJSON
internal import QEMULauncher
internal import VMCore
internal import VMManager

/// What the guest agent is asked.
extension ServiceTable {
    mutating func serveAgent() {
        serveAgentQuestions()
        serveAgentActions()
    }

    private mutating func serveAgentQuestions() {
        serve(Remote.domainGetHostname) { (arguments, client) throws(VMError) in
            // 1 asks for leases, which aren't known here.
            try checkFlags(arguments.flags, 2, "qemuDomainGetHostname")
            return try await client.machine(arguments.subject).guestHostName()
        }
        serve(Remote.domainGetTime) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetTime")
            let time = try await client.machine(arguments.subject).guestTime()
            var answer = GuestTime()
            answer.seconds = time / 1_000_000_000
            answer.nanoseconds = UInt32(clamping: time % 1_000_000_000)
            return answer
        }
        serve(Remote.domainGetFSInfo) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetFSInfo")
            let systems = try await client.machine(arguments.subject).guestFileSystems()
            return Listing(
                systems.map { system in
                    var info = FileSystemInfo()
                    info.mountPoint = system.mountPoint
                    info.name = system.name
                    info.type = system.type
                    info.devices = system.devices
                    return info
                })
        }
        serve(Remote.domainInterfaceAddresses) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainInterfaceAddresses")
            guard let source = VMManager.AddressSource(libvirtNumber: Int32(clamping: arguments.source)) else {
                throw VMError(
                    .invalidArgument, "Unknown IP address data source \(arguments.source)",
                    libvirt: LibvirtError(.argumentUnsupported))
            }
            let found = try await client.machine(arguments.domain).guestInterfaces(from: source)
            return List(found.map { InterfaceAddresses($0) })
        }
        serve(Remote.domainGetGuestInfo) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetGuestInfo")
            let groups = GuestInformation(rawValue: arguments.types)
            return List(try await client.machine(arguments.domain).guestInformation(groups))
        }
        serve(Remote.domainGetGuestVCPUs) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetGuestVcpus")
            return List(try await client.machine(arguments.subject).guestProcessors().parameters)
        }
        serve(Remote.domainAuthorizedSSHKeysGet) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainAuthorizedSSHKeysGet")
            return List(try await client.machine(arguments.domain).guestSSHKeys(user: arguments.user))
        }
    }

    private mutating func serveAgentActions() {
        serve(Remote.domainAgentSetResponseTimeout) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainAgentSetResponseTimeout")
            let patience: AgentPatience? =
                switch arguments.timeout {
                case -2: .forever
                case -1: nil
                case 0: AgentPatience.none
                case 1...: .atMost(.seconds(Int64(arguments.timeout)))
                default:
                    throw VMError(
                        .invalidArgument, "guest agent timeout '\(arguments.timeout)' is less than the minimum '-2'")
                }
            try await client.machine(arguments.domain).setAgentPatience(patience)
            return Int32(0)
        }
        carryOut(Remote.domainSetTime) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "qemuDomainSetTime")
            let (whole, isTooMuch) = arguments.seconds.multipliedReportingOverflow(by: 1_000_000_000)
            let (time, isMore) = whole.addingReportingOverflow(Int64(arguments.nanoseconds))
            if isTooMuch || isMore { throw VMError(.invalidArgument, "Time '\(arguments.seconds)' is too big") }
            try await client.machine(arguments.domain).setGuestTime(
                to: arguments.flags & 1 != 0 ? .hardwareClock : .time(time))
        }
        carryOut(Remote.domainSetGuestVCPUs) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSetGuestVcpus")
            try await client.machine(arguments.domain).setGuestProcessors(
                try HostProcessors.parse(arguments.map), online: arguments.state != 0)
        }
        serve(Remote.domainFSFreeze) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainFSFreeze")
            let machine = client.machine(arguments.domain)
            return Int32(clamping: try await machine.freezeGuest(mountPoints: arguments.mountPoints))
        }
        serve(Remote.domainFSThaw) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainFSThaw")
            return Int32(clamping: try await client.machine(arguments.domain).thawGuest())
        }
        carryOut(Remote.domainFSTrim) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainFSTrim")
            guard arguments.mountPoint == nil else {
                throw VMError(
                    .unsupported, "Specifying mount point is not supported for now",
                    libvirt: LibvirtError(.argumentUnsupported))
            }
            _ = try await client.machine(arguments.domain).trimGuest(minimum: arguments.minimum)
        }
        carryOut(Remote.domainSetUserPassword) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "qemuDomainSetUserPassword")
            guard let user = arguments.user, let password = arguments.password else {
                throw VMError(.invalidArgument, "user and password must not be NULL")
            }
            try await client.machine(arguments.domain).setGuestPassword(
                user: user, password: password, isCrypted: arguments.flags & 1 != 0)
        }
        carryOut(Remote.domainAuthorizedSSHKeysSet) { (arguments, client) throws(VMError) in
            // 1 adds to what is there, 2 removes from it.
            try checkFlags(arguments.flags, 3, "qemuDomainAuthorizedSSHKeysSet")
            try checkExclusive(
                arguments.flags, 1, 2,
                ("VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND", "VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE"))
            try await client.machine(arguments.domain).changeGuestSSHKeys(
                user: arguments.user, arguments.keys,
                arguments.flags & 1 != 0 ? .add : arguments.flags & 2 != 0 ? .remove : .replace)
        }
    }
}

extension InterfaceAddresses {
    fileprivate init(_ interface: GuestInterface) {
        self.init()
        name = interface.name
        mac = interface.mac
        addresses = interface.addresses.map { found in
            var address = InterfaceAddress()
            address.type = found.kind == "ipv6" ? 1 : 0
            address.address = found.address
            address.prefix = UInt32(clamping: found.prefix)
            return address
        }
    }
}
