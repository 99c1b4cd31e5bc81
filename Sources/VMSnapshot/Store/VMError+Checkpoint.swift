package import VMCore

/// The wording of what can be wrong with checkpoints and backups, in libvirt's terms.
extension VMError {
    package static func noCheckpoint(_ name: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .notFound, "Domain checkpoint not found: no domain checkpoint with matching name '\(name)'",
            remedy: remedy ?? "\(command: "checkpoint-list") shows what there is",
            libvirt: LibvirtError(.noDomainCheckpoint))
    }

    package static func noParentCheckpoint(of name: String) -> VMError {
        VMError(
            .notFound, "Domain checkpoint not found: checkpoint '\(name)' does not have a parent",
            libvirt: LibvirtError(.noDomainCheckpoint))
    }

    package static func checkpointExists(_ name: String) -> VMError {
        VMError(
            .exists, "operation failed: domain checkpoint \(name) already exists", remedy: "choose another name",
            libvirt: LibvirtError(.operationFailed, in: .domain))
    }

    package static var noBackup: VMError {
        VMError(
            .notFound, "Domain backup job id not found: no domain backup job present",
            libvirt: LibvirtError(.noDomainBackup))
    }
}
