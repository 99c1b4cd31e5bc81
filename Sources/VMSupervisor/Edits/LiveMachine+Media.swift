internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain
internal import VMJSON

/// Changing media. A mark says that a change is under way: a supervisor that takes over then asks QEMU what is in the
/// drives.
extension LiveMachine {
    func changeMedia(_ target: String?, _ change: MediaChange, force: Bool) throws(VMError) -> MediaResult {
        if Files.exists(folder.mediaMark) { try repairMedia() }
        var next = domain
        let index = try next.drive(target)
        if call?.isRepeated == true, next.devices.disks[index].medium == change.path {
            // It was made, and the answer was lost.
            let target = next.devices.disks[index].target?.dev ?? ""
            return MediaResult(name: plan.name, target: target, before: nil, after: change.path)
        }
        let result = try next.changeMedia(index, change)
        guard let alias = next.devices.disks[index].alias?.name else {
            throw VMError(.internalError, "disk '\(result.target)' has no alias in the live definition")
        }
        if let path = result.after { try Self.checkMedium(path) }
        let drive = try LiveDrive(self, alias, target: result.target)
        try Files.write(Array(alias.utf8), to: folder.mediaMark, durable: false)
        Failpoint.reached("media.mark")
        do throws(VMError) {
            if try drive.hasMedium() || change == .eject { try drive.eject(force: force) }
            let isCDROM = next.devices.disks[index].device == .cdrom
            if let path = result.after {
                let format = next.devices.disks[index].driver?.type?.rawValue ?? "raw"
                try drive.insert(path, format: format, readOnly: isCDROM || next.devices.disks[index].readonly)
            }
            next.devices.disks[index].target?.tray = isCDROM && result.after == nil ? .open : nil
        } catch {
            // Half of it may be done.
            deadline = max(deadline, .after(.seconds(1)))
            try? repairMedia()
            throw error
        }
        Failpoint.reached("media.done")
        try make(HotplugChange(steps: [], domain: next), completing: .media(result))
        unlink(folder.mediaMark)
        port.tell { $0.recordMedia(result.target, before: result.before, after: result.after) }
        return result
    }

    /// Says in the live definition what is in the drives.
    func repairMedia() throws(VMError) {
        var next = domain
        var isChanged = false
        for index in next.devices.disks.indices {
            let disk = next.devices.disks[index]
            guard disk.isRemovable, let alias = disk.alias?.name else { continue }
            let medium = try LiveDrive(self, alias, target: disk.target?.dev ?? "").medium()
            guard medium != disk.medium else { continue }
            isChanged = true
            let (target, before) = (disk.target?.dev ?? "", disk.medium)
            port.tell { $0.recordMedia(target, before: before, after: medium) }
            next.devices.disks[index].source = medium.map { DiskSource.file($0) } ?? DiskSource()
            next.devices.disks[index].target?.tray = disk.device == .cdrom && medium == nil ? .open : nil
        }
        // Images that were opened for a drive but never came to be in it; those in use stay.
        for node in try blockNodes() where node.hasPrefix(LiveDrive.nodePrefix) {
            _ = try? run("blockdev-del", ["node-name": .string(node)])
        }
        if isChanged { try make(HotplugChange(steps: [], domain: next)) }
        unlink(folder.mediaMark)
    }

    /// Looks at a new medium before the old one is taken out.
    private static func checkMedium(_ path: String) throws(VMError) {
        guard path.hasPrefix("/") else {
            throw VMError(
                .invalidArgument, "the medium '\(path)' is not an absolute path", remedy: "give the whole path")
        }
        if access(path, R_OK) != 0 { throw .system("Cannot access storage file '\(path)'", errno: errno) }
    }
}

/// A drive for removable media of a running machine, by the id of its device.
private struct LiveDrive {
    /// What the names of nodes begin with that are opened for a drive.
    static let nodePrefix = Hotplug.mediumPrefix

    let machine: LiveMachine
    let id: String
    let target: String
    /// Trays that move, from now on.
    let moves: EventTap

    init(_ machine: LiveMachine, _ id: String, target: String) throws(VMError) {
        self.machine = machine
        self.id = id
        self.target = target
        moves = try EventTap("DEVICE_TRAY_MOVED", machine.port)
    }

