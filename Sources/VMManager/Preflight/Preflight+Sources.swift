internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMXML

/// What firmware, shared folders and networks need of the host.
extension Preflight {
    // MARK: Firmware

    mutating func checkFirmware(_ os: OperatingSystem) {
        if let loader = os.loader, let path = loader.path, !path.isEmpty {
            checkFile(path, "firmware image", at: loader.origin)
            checkFormat(path, loader.format, "firmware image", at: loader.origin)
        }
        guard let variables = os.nvram, let path = variables.file else { return }
        claim(path)
        if Files.exists(path) {
            if let problem = PathWalk.problem(path, writing: true, what: "file of firmware variables") {
                return add(problem, at: variables.origin)
            }
            return checkFormat(path, variables.format, "file of firmware variables", at: variables.origin)
        }
        do throws(VMError) {
            let template = try FirmwareVariables.template(of: variables, path)
            checkFile(template, "template of firmware variables", at: variables.origin)
            checkFormat(template, variables.templateFormat, "template of firmware variables", at: variables.origin)
        } catch {
            add(error, at: variables.origin)
        }
    }

    /// An image of firmware is what the document says it is: raw, where it says nothing.
    private mutating func checkFormat(_ path: String, _ format: FirmwareFormat?, _ what: String, at origin: XMLOrigin) {
        guard let found = ImageFormatCheck.disguise(path) ?? (Files.kind(path) == .file ? "raw" : nil) else { return }
        let declared = format?.rawValue ?? "raw"
        guard found != declared else { return }
        let problem = VMError(
            .launchFailed, "the \(what) '\(path)' is in \(found) format, not in \(declared)",
            remedy: Remedy("write format='\(found)'"))
        add(problem, at: origin)
    }

    // MARK: Shared folders

    mutating func checkFilesystems(_ filesystems: [Filesystem]) {
        var tags: [String: XMLOrigin] = [:]
        for filesystem in filesystems {
            // virtiofsd opens its folder; that of QEMU's own file system is on the command line.
            if filesystem.driver?.type == .virtiofs, filesystem.source.socket == nil, let folder = filesystem.source.dir
            {
                checkFolder(folder, at: filesystem.origin)
            }
            guard let tag = filesystem.target?.dir else { continue }
            if let first = tags[tag] {
                let line = source.flatMap { first.place(in: $0) }.map { " in line \($0.line)" } ?? ""
                warn(
                    "the tag '\(tag)' is that of the file system\(line), too: the guest finds the first by it",
                    at: filesystem.origin)
            }
            tags[tag] = tags[tag] ?? filesystem.origin
        }
    }

    private mutating func checkFolder(_ path: String, at origin: XMLOrigin) {
        checkFile(path, "shared folder", at: origin)
        guard let kind = Files.kind(path), kind != .folder else { return }
        add(
            VMError(
                .io, "Cannot access shared folder '\(path)': it is \(kind.phrase), not a folder",
                remedy: "name a folder"), at: origin)
    }

    // MARK: Networks

    mutating func checkNetworks(_ interfaces: [Interface]) {
        var domain = Domain()
        domain.devices.interfaces = interfaces
        guard let host = try? HostFacts.current() else { return }
        for (interface, numbers) in TapDescriptors.all(domain, host) {
            do throws(VMError) {
                if interface.type == .network { try NetworkPorts.check(interface, manager.paths) }
                try TapDevices.check(interface, numbers)
            } catch {
                add(error, at: interface.origin)
            }
        }
    }
}
