internal import VMCore
internal import VMDomain

/// Disks of one machine that are one file. QEMU takes a lock on each image for itself and would refuse the second one as if
/// another process had it.
struct SharedImages {
    /// By device and inode.
    private var disks: [String: Disk] = [:]

    /// - Parameter disks: those that the machine has already.
    init(_ disks: [Disk] = []) { for disk in disks { _ = problem(adding: disk) } }

    /// Takes a disk in; why it can't be beside the others, or nil when it can.
    mutating func problem(adding disk: Disk) -> VMError? {
        guard let path = disk.source.file ?? disk.source.dev, let identity = Files.identity(path) else { return nil }
        let key = "\(identity.device)/\(identity.inode)"
        guard let other = disks[key] else {
            disks[key] = disk
            return nil
        }
        // The same drive, with another medium or with the same one again.
        if let target = disk.target?.dev, target == other.target?.dev { return nil }
        if other.isOnlyRead, disk.isOnlyRead { return nil }
        if other.isSharedByGuest, disk.isSharedByGuest { return nil }
        let (first, second) = (other.target?.dev ?? "?", disk.target?.dev ?? "?")
        let name = other.source.file ?? other.source.dev ?? path
        return VMError(
            .invalidArgument,
            "\(first) and \(second) are the same file, '\(path)'" + (name == path ? "" : ", which is also '\(name)'"),
            remedy: "give one of them another image; or mark both <readonly/>, or both, if they are raw and the guest "
                + "can share them, <shareable/>")
    }
}

extension Disk {
    fileprivate var isOnlyRead: Bool { readonly || device == .cdrom }
    fileprivate var isSharedByGuest: Bool { shareable && driver?.type ?? .raw == .raw }
}