    private func run(_ command: String, _ arguments: JSONObject) throws(VMError) {
        try machine.run(command, arguments)
        Failpoint.reached("media.\(command)")
    }

    /// The drive's entry in `query-block`.
    private func look() throws(VMError) -> JSONValue {
        guard let found = DriveEntry.find(id, in: try machine.run("query-block")) else {
            throw VMError(.notFound, "QEMU has no drive '\(id)' for disk '\(target)'")
        }
        return found
    }

    /// The file of the medium in it.
    func medium() throws(VMError) -> String? {
        guard let node = try look()["inserted"] else { return nil }
        guard let file = node["image"]?["filename"]?.string ?? node["file"]?.string else { return nil }
        return try OpenedFiles.path(of: file, machine)
    }

    func hasMedium() throws(VMError) -> Bool { try look()["inserted"] != nil }

    /// Opens the tray, which the guest may refuse, takes the medium out and forgets its image.
    func eject(force: Bool) throws(VMError) {
        let node = try look()["inserted"]?["node-name"]?.string
        try withOpenTray { () throws(VMError) in
            try run("blockdev-open-tray", ["id": .string(id), "force": .bool(force)])
            try waitForTray()
        } run: { () throws(VMError) in
            try run("blockdev-remove-medium", ["id": .string(id)])
        }
        guard let node, !node.isEmpty else { return }
        // The image stays open until its nodes are gone; the storage below a format has a node of its own.
        _ = try? machine.run("blockdev-del", ["node-name": .string(node)])
        if node.hasSuffix("-format") {
            let storage = node.dropLast("format".utf8.count) + "storage"
            _ = try? machine.run("blockdev-del", ["node-name": .string(String(storage))])
        }
        try? OpenedFiles.sweep(machine)
    }

    /// Does what needs an open tray. The guest may close it at any instant, and a BIOS that looks for something to boot
    /// does: then it is opened once more.
    private func withOpenTray(
        open: () throws(VMError) -> Void, run: () throws(VMError) -> Void
    ) throws(VMError) {
        var attempt = 1
        while true {
            try open()
            do throws(VMError) { return try run() } catch {
                guard attempt < 5, try look()["tray_open"]?.bool == false else { throw error }
                attempt += 1
            }
        }
    }

    /// A guest that locked the tray is asked by QEMU to open it, and most do. A tray that was opened and closed again
    /// before anybody looked has been open too: what comes next then opens it once more.
    private func waitForTray() throws(VMError) {
        while true {
            let drive = try look()
            // A drive without a tray, such as a floppy's, has no such member.
            guard let isOpen = drive["tray_open"]?.bool, !isOpen else { return }
            guard let move = moves.wait(until: machine.deadline) else {
                let isLocked = drive["locked"]?.bool == true
                throw VMError(
                    .busy, "the guest \(isLocked ? "holds" : "did not open") the tray of disk '\(target)'",
                    remedy: "unmount the medium in the guest, or take it by force with \(option: "force")")
            }
            if move["tray-open"]?.bool == true, DriveEntry.isOf(id, move["id"]?.string) { return }
        }
    }

    /// Opens an image and puts it into the empty drive.
    func insert(_ path: String, format: String, readOnly: Bool) throws(VMError) {
        let node = Self.nodePrefix + String(UInt64.random(in: 0...(.max)), radix: 16)
        let file: JSONValue = ["driver": "file", "filename": .string(path)]
        var opened = OpenedFiles(machine)
        try opened.add(
            ["driver": .string(format), "node-name": .string(node), "read-only": .bool(readOnly), "file": file])
        Failpoint.reached("media.blockdev-add")
        do throws(VMError) {
            try withOpenTray { () throws(VMError) in
                guard try look()["tray_open"]?.bool == false else { return }
                try run("blockdev-open-tray", ["id": .string(id), "force": true])
            } run: { () throws(VMError) in
                try run("blockdev-insert-medium", ["id": .string(id), "node-name": .string(node)])
            }
            try run("blockdev-close-tray", ["id": .string(id)])
        } catch {
            _ = try? machine.run("blockdev-del", ["node-name": .string(node)])
            throw error
        }
    }
}
