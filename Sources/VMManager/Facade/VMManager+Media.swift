internal import Glibc
internal import MonitorJSON
internal import QEMULauncher
public import VMCore
internal import VMDomain
internal import VMJSON

/// What `change-media` does with the drive.
public enum MediaChange: Sendable, Hashable {
    case eject
    /// Puts a medium into an empty drive.
    case insert(path: String)
    /// Replaces whatever is in it.
    case update(path: String)
}

/// What became of a drive.
public struct MediaResult: Sendable, Hashable {
    /// The domain's name.
    public var name: String
    /// The drive, `sda`.
    public var target: String
    /// The medium that was in it.
    public var before: String?
    /// The medium that is in it now.
    public var after: String?
}

extension VMManager {
    /// Changes the medium of a CD-ROM or floppy drive.
    /// - Parameters:
    ///   - target: the drive by its target name; nil is the machine's only drive for removable media, or the only one with
    ///     a medium in it.
    ///   - live: change the running machine; config: change the stored definition. Neither means: whatever there is to
    ///     change, the running machine if it runs, else the definition.
    ///   - force: take the medium even when the guest holds the tray.
    /// - Throws: `notFound` for a drive that isn't there; `wrong-state` when it is empty or full already; `busy` when the
    ///   guest holds the tray past the timeout.
    public func changeMedia(
        _ key: String, target: String? = nil, _ change: MediaChange, live: Bool = false, config: Bool = false,
        force: Bool = false, timeout: Duration = patience
    ) throws(VMError) -> MediaResult {
        let machine = try find(key)
        do throws(VMError) {
            let state = try currentState(machine.runtime) ?? PublishedState(name: machine.name, uuid: machine.uuid)
            let isRunning = state.state.isActive
            if live { try Operation.changeMedia.check(state.state, name: machine.name) }
            var result: MediaResult?
            if live || (isRunning && !config) {
                result = try changeLive(machine, target, change, force: force, deadline: .after(timeout))
            }
            if config || (!isRunning && !live) {
                result = try changeStored(machine, result?.target ?? target, change) ?? result
            }
            guard let result else { throw VMError(.internalError, "nothing was changed") }
            return result
        } catch {
            let prefix = Operation.changeMedia.failure(machine.name, error)
            throw error.message == prefix.message ? error : prefix
        }
    }

    // MARK: The definition

    private func changeStored(
        _ machine: Machine, _ target: String?, _ change: MediaChange
    ) throws(VMError) -> MediaResult? {
        guard machine.isPersistent else {
            throw VMError(
                .wrongState, "Requested operation is not valid: transient domains do not have any persistent config")
        }
        let stored = try store.read(machine.name)
        var domain = try storedDomain(machine.name)
        let index = try VMManager.drive(target, in: domain)
        let result = try VMManager.apply(change, to: &domain, index, name: machine.name)
        _ = try store.write(name: machine.name, uuid: stored.uuid, expected: stored.generation) { _ throws(VMError) in
            Array(domain.xml.utf8)
        }
        return result
    }

    /// The place of a drive in the document.
    private static func drive(_ target: String?, in domain: Domain) throws(VMError) -> Int {
        let disks = domain.devices.disks
        func isRemovable(_ disk: Disk) -> Bool { disk.device == .cdrom || disk.device == .floppy }
        func names(_ list: some Sequence<Int>) -> String {
            list.compactMap { disks[$0].target?.dev }.joined(separator: ", ")
        }
        if let target {
            guard let index = disks.firstIndex(where: { $0.target?.dev == target || $0.source.file == target }) else {
                let near = NearMatch.best(for: target, among: disks.compactMap { $0.target?.dev })
                throw VMError(
                    .notFound, "No disk found whose source path or target is \(target)",
                    remedy: near.map { "did you mean '\($0)'?" } ?? "its disks are: \(names(disks.indices))")
            }
            guard isRemovable(disks[index]) else {
                throw VMError(
                    .unsupported, "disk device '\(target)' is not removable",
                    remedy: "only drives of device 'cdrom' or 'floppy' change their media")
            }
            return index
        }
        let removable = disks.indices.filter { isRemovable(disks[$0]) }
        if let only = removable.first, removable.count == 1 { return only }
        if removable.isEmpty { throw VMError(.notFound, "the machine has no drive for removable media") }
        let full = removable.filter { disks[$0].source.file ?? disks[$0].source.dev != nil }
        if let only = full.first, full.count == 1 { return only }
        throw VMError(
            .invalidArgument, "the machine has several drives for removable media",
            remedy: "name one of: \(names(removable))")
    }

