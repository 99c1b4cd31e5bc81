internal import QEMULauncher
package import VMCore
package import VMDomain

/// Edits of single devices.
extension Domain {
    /// Puts the document's device in the place of the one it is about; what it leaves open stays.
    mutating func replaceDevice(_ document: Devices) throws(VMError) {
        if let graphics = document.graphics.first {
            guard let index = devices.graphics.firstIndex(where: { $0.type == graphics.type }) else {
                throw VMError(.notFound, "cannot find existing graphics device to modify")
            }
            devices.graphics[index] = graphics
            return
        }
        let old = remove(try DevicePlace(of: document, in: self))
        var new = document
        if new.disks.first != nil { new.disks[0].address = new.disks[0].address ?? old.disks.first?.address }
        if new.interfaces.first != nil {
            new.interfaces[0].address = new.interfaces[0].address ?? old.interfaces.first?.address
            new.interfaces[0].mac = new.interfaces[0].mac ?? old.interfaces.first?.mac
            new.interfaces[0].model = new.interfaces[0].model ?? old.interfaces.first?.model
        }
        try append(new)
    }

    /// Changes the medium of a drive; libvirt's rules on empty and full ones.
    package mutating func changeMedia(_ index: Int, _ change: MediaChange) throws(VMError) -> MediaResult {
        let disk = devices.disks[index]
        let target = disk.target?.dev ?? ""
        switch change {
        case .eject where disk.medium == nil:
            throw VMError(.wrongState, "The disk device '\(target)' doesn't have media")
        case .insert where disk.medium != nil:
            throw VMError(
                .wrongState, "The disk device '\(target)' already has media",
                remedy: "use \(option: "update") to replace it")
        default: break
        }
        devices.disks[index].source = change.path.map { DiskSource.file($0) } ?? DiskSource()
        devices.disks[index].backingStore = nil
        return MediaResult(name: name ?? "", target: target, before: disk.medium, after: change.path)
    }

    mutating func setDisplayPassword(
        _ type: Graphics.Kind, _ password: String, validTo: String?
    ) throws(VMError) {
        guard let index = devices.graphics.firstIndex(where: { $0.type == type }) else {
            throw VMError(.notFound, "the machine has no display of type '\(type.rawValue)'")
        }
        if type == .vnc, password.utf8.count > 8 {
            throw VMError(.invalidArgument, "a VNC password has at most 8 characters")
        }
        devices.graphics[index].passwd = password
        devices.graphics[index].passwdValidTo = validTo
    }
}
