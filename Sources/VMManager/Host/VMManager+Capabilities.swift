public import QEMULauncher
public import VMCore

/// What this host and its emulators can do.
extension VMManager {
    /// Which emulator is meant: the one that is named, else that of an architecture, else that of the host's own.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - architecture: libvirt's name.
    /// - Throws: `unsupported` when there is none for it.
    public func emulator(_ path: String? = nil, architecture: String? = nil) throws(VMError) -> String {
        if let path { return path }
        if let architecture { return try Emulators.find(architecture) }
        return try Emulators.own()
    }

    /// What an emulator can do: from the cache, or by asking it.
    public func capabilities(of emulator: String) throws(VMError) -> Capabilities {
        try capabilitiesCache.capabilities(of: emulator)
    }

    /// The host and its emulators, `virConnectGetCapabilities`.
    ///
    /// - Parameter named: only this one; nil is all that are installed, one of each target.
    /// - Throws: what keeps the emulator that was named from being asked; one that wasn't is left out.
    public func hostCapabilities(emulator named: String? = nil) throws(VMError) -> HostCapabilities {
        var guests: [HostCapabilities.Guest] = []
        for emulator in named.map({ [$0] }) ?? Emulators.installed() {
            do throws(VMError) {
                let capabilities = try capabilities(of: emulator)
                if named == nil, guests.contains(where: { $0.capabilities.target == capabilities.target }) { continue }
                guests.append(HostCapabilities.Guest(emulator: emulator, capabilities: capabilities))
            } catch {
                if named != nil { throw error }
            }
        }
        return HostCapabilities(host: HostDescription(), guests: guests)
    }

    /// What domains can have, `virConnectGetDomainCapabilities`.
    ///
    /// - Parameters:
    ///   - emulator: absolute; nil is that of the architecture.
    ///   - architecture: libvirt's name; nil is the host's.
    ///   - machine: the machine type; nil is the emulator's own choice.
    ///   - type: `qemu` or `kvm`; nil is KVM where it can be used.
    ///   - recorded: what stands for the emulator's answers.
    /// - Throws: `invalid-argument` when the emulator is of another architecture.
    public func domainCapabilities(
        emulator: String? = nil, architecture: String? = nil, machine: String? = nil, type: String? = nil,
        recorded: Capabilities? = nil
    ) throws(VMError) -> DomainCapabilities {
        let path: String
        let capabilities: Capabilities
        if let recorded {
            path = emulator ?? Emulators.standardPath(target: recorded.target)
            capabilities = recorded
        } else {
            path = try self.emulator(emulator, architecture: architecture)
            capabilities = try self.capabilities(of: path)
        }
        if let architecture, architecture != capabilities.architecture {
            throw VMError(
                .invalidArgument,
                "architecture from emulator '\(capabilities.architecture)' doesn't match given architecture "
                    + "'\(architecture)'")
        }
        var host = try HostFacts.current()
        if host.firmware.isEmpty { host.readFirmware() }
        return try DomainCapabilities(capabilities, emulator: path, machine: machine, type: type, host: host)
    }

    /// How many processors a machine may have, of the type that the host's own emulator takes when none is named:
    /// `virConnectGetMaxVcpus`.
    public func maximumProcessors() throws(VMError) -> Int {
        let machines = try capabilities(of: try emulator()).machines(.tcg)
        return (machines.first { $0.isDefault } ?? machines.first)?.maximumCPUs ?? 1
    }
}

/// Versions as libvirt counts them: a million for the first number, a thousand for the second.
public enum LibvirtVersion {
    /// The version whose calls this program follows.
    public static let followed: UInt64 = number(9, 0, 0)

    public static func number(_ major: Int, _ minor: Int, _ micro: Int) -> UInt64 {
        func clamp(_ part: Int) -> UInt64 { UInt64(min(max(part, 0), 999_999)) }
        return clamp(major) * 1_000_000 + clamp(minor) * 1000 + clamp(micro)
    }

    /// A version in words, `7.2.22`; what isn't a number counts as 0, and what follows the third is left out.
    public static func number(_ text: String) -> UInt64 {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            Int(part.prefix { $0.isASCII && $0.isNumber }) ?? 0
        }
        func part(_ index: Int) -> Int { index < parts.count ? parts[index] : 0 }
        return number(part(0), part(1), part(2))
    }
}
