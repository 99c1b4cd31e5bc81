public import QEMULauncher
public import VMCore
public import VMDomain

extension VMManager {
    /// The emulator for documents that name none.
    static func defaultEmulator(_ domain: Domain) -> String {
        "/usr/bin/qemu-system-" + (domain.os.type?.arch ?? "x86_64")
    }

    /// What the domain's emulator can do: from the cache, or by asking it once.
    public func capabilities(for domain: Domain) throws(VMError) -> Capabilities {
        let emulator = domain.devices.emulator ?? VMManager.defaultEmulator(domain)
        return try CapabilitiesCache(folder: paths.cache + "/capabilities").capabilities(of: emulator)
    }

    /// A domain as it is stored: with defaults, implicit devices and addresses filled in. With a planner of its own the
    /// manager leaves documents as they are.
    public func completed(_ domain: Domain, isNew: Bool = false) throws(VMError) -> Domain {
        guard planner == nil else { return domain }
        return try Planner.complete(
            domain, capabilities: capabilities(for: domain), host: HostFacts.current(),
            options: .init(isNewDefinition: isNew))
    }

    /// The launch plan of a document: the exact command line, without starting anything.
    public func plan(_ domain: Domain) throws(VMError) -> LaunchPlan {
        if let planner { return try planner(domain) }
        throw VMError(.unsupported, "planning of domain '\(domain.name ?? "")' is being merged")
    }

    /// The launch plan of a stored domain.
    public func plan(_ key: String) throws(VMError) -> LaunchPlan { try plan(definition(key)) }
}
