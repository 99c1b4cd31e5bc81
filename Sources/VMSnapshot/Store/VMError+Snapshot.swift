package import VMCore

/// The wording of what can be wrong with snapshots, in libvirt's terms.
extension VMError {
    package static func noSnapshot(_ name: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .notFound, "Domain snapshot not found: no domain snapshot with matching name '\(name)'",
            remedy: remedy ?? "\(command: "snapshot-list") shows what there is",
            libvirt: LibvirtError(.noDomainSnapshot))
    }

    package static var noCurrentSnapshot: VMError {
        VMError(
            .notFound, "Domain snapshot not found: the domain does not have a current snapshot",
            libvirt: LibvirtError(.noDomainSnapshot))
    }

    package static func noParent(of name: String) -> VMError {
        VMError(
            .notFound, "Domain snapshot not found: snapshot '\(name)' does not have a parent",
            libvirt: LibvirtError(.noDomainSnapshot))
    }

    package static func snapshotExists(_ name: String) -> VMError {
        VMError(
            .exists, "operation failed: domain snapshot \(name) already exists", remedy: "choose another name",
            libvirt: LibvirtError(.operationFailed, in: .domain))
    }

    /// What a snapshot would have to be isn't supported: `where` is the part of libvirt that refuses it.
    package static func snapshotUnsupported(
        _ why: String, remedy: Remedy? = nil, in domain: LibvirtError.Domain = .qemu
    ) -> VMError {
        VMError(
            .unsupported, "unsupported configuration: \(why)", remedy: remedy,
            libvirt: LibvirtError(.configurationUnsupported, in: domain))
    }

    package static func snapshotOperation(unsupported why: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .unsupported, "Operation not supported: \(why)", remedy: remedy,
            libvirt: LibvirtError(.operationUnsupported))
    }

    package static func snapshotInvalid(_ why: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .wrongState, "Requested operation is not valid: \(why)", remedy: remedy,
            libvirt: LibvirtError(.operationInvalid))
    }

    package static func snapshotArgument(_ why: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .invalidArgument, "invalid argument: \(why)", remedy: remedy, libvirt: LibvirtError(.invalidArgument))
    }

    /// `VIR_ERR_SNAPSHOT_REVERT_RISKY`: what only `force` does.
    package static func revertRisky(_ why: String, remedy: Remedy? = nil) -> VMError {
        VMError(
            .wrongState, "revert requires force: \(why)", remedy: remedy ?? "\(option: "force") does it all the same",
            libvirt: LibvirtError(LibvirtError.Number(rawValue: 77)))
    }

    /// Something else refers to a file that would have to be changed.
    package static func snapshotInUse(_ what: String, by users: [String], remedy: Remedy? = nil) -> VMError {
        let list = users.prefix(5).joined(separator: ", ") + (users.count > 5 ? " and \(users.count - 5) more" : "")
        return VMError(
            .busy, "Operation not supported: \(what): it is used by \(list)", remedy: remedy,
            libvirt: LibvirtError(.operationUnsupported))
    }
}
