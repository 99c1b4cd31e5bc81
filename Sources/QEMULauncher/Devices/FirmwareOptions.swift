internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<loader>` and `<nvram>`: the firmware and where it keeps its variables.
enum FirmwareOptions {
    /// The block nodes of the flash chips, code first; none when the firmware isn't in flash.
    static func flashes(_ context: BuildContext) -> [StorageOptions] {
        let os = context.domain.os
        guard let loader = os.loader, loader.type == .pflash, let path = loader.path else { return [] }
        var code = StorageOptions.Image(
            source: .file(path), format: format(loader.format), driver: DiskDriver(),
            isReadOnly: loader.readonly == .yes, origin: loader.origin)
        code.wantsFormat = true
        if code.format == .qcow2 { code.backing = .some(nil) }
        var chips = [StorageOptions(context: context, name: "libvirt-pflash0", image: code)]
        if let nvram = os.nvram, let source = source(of: nvram) {
            var variables = StorageOptions.Image(
                source: source, format: format(nvram.format), driver: DiskDriver(), isReadOnly: false,
                auth: source.auth, origin: nvram.origin)
            if variables.format == .qcow2 { variables.backing = .some(nil) }
            chips.append(StorageOptions(context: context, name: "libvirt-pflash1", image: variables))
        }
        return chips
    }

    private static func source(of nvram: NVRAM) -> DiskSource? {
        nvram.type == nil ? nvram.path.map { DiskSource.file($0) } : nvram.source
    }

    private static func format(_ format: FirmwareFormat?) -> ImageFormat { format == .qcow2 ? .qcow2 : .raw }

    static func blockNodes(_ context: BuildContext) throws(VMError) -> [QEMUOption] {
        var options: [QEMUOption] = []
        for chip in flashes(context) { options += try chip.make() }
        return options
    }

    /// Firmware that isn't in flash, and flash that only SMM code may write.
    static func loader(_ context: BuildContext) -> [QEMUOption] {
        guard let loader = context.domain.os.loader, let path = loader.path else { return [] }
        if loader.type == .pflash {
            guard loader.secure == .yes else { return [] }
            return [
                QEMUOption(
                    .global, ["driver": "cfi.pflash01", "property": "secure", "value": true], from: loader.origin)
            ]
        }
        return [QEMUOption(.bios, word: path, from: loader.origin)]
    }
}