    /// Changes the document; libvirt's rules on empty and full drives.
    private static func apply(
        _ change: MediaChange, to domain: inout Domain, _ index: Int, name: String
    ) throws(VMError) -> MediaResult {
        let disk = domain.devices.disks[index]
        let target = disk.target?.dev ?? ""
        let before = disk.source.file ?? disk.source.dev
        var after: String?
        switch change {
        case .eject:
            guard before != nil else {
                throw VMError(.wrongState, "The disk device '\(target)' doesn't have media")
            }
        case .insert(let path):
            guard before == nil else {
                throw VMError(
                    .wrongState, "The disk device '\(target)' already has media", remedy: "use --update to replace it")
            }
            after = path
        case .update(let path): after = path
        }
        domain.devices.disks[index].source = after.map { DiskSource.file($0) } ?? DiskSource()
        domain.devices.disks[index].backingStore = nil
        return MediaResult(name: name, target: target, before: before, after: after)
    }

    // MARK: The running machine

    private func changeLive(
        _ machine: Machine, _ target: String?, _ change: MediaChange, force: Bool, deadline: Deadline
    ) throws(VMError) -> MediaResult {
        var live = try LiveSession(self, machine, deadline: deadline)
        // An earlier change may have been killed in the middle.
        if Files.exists(machine.runtime.mediaMark) { try repairMedia(&live) }
        let session = live.monitor
        var domain = live.domain
        let index = try VMManager.drive(target, in: domain)
        let result = try VMManager.apply(change, to: &domain, index, name: machine.name)
        guard let alias = domain.devices.disks[index].alias?.name else {
            throw VMError(.internalError, "disk '\(result.target)' has no alias in the live definition")
        }
        if let path = result.after { try VMManager.checkMedium(path) }
        let drive = LiveDrive(
            session: session, id: alias, target: result.target, name: machine.name, deadline: deadline)
        try Files.write(Array(alias.utf8), to: machine.runtime.mediaMark, durable: false)
        Failpoint.reached("media.mark")
        if try drive.hasMedium() || change == .eject { try drive.eject(force: force) }
        let isCDROM = domain.devices.disks[index].device == .cdrom
        if let path = result.after {
            let format = domain.devices.disks[index].driver?.type?.rawValue ?? "raw"
            try drive.insert(path, format: format, readOnly: isCDROM || domain.devices.disks[index].readonly)
        }
        domain.devices.disks[index].target?.tray = isCDROM && result.after == nil ? .open : nil
        Failpoint.reached("media.done")
        try live.make(HotplugChange(steps: [], domain: domain))
        unlink(machine.runtime.mediaMark)
        return result
    }

    /// Says in the live definition what is in the drives, when whoever changed it last didn't come to do so. What is in
    /// them only QEMU knows.
    func repairMedia(_ live: inout LiveSession) throws(VMError) {
        var domain = live.domain
        for index in domain.devices.disks.indices {
            let disk = domain.devices.disks[index]
            guard disk.device == .cdrom || disk.device == .floppy, let alias = disk.alias?.name else { continue }
            let drive = LiveDrive(
                session: live.monitor, id: alias, target: disk.target?.dev ?? "", name: live.machine.name,
                deadline: live.deadline)
            let medium = try drive.medium()
            guard medium != disk.source.file ?? disk.source.dev else { continue }
            domain.devices.disks[index].source = medium.map { DiskSource.file($0) } ?? DiskSource()
            domain.devices.disks[index].target?.tray = disk.device == .cdrom && medium == nil ? .open : nil
        }
        // Images that were opened for a drive but never came to be in it; those in use stay.
        for node in try live.blockNodes() where node.hasPrefix("medium-") {
            _ = try? live.run("blockdev-del", ["node-name": .string(node)])
        }
        try live.make(HotplugChange(steps: [], domain: domain))
        unlink(live.machine.runtime.mediaMark)
    }

    /// The same before the live definition is read, unless somebody is at it.
    func repairMediaIfLeft(_ machine: Machine) {
        guard Files.exists(machine.runtime.mediaMark), !FileLock.isHeld(machine.runtime.path + "/change.lock"),
            var live = try? LiveSession(self, machine, deadline: .after(.seconds(1)))
        else { return }
        try? repairMedia(&live)
    }

