package import VMCore

/// The wording of everything that can be wrong with pools and volumes, in one place.
extension VMError {
    /// An error of the part of libvirt that storage is.
    private static func storage(
        _ code: Code, _ number: LibvirtError.Number, _ message: String, remedy: Remedy? = nil
    ) -> VMError {
        VMError(code, message, remedy: remedy, libvirt: LibvirtError(number, in: .storage))
    }

    // MARK: Pools

    static func noPool(named name: String) -> VMError {
        storage(
            .notFound, .noStoragePool, "Storage pool not found: no storage pool with matching name '\(name)'",
            remedy: "\(command: "pool-list", "--all") shows what there is")
    }

    static func noPool(_ uuid: UUID) -> VMError {
        storage(.notFound, .noStoragePool, "Storage pool not found: no storage pool with matching uuid '\(uuid)'")
    }

    package static func noPool(at path: String) -> VMError {
        storage(
            .notFound, .noStoragePool, "Storage pool not found: no storage pool with matching target path '\(path)'")
    }

    package static func inactive(pool name: String) -> VMError {
        wrongPoolState(
            "storage pool '\(name)' is not active", remedy: "start it with \(command: "pool-start", name)")
    }

    /// The pool's state doesn't allow it.
    package static func wrongPoolState(_ why: String, remedy: Remedy? = nil) -> VMError {
        storage(.wrongState, .operationInvalid, "Requested operation is not valid: \(why)", remedy: remedy)
    }

    static func poolConflict(_ why: String, remedy: Remedy? = nil) -> VMError {
        storage(.exists, .operationFailed, "operation failed: \(why)", remedy: remedy)
    }

    static func hasJobs(pool name: String) -> VMError {
        storage(
            .busy, .internalError, "internal error: pool '\(name)' has asynchronous jobs running.",
            remedy: "wait until its volumes are made, copied or transferred")
    }

    package static func hasNoConfig(pool name: String) -> VMError {
        storage(
            .wrongState, .internalError, "internal error: pool has no config file",
            remedy: "store its definition first, with \(command: "pool-define")")
    }

    /// Something that pools of a type don't do here.
    package static func unsupported(_ type: PoolType, _ what: String, remedy: Remedy? = nil) -> VMError {
        storage(
            .unsupported, .noSupport,
            "this function is not supported by the connection driver: pool type '\(type.rawValue)' does not support "
                + what, remedy: remedy)
    }

    static func unsupportedSettings(_ why: String, remedy: Remedy? = nil) -> VMError {
        storage(.unsupported, .configurationUnsupported, "unsupported configuration: \(why)", remedy: remedy)
    }

    // MARK: Volumes

    /// - Parameter pool: where it was looked for.
    package static func noVolume(named name: String, in pool: String? = nil) -> VMError {
        var error = noVolume("no storage vol with matching name '\(name)'")
        error.remedy = pool.map { "\(command: "vol-list", $0) shows what there is" }
        return error
    }

    package static func noVolume(key: String) -> VMError { noVolume("no storage vol with matching key \(key)") }

    package static func noVolume(path: String) -> VMError { noVolume("no storage vol with matching path '\(path)'") }

    private static func noVolume(_ what: String) -> VMError {
        storage(.notFound, .noStorageVolume, "Storage volume not found: \(what)")
    }

    static func volumeExists(_ name: String) -> VMError {
        storage(
            .exists, .storageVolumeExists, "storage volume '\(name)' exists already", remedy: "choose another name")
    }

    static func volumeNameTaken(_ name: String) -> VMError {
        storage(
            .exists, .internalError, "internal error: storage volume name '\(name)' already in use.",
            remedy: "choose another name")
    }

    /// Somebody works on a volume, or a machine or another volume uses it.
    package static func volumeInUse(_ name: String, by user: String? = nil, remedy: Remedy? = nil) -> VMError {
        storage(
            .busy, .operationInvalid,
            "Requested operation is not valid: volume '\(name)' is still in use" + (user.map { " by \($0)" } ?? "."),
            remedy: remedy)
    }

    static func invalidVolume(_ why: String, remedy: Remedy? = nil) -> VMError {
        storage(.invalidArgument, .invalidArgument, "invalid argument: \(why)", remedy: remedy)
    }

    /// What a volume's kind or format doesn't have.
    static func notForVolume(_ why: String, remedy: Remedy? = nil) -> VMError {
        storage(.unsupported, .operationUnsupported, "Operation not supported: \(why)", remedy: remedy)
    }

    static func argumentUnsupported(_ why: String, remedy: Remedy? = nil) -> VMError {
        storage(.unsupported, .argumentUnsupported, "argument unsupported: \(why)", remedy: remedy)
    }

    static func noSecrets() -> VMError {
        storage(
            .unsupported, .configurationUnsupported,
            "unsupported configuration: encrypted volumes can't be copied or resized here",
            remedy: "make an encrypted volume, and copy the contents inside of a guest")
    }

    /// The host refuses something: `why` ends with its words.
    package static func storageFailure(_ why: String, remedy: Remedy? = nil) -> VMError {
        storage(.io, .systemError, why, remedy: remedy)
    }

    static func toolFailed(_ what: String, _ said: String) -> VMError {
        storage(
            .io, .internalError, "internal error: \(what) failed" + (said.isEmpty ? "" : ": \(said)"))
    }
}
