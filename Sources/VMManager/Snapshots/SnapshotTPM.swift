internal import VMCore
internal import VMDomain
internal import VMSnapshot

/// The state of an emulated TPM. It is in the memory of a snapshot that has that, and a copy belongs to one that has the disks
/// alone.
extension VMManager {
    /// Where the TPM of a domain has its state: a folder, or a file where the definition says so; nil without such a TPM.
    func tpmState(of domain: Domain, _ machine: Machine) -> String? {
        let backend = domain.devices.tpms.first { $0.backend?.type == .emulator }?.backend
        return backend.map { $0.source?.path ?? "\(paths.state)/swtpm/\(machine.uuid)" }
    }
}
