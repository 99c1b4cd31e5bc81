internal import VMCore
internal import VMDomain
internal import VMImage

/// The sizes of the chips in which a machine's firmware and its variables lie, which boards are particular about.
extension Preflight {
    private struct Chip {
        var what: String
        var path: String
        var bytes: UInt64
    }

    mutating func checkFlash(_ domain: Domain) {
        let os = domain.os
        guard let loader = os.loader, loader.type == .pflash, let path = loader.path,
            let code = chip("firmware image", path, loader.format)
        else { return }
        var chips = [code]
        if let variables = os.nvram, let (chip, problem) = variablesChip(variables) {
            if let problem { return add(problem, at: variables.origin) }
            chips.append(chip)
        }
        if let problem = problem(of: chips, in: domain) { add(problem, at: loader.origin) }
    }

    /// A chip of an image that is in the format which is said; another check tells of one that isn't.
    private func chip(_ what: String, _ path: String, _ format: FirmwareFormat?) -> Chip? {
        let format: VMImage.ImageFormat = format == .qcow2 ? .qcow2 : .raw
        if format == .raw, ImageFormatCheck.disguise(path) != nil { return nil }
        guard let bytes = ImageSizes(path, format: format)?.capacity else { return nil }
        return Chip(what: what, path: path, bytes: bytes)
    }

    /// The file of variables, or its template as long as it isn't there; and what is wrong between the two.
    private func variablesChip(_ variables: NVRAM) -> (Chip, VMError?)? {
        guard let path = variables.file else { return nil }
        let template = variables.template.flatMap {
            chip("template of firmware variables", $0, variables.templateFormat)
        }
        let isThere = Files.exists(path) && !renewsVariables
        guard isThere, let own = chip("file of firmware variables", path, variables.format) else {
            return template.map { ($0, nil) }
        }
        guard let template, template.bytes != own.bytes else { return (own, nil) }
        return (
            own,
            VMError(
                .invalidArgument,
                "the file of firmware variables '\(path)' has \(own.bytes) bytes, and its template '\(template.path)' "
                    + "\(template.bytes): it is that of other firmware",
                remedy:
                    "make it anew with \(option: "reset-nvram"), name another file in <nvram>, or choose its firmware again"
            )
        )
    }

    /// What a board would say of the chips, by `hw/i386/pc_sysfw.c` and `hw/block/pflash_cfi01.c`.
    private func problem(of chips: [Chip], in domain: Domain) -> VMError? {
        func sizes() -> String {
            chips.map { "the \($0.what) '\($0.path)' has \($0.bytes) bytes" }.joined(separator: ", ")
        }
        let remedy: Remedy = "name files that belong together and are whole"
        switch domain.os.type?.arch {
        case "x86_64", "i686":
            if chips.contains(where: { $0.bytes == 0 || $0.bytes % 4096 != 0 }) {
                return VMError(
                    .invalidArgument, "\(sizes()): flash consists of whole pages of 4096 bytes", remedy: remedy)
            }
            let most: UInt64 = 8 << 20
            let total = chips.reduce(UInt64(0)) { $0.addingReportingOverflow($1.bytes).partialValue }
            let isRaised = domain.qemuCommandline.arguments.contains { $0.value?.contains("max-fw-size") == true }
            guard total > most, !isRaised else { return nil }
            return VMError(
                .invalidArgument, "\(sizes()): both together may have \(most) bytes", remedy: remedy)
        case "aarch64", "armv7l": return boardProblem(64 << 20, "virt", chips, domain, remedy)
        case "riscv64", "riscv32": return boardProblem(32 << 20, "virt", chips, domain, remedy)
        default: return nil
        }
    }

    /// A board whose chips have one size.
    private func boardProblem(
        _ size: UInt64, _ board: String, _ chips: [Chip], _ domain: Domain, _ remedy: Remedy
    ) -> VMError? {
        let machine = domain.os.type?.machine ?? ""
        guard machine == board || machine.hasPrefix(board + "-"), let odd = chips.first(where: { $0.bytes != size })
        else { return nil }
        return VMError(
            .invalidArgument,
            "the \(odd.what) '\(odd.path)' has \(odd.bytes) bytes, and the flash of machine '\(machine)' \(size)",
            remedy: odd.bytes < size ? "lengthen a copy of it with 'truncate -s \(size)'" : remedy)
    }
}
