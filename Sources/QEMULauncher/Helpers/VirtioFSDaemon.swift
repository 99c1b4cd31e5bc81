internal import VMCore
internal import VMDomain
internal import VMXML

/// virtiofsd, the daemon that serves a folder to `<filesystem>` with the driver `virtiofs`.
enum VirtioFSDaemon {
    static func isNeeded(_ filesystem: Filesystem) -> Bool {
        filesystem.driver?.type == .virtiofs && filesystem.source.socket == nil
    }

    static func plan(_ filesystem: Filesystem, _ context: HelperContext) throws(VMError) -> HelperPlan {
        let tag = filesystem.target?.dir ?? ""
        guard context.domain.hasSharedMemory else {
            throw VMError(
                .unsupported, "the file system '\(tag)' needs the guest's memory to be shared with virtiofsd",
                remedy: "add <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>")
        }
        guard let executable = filesystem.binary?.path ?? context.host.programs.virtiofsd else {
            throw context.missing("virtiofsd", for: "the file system '\(tag)'", package: "virtiofsd")
        }
        // Root's daemon is root; an emulator that others could have put there is at least not.
        if context.host.programs.isPrivileged, filesystem.binary?.path != nil, !OwnFolders.isRootsAlone(executable) {
            throw VMError(
                .unsupported,
                "the program '\(executable)' of the file system '\(tag)' isn't run as root: others could have put it there",
                remedy: "install it in a folder that only root can change")
        }
        let features = context.host.programs.virtiofsdFeatures[executable] ?? []
        let alias = filesystem.alias.id
        let options =
            features.contains("separate-options")
            ? try separateOptions(filesystem, tag) : try combinedOptions(filesystem, tag)
        return HelperPlan(
            program: "virtiofsd", device: alias, executable: executable,
            arguments: ["--fd=\(HelperPlan.socketDescriptor)"] + options + limits(filesystem),
            socket: "\(context.host.folders.machine)/\(alias)-fs.sock", log: context.log(alias, "virtiofsd"))
    }

    /// The newer daemons' way: an option of its own for everything.
    private static func separateOptions(_ filesystem: Filesystem, _ tag: String) throws(VMError) -> [String] {
        var options = ["--shared-dir", filesystem.source.dir ?? ""]
        let binary = filesystem.binary
        switch binary?.cache?.mode {
        case .always: options.append("--cache=always")
        case FilesystemBinary.Cache.Mode.none?: options.append("--cache=never")
        case nil: break
        }
        if let mode = binary?.sandbox?.mode { options.append("--sandbox=\(mode.rawValue)") }
        if binary?.xattr == .on { options.append("--xattr") }
        if filesystem.readonly { options.append("--readonly") }
        if binary?.lock?.posix == .on || binary?.lock?.flock == .on {
            throw VMError(
                .unsupported, "the virtiofsd of the file system '\(tag)' can't pass locks on to the host",
                remedy: "leave <lock> out")
        }
        for map in filesystem.idmap?.uid ?? [] { options.append("--uid-map=\(text(map))") }
        for map in filesystem.idmap?.gid ?? [] { options.append("--gid-map=\(text(map))") }
        return options
    }

    private static func text(_ map: IDMap.Range) -> String {
        ":\(map.start ?? 0):\(map.target ?? 0):\(map.count ?? 0):"
    }

    /// The older daemons' way: one option that holds all.
    private static func combinedOptions(_ filesystem: Filesystem, _ tag: String) throws(VMError) -> [String] {
        for (what, isAsked) in [
            ("be read-only", filesystem.readonly), ("map users and groups", filesystem.idmap != nil),
        ] where isAsked {
            throw VMError(
                .unsupported, "the file system '\(tag)' can't \(what) with this virtiofsd",
                remedy: "use the virtiofsd that is written in Rust, version 1.13 or later")
        }
        let binary = filesystem.binary
        var options = ["source=" + escaped(filesystem.source.dir ?? "")]
        if let mode = binary?.cache?.mode { options.append("cache=\(mode.rawValue)") }
        if let mode = binary?.sandbox?.mode { options.append("sandbox=\(mode.rawValue)") }
        if let xattr = binary?.xattr { options.append(xattr.isOn ? "xattr" : "no_xattr") }
        if let flock = binary?.lock?.flock { options.append(flock.isOn ? "flock" : "no_flock") }
        if let posix = binary?.lock?.posix { options.append(posix.isOn ? "posix_lock" : "no_posix_lock") }
        return ["-f", "-o", options.joined(separator: ",")]
    }

    /// Commas end an option and backslashes protect them.
    private static func escaped(_ path: String) -> String {
        path.reduce(into: "") { text, character in
            if character == "," || character == "\\" { text.append("\\") }
            text.append(character)
        }
    }

    private static func limits(_ filesystem: Filesystem) -> [String] {
        var options: [String] = []
        if let size = filesystem.binary?.threadPool?.size { options.append("--thread-pool-size=\(size)") }
        if let files = filesystem.binary?.openfiles?.max { options.append("--rlimit-nofile=\(files)") }
        return options
    }
}
