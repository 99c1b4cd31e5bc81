internal import VMCore
internal import VMDomain

/// The file in which a machine's firmware keeps its variables: `<nvram>`.
enum FirmwareVariables {
    /// No template is larger.
    private static let limit = 256 << 20

    /// Makes the file from its template where it isn't there yet, before QEMU wants it.
    ///
    /// - Parameter anew: also where it is there; what the guest has set is lost then.
    static func prepare(_ domain: Domain, anew: Bool) throws(VMError) {
        guard let variables = domain.os.nvram, let path = variables.file else {
            if anew { throw VMError(.unsupported, "domain '\(domain.name ?? "")' has no file of firmware variables") }
            return
        }
        if Files.exists(path), !anew { return }
        let template = try template(of: variables, path)
        try Folders.make(Files.folder(of: path))
        try Files.write(try Files.read(template, limit: limit), to: path)
    }

    /// What the file is made from.
    ///
    /// - Throws: `not-found` and `unsupported` when it can't be made from anything.
    static func template(of variables: NVRAM, _ path: String) throws(VMError) -> String {
        guard let template = variables.template else {
            throw VMError(
                .notFound, "the file of firmware variables '\(path)' can't be made: no template is known for it",
                remedy: "name one with <nvram template='…'>")
        }
        let format = variables.format ?? .raw
        guard format == variables.templateFormat ?? .raw else {
            throw VMError(
                .unsupported,
                "a \(format.rawValue) file of firmware variables can't be made from a template of another "
                    + "format", remedy: "make it with 'qemu-img convert -O \(format.rawValue) \(template) \(path)'")
        }
        return template
    }
}
