internal import VMCore
internal import VMImage

/// Finds out whether an image is in use, and by whom.
struct ImageUse {
    let manager: VMManager
    let machine: Machine

    /// The problem with opening an image; nil when nothing speaks against it.
    func problem(_ path: String, writing: Bool) -> VMError? {
        guard ImageLocks(path).isTaken(forWriting: writing) else { return nil }
        let remedy: Remedy = "end that one, or mark the disk <shareable/> in both if their guests can share it"
        if let holder = holder(of: path) {
            return VMError(
                .busy, "image '\(path)' is in use by domain '\(holder.name)' (process \(holder.qemu?.pid ?? 0))",
                remedy: remedy)
        }
        if let pid = process(holding: path) {
            return VMError(.busy, "image '\(path)' is in use by process \(pid)\(Self.command(pid))", remedy: remedy)
        }
        return VMError(.busy, "image '\(path)' is in use by another program", remedy: remedy)
    }

    /// The running machine whose QEMU has the image open.
    private func holder(of path: String) -> PublishedState? {
        guard let wanted = Files.identity(path), let states = try? manager.activeStates() else { return nil }
        return states.first { state in
            state.uuid != machine.uuid && state.qemu.map { ProcessTable.hasOpen(wanted, $0.pid) } == true
        }
    }

    /// Some process that has the image open, as far as this user may look.
    private func process(holding path: String) -> Int32? {
        guard let wanted = Files.identity(path) else { return nil }
        return ProcessTable.all.first { ProcessTable.hasOpen(wanted, $0) }
    }

    static func command(_ pid: Int32) -> String {
        ProcessTable.name(of: pid).map { " (\($0))" } ?? ""
    }
}
