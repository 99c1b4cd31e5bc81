package import VMCore

/// The wording of what can be wrong with secrets, in one place.
extension VMError {
    private static func secret(
        _ code: Code, _ number: LibvirtError.Number, _ message: String, remedy: Remedy? = nil
    ) -> VMError {
        VMError(code, message, remedy: remedy, libvirt: LibvirtError(number, in: .secret))
    }

    static func noSecret(_ uuid: UUID) -> VMError {
        secret(
            .notFound, .noSecret, "Secret not found: no secret with matching uuid '\(uuid)'",
            remedy: "\(command: "secret-list") shows what there is")
    }

    package static func noSecret(usage: String) -> VMError {
        secret(
            .notFound, .noSecret, "Secret not found: no secret with matching usage '\(usage)'",
            remedy: "\(command: "secret-list") shows what there is")
    }

    static func noValue(_ uuid: UUID) -> VMError {
        secret(
            .notFound, .noSecret, "Secret not found: secret '\(uuid)' does not have a value",
            remedy: "give it one with \(command: "secret-set-value", "\(uuid)", "--interactive")")
    }

    package static func privateSecret() -> VMError {
        secret(.unsupported, .invalidSecret, "Invalid secret: secret is private")
    }

    static func secretConflict(_ why: String, remedy: Remedy? = nil) -> VMError {
        secret(.exists, .internalError, "internal error: \(why)", remedy: remedy)
    }
}
