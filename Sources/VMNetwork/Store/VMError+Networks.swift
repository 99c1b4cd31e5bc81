package import VMCore

/// The wording of what can be wrong with networks, in one place.
extension VMError {
    static func network(
        _ code: Code, _ number: LibvirtError.Number, _ message: String, remedy: Remedy? = nil
    ) -> VMError {
        VMError(code, message, remedy: remedy, libvirt: LibvirtError(number, in: .network))
    }

    package static func noNetwork(named name: String) -> VMError {
        network(
            .notFound, .noNetwork, "Network not found: no network with matching name '\(name)'",
            remedy: "\(command: "net-list", "--all") shows what there is")
    }

    package static func noNetwork(_ uuid: UUID) -> VMError {
        network(.notFound, .noNetwork, "Network not found: no network with matching uuid '\(uuid)'")
    }

    package static func inactive(network name: String) -> VMError {
        wrongNetworkState("network '\(name)' is not active", remedy: "start it with \(command: "net-start", name)")
    }

    package static func wrongNetworkState(_ why: String, remedy: Remedy? = nil) -> VMError {
        network(.wrongState, .operationInvalid, "Requested operation is not valid: \(why)", remedy: remedy)
    }

    static func networkConflict(_ why: String, remedy: Remedy? = nil) -> VMError {
        network(.exists, .operationFailed, "operation failed: \(why)", remedy: remedy)
    }

    package static func networkFailure(_ why: String, remedy: Remedy? = nil) -> VMError {
        network(.io, .internalError, "internal error: \(why)", remedy: remedy)
    }

    package static func networkUnsupported(_ why: String, remedy: Remedy? = nil) -> VMError {
        network(.unsupported, .configurationUnsupported, "unsupported configuration: \(why)", remedy: remedy)
    }
}
