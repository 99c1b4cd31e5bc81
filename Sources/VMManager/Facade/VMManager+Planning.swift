internal import QEMULauncher
internal import VMCore
internal import VMDomain

extension VMManager {
    /// Plans a domain for its emulator, asking that for its capabilities where they aren't known yet.
    static func planWithCapabilities(_ domain: Domain, _ paths: UserPaths) throws(VMError) -> LaunchPlan {
        throw VMError(.unsupported, "planning of domain '\(domain.name ?? "")' is being merged")
    }
}