    /// Looks at a new medium before the old one is taken out.
    private static func checkMedium(_ path: String) throws(VMError) {
        guard path.hasPrefix("/") else {
            throw VMError(
                .invalidArgument, "the medium '\(path)' is not an absolute path", remedy: "give the whole path")
        }
        let file = vmsAccess(path)
        if let code = file { throw .system("Cannot access storage file '\(path)'", errno: code) }
    }

    private static func vmsAccess(_ path: String) -> Int32? { access(path, R_OK) == 0 ? nil : errno }
}

/// A drive for removable media of a running machine, by the id of its device.
private struct LiveDrive {
    let session: BlockingMonitor
    let id: String
    let target: String
    let name: String
    let deadline: Deadline

    private func run(_ command: String, _ arguments: JSONObject) throws(VMError) {
        try session.execute(command, arguments, deadline: deadline)
        Failpoint.reached("media.\(command)")
    }

    /// The drive's entry in `query-block`.
    private func look() throws(VMError) -> JSONValue {
        let drives = try session.execute("query-block", deadline: deadline).array ?? []
        let found = drives.first { entry in
            let device = entry["qdev"]?.string ?? ""
            return device == id || device.hasSuffix("/" + id) || device.contains("/\(id)/")
        }
        guard let found else { throw VMError(.notFound, "QEMU has no drive '\(id)' for disk '\(target)'") }
        return found
    }

    /// The file of the medium in it.
    func medium() throws(VMError) -> String? {
        guard let node = try look()["inserted"] else { return nil }
        return node["image"]?["filename"]?.string ?? node["file"]?.string
    }

    func hasMedium() throws(VMError) -> Bool { try look()["inserted"] != nil }

    /// Opens the tray, which the guest may refuse, takes the medium out and forgets its image.
    func eject(force: Bool) throws(VMError) {
        let node = try look()["inserted"]?["node-name"]?.string
        try run("blockdev-open-tray", ["id": .string(id), "force": .bool(force)])
        try waitForTray()
        try run("blockdev-remove-medium", ["id": .string(id)])
        guard let node, !node.isEmpty else { return }
        // The image stays open until its nodes are gone; the storage below a format has a node of its own.
        _ = try? session.execute("blockdev-del", ["node-name": .string(node)], deadline: deadline)
        if node.hasSuffix("-format") {
            let storage = node.dropLast("format".utf8.count) + "storage"
            _ = try? session.execute("blockdev-del", ["node-name": .string(String(storage))], deadline: deadline)
        }
    }

    /// A guest that locked the tray is asked by QEMU to open it, and most do.
    private func waitForTray() throws(VMError) {
        while true {
            let drive = try look()
            // A drive without a tray, such as a floppy's, has no such member.
            guard let isOpen = drive["tray_open"]?.bool, !isOpen else { return }
            do throws(VMError) {
                _ = try session.waitForEvent("DEVICE_TRAY_MOVED", deadline: deadline)
            } catch {
                guard error.code == .timeout else { throw error }
                let isLocked = drive["locked"]?.bool == true
                throw VMError(
                    .busy, "the guest \(isLocked ? "holds" : "did not open") the tray of disk '\(target)'",
                    remedy: "unmount the medium in the guest, or take it by force with --force")
            }
        }
    }

    /// Opens an image and puts it into the empty drive.
    func insert(_ path: String, format: String, readOnly: Bool) throws(VMError) {
        let node = "medium-" + String(UInt64.random(in: 0...(.max)), radix: 16)
        let file: JSONValue = ["driver": "file", "filename": .string(path)]
        try run(
            "blockdev-add",
            ["driver": .string(format), "node-name": .string(node), "read-only": .bool(readOnly), "file": file])
        do throws(VMError) {
            if try look()["tray_open"]?.bool == false {
                try run("blockdev-open-tray", ["id": .string(id), "force": true])
            }
            try run("blockdev-insert-medium", ["id": .string(id), "node-name": .string(node)])
            try run("blockdev-close-tray", ["id": .string(id)])
        } catch {
            _ = try? session.execute("blockdev-del", ["node-name": .string(node)], deadline: deadline)
            throw error
        }
    }
}
