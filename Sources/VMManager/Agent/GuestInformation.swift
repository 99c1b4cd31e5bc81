internal import MonitorJSON
public import VMCore

/// What a guest is asked about itself: `virDomainGuestInfoTypes`, with libvirt's numbers.
public struct GuestInformation: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let users = Self(rawValue: 1 << 0)
    public static let os = Self(rawValue: 1 << 1)
    public static let timezone = Self(rawValue: 1 << 2)
    public static let hostName = Self(rawValue: 1 << 3)
    public static let fileSystems = Self(rawValue: 1 << 4)
    public static let interfaces = Self(rawValue: 1 << 6)

    /// Everything that is known here.
    public static let all: Self = [.users, .os, .timezone, .hostName, .fileSystems, .interfaces]
}

extension VMManager {
    /// What a guest says of itself, by the names, in the order and with the types of `virDomainGetGuestInfo`.
    ///
    /// - Parameter groups: what is asked; empty is everything that the agent knows, where what an older or closed-up agent
    ///   lacks is left out.
    /// - Throws: `monitor` when the agent refuses what was asked for by name.
    public func guestInformation(
        _ key: String, _ groups: GuestInformation = [], timeout: Duration = agentPatience
    ) throws(VMError) -> [TypedParameter] {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.guestInformation(machine, groups, timeout: timeout)
        }
    }

    func guestInformation(
        _ machine: Machine, _ groups: GuestInformation, timeout: Duration
    ) async throws(VMError) -> [TypedParameter] {
        try await withAgent(machine, timeout) { (agent, deadline) async throws(VMError) in
            let known = try await agent.execute(GuestInfo(), deadline: deadline).commands
            var list: [TypedParameter] = []
            for question in GuestQuestion.all {
                if groups.isEmpty ? !known.contains(question.command) : !groups.contains(question.group) { continue }
                list += try await question.ask(agent, deadline)
            }
            return list
        }
    }

    /// The host name of a guest.
    public func guestHostName(_ key: String, timeout: Duration = agentActionPatience) throws(VMError) -> String {
        try ask(key, GuestGetHostName(), timeout)
    }
}

/// One group of `virDomainGetGuestInfo`.
private struct GuestQuestion {
    let group: GuestInformation
    let command: String
    let ask: @Sendable (AgentLink, Deadline) async throws(VMError) -> [TypedParameter]

    private init<Command: GuestCommand>(
        _ group: GuestInformation, _ command: Command,
        _ parameters: @escaping @Sendable (Command.Reply) -> [TypedParameter]
    ) {
        self.group = group
        self.command = Command.name
        ask = { (agent, deadline) async throws(VMError) in
            parameters(try await agent.execute(command, deadline: deadline))
        }
    }

    /// In virsh's order.
    static let all: [GuestQuestion] = [
        GuestQuestion(.users, GuestGetUsers()) { $0.parameters },
        GuestQuestion(.os, GuestGetOSInfo()) { info in
            osKeys.compactMap { key in info[key].map { TypedParameter("os.\(key)", .string($0)) } }
        },
        GuestQuestion(.timezone, GuestGetTimezone()) { zone in
            (zone.zone.map { [TypedParameter("timezone.name", .string($0))] } ?? [])
                + [TypedParameter("timezone.offset", .int(Int32(clamping: zone.offset)))]
        },
        GuestQuestion(.hostName, GuestGetHostName()) { [TypedParameter("hostname", .string($0))] },
        GuestQuestion(.fileSystems, GuestGetFSInfo()) { $0.parameters },
        GuestQuestion(.interfaces, GuestNetworkGetInterfaces()) { $0.parameters },
    ]

    private static let osKeys = [
        "id", "name", "pretty-name", "version", "version-id", "machine", "variant", "variant-id", "kernel-release",
        "kernel-version",
    ]
}

extension [GuestGetUsers.User] {
    /// `user.count`, `user.0.name` …; times in milliseconds since 1970.
    var parameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("user.count", count: count)
        for (index, user) in enumerated() {
            list.add("user.\(index).name", .string(user.name))
            if let domain = user.domain { list.add("user.\(index).domain", .string(domain)) }
            // A guest may say anything, a time that no clock has among it.
            if let time = user.loginTime.flatMap({ UInt64(exactly: ($0 * 1000).rounded(.towardZero)) }) {
                list.add("user.\(index).login-time", .ullong(time))
            }
        }
        return list
    }
}

extension [GuestGetFSInfo.FileSystem] {
    /// `fs.count`, `fs.0.name` …
    var parameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("fs.count", count: count)
        for (index, system) in enumerated() {
            list.add("fs.\(index).name", .string(system.name))
            list.add("fs.\(index).mountpoint", .string(system.mountPoint))
            list.add("fs.\(index).fstype", .string(system.type))
            if let total = system.totalBytes { list.add("fs.\(index).total-bytes", .ullong(total)) }
            if let used = system.usedBytes { list.add("fs.\(index).used-bytes", .ullong(used)) }
        }
        return list
    }
}

extension [GuestNetworkGetInterfaces.Interface] {
    /// `if.count`, `if.0.name`, `if.0.addr.0.addr` …
    var parameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("if.count", count: count)
        for (index, interface) in enumerated() {
            let name = "if.\(index)"
            list.add("\(name).name", .string(interface.name))
            if let address = interface.hardwareAddress { list.add("\(name).hwaddr", .string(address)) }
            list.add("\(name).addr.count", count: interface.addresses.count)
            for (number, address) in interface.addresses.enumerated() {
                list.add("\(name).addr.\(number).type", .string(address.type))
                list.add("\(name).addr.\(number).addr", .string(address.address))
                list.add("\(name).addr.\(number).prefix", count: address.prefix)
            }
        }
        return list
    }
}
