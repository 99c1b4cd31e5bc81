internal import VMCore
internal import VMDomain
internal import VMXML

/// swtpm, the emulator behind `<tpm>` with `<backend type='emulator'>`.
enum SWTPM {
    static func plan(_ tpm: TPM, _ context: HelperContext) throws(VMError) -> HelperPlan {
        let backend = tpm.backend ?? TPMBackend(type: .emulator)
        guard backend.encryption == nil else {
            throw VMError(
                .unsupported, "the TPM's state can't be encrypted with a secret here",
                remedy: "leave <encryption> out")
        }
        let programs = context.host.programs
        guard let swtpm = programs.swtpm else { throw context.missing("swtpm", for: "the TPM", package: "swtpm") }
        guard let setup = programs.swtpmSetup else {
            throw context.missing("swtpm_setup", for: "the TPM", package: "swtpm-tools")
        }
        let isVersion2 = backend.version != .v1_2
        let state = state(backend, context, isVersion2)
        let alias = tpm.alias.id
        let folders = context.host.folders
        var arguments = [
            "socket", "--ctrl", "type=unixio,fd=\(HelperPlan.socketDescriptor)", "--tpmstate",
            state.isFolder ? "dir=\(state.path),mode=0600" : "backend-uri=file://\(state.path),mode=0600",
            "--terminate",
        ]
        if let debug = backend.debug, debug > 0 { arguments += ["--log", "fd=2,level=\(debug)"] }
        if isVersion2 { arguments.append("--tpm2") }
        return HelperPlan(
            program: "swtpm", device: alias, executable: swtpm, arguments: arguments,
            socket: folders.machine + "/swtpm.sock",
            preparations: preparations(backend, context, setup: setup, state, isVersion2),
            log: context.log(alias, "swtpm"),
            transientState: backend.persistentState == .yes || backend.source != nil
                ? nil : "\(folders.tpm)/\(context.uuid)")
    }

    /// Where the emulator keeps what a TPM mustn't forget: a folder or a file.
    private static func state(
        _ backend: TPMBackend, _ context: HelperContext, _ isVersion2: Bool
    ) -> (path: String, isFolder: Bool) {
        if let source = backend.source, let path = source.path { return (path, source.type != .file) }
        return ("\(context.host.folders.tpm)/\(context.uuid)/\(isVersion2 ? "tpm2" : "tpm1.2")", true)
    }

    /// A new TPM is manufactured before it is used the first time: keys, certificates, PCR banks.
    private static func preparations(
        _ backend: TPMBackend, _ context: HelperContext, setup: String, _ state: (path: String, isFolder: Bool),
        _ isVersion2: Bool
    ) -> [HelperPlan.Preparation] {
        let scheme = state.isFolder ? "" : "file://"
        let banks = isVersion2 ? self.banks(backend) : []
        let version = isVersion2 ? ["--tpm2"] : []
        let choice = banks.isEmpty ? [] : ["--pcr-banks", banks.joined(separator: ",")]
        let draft = state.path + ".new"
        var manufacture = version + ["--tpm-state", scheme + draft, "--vmid", "\(context.name):\(context.uuid)"]
        manufacture += choice + profile(backend)
        manufacture += ["--createek", "--create-ek-cert", "--create-platform-cert", "--lock-nvram", "--not-overwrite"]
        var steps: [HelperPlan.Preparation] = []
        if let configuration = context.host.folders.tpmConfiguration, !context.host.programs.isPrivileged {
            // The authority that signs the certificates needs a configuration of the user's own.
            steps.append(
                .init(
                    executable: setup, arguments: ["--create-config-files", "skip-if-exist"], condition: .missing,
                    result: configuration))
        }
        steps.append(
            .init(
                executable: setup, arguments: manufacture, condition: .missing, result: state.path, draft: draft,
                isFolder: state.isFolder))
        if !banks.isEmpty {
            steps.append(
                .init(
                    executable: setup,
                    arguments: version + ["--tpm-state", scheme + state.path] + choice + ["--reconfigure"],
                    condition: .present, result: state.path))
        }
        return steps
    }

    private static func banks(_ backend: TPMBackend) -> [String] {
        guard let banks = backend.activePCRBanks else { return [] }
        return [("sha1", banks.sha1), ("sha256", banks.sha256), ("sha384", banks.sha384), ("sha512", banks.sha512)]
            .filter(\.1).map(\.0)
    }

    private static func profile(_ backend: TPMBackend) -> [String] {
        guard let profile = backend.profile else { return [] }
        var arguments: [String] = []
        if let source = profile.source { arguments += ["--profile-name", source] }
        if let removed = profile.removeDisabled { arguments += ["--profile-remove-disabled", removed.rawValue] }
        return arguments
    }
}

extension HelperContext {
    var uuid: String { domain.uuid.map { "\($0)" } ?? "unnamed" }
    var name: String { domain.name ?? "unnamed" }
}
