package import VMCore
package import VMDomain

/// Finds devices by what people call them.
extension Domain {
    /// The place of a network card, by its MAC address, its host device or its alias.
    package func interface(_ name: String) throws(VMError) -> Int {
        let cards = devices.interfaces
        let mac = MACAddress(name)
        let index = cards.firstIndex { card in
            mac != nil && card.mac?.address == mac || card.target?.dev == name || card.alias?.name == name
        }
        guard let index else {
            let all = cards.compactMap { $0.mac?.address.map { "\($0)" } }
            throw VMError(
                .notFound, "interface '\(name)' not found",
                remedy: all.isEmpty ? "it has no network card" : "it has: \(all.joined(separator: ", "))")
        }
        return index
    }

    /// The place of a disk, by its target, its source or its alias.
    package func disk(_ name: String) throws(VMError) -> Int {
        let disks = devices.disks
        let index = disks.firstIndex {
            $0.target?.dev == name || $0.source.file == name || $0.source.dev == name || $0.alias?.name == name
        }
        guard let index else {
            let near = NearMatch.best(for: name, among: disks.compactMap { $0.target?.dev })
            let all = disks.compactMap { $0.target?.dev }.joined(separator: ", ")
            throw VMError(
                .notFound, "invalid argument: disk '\(name)' was not found in the domain config",
                remedy: near.map { "did you mean '\($0)'?" } ?? "its disks are: \(all)")
        }
        return index
    }

    /// The place of a drive for removable media; nil is the machine's only one, or the only one with a medium in it.
    package func drive(_ target: String?) throws(VMError) -> Int {
        let disks = devices.disks
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
            guard disks[index].isRemovable else {
                throw VMError(
                    .unsupported, "disk device '\(target)' is not removable",
                    remedy: "only drives of device 'cdrom' or 'floppy' change their media")
            }
            return index
        }
        let removable = disks.indices.filter { disks[$0].isRemovable }
        if let only = removable.first, removable.count == 1 { return only }
        if removable.isEmpty { throw VMError(.notFound, "the machine has no drive for removable media") }
        let full = removable.filter { disks[$0].medium != nil }
        if let only = full.first, full.count == 1 { return only }
        throw VMError(
            .invalidArgument, "the machine has several drives for removable media",
            remedy: "name one of: \(names(removable))")
    }

    package func ioThread(_ number: UInt32) throws(VMError) -> IOThread {
        if let thread = numberedIOThreads.first(where: { $0.id == number }) { return thread }
        throw VMError(
            .notFound, "invalid argument: cannot find IOThread '\(number)' in iothreadids list",
            remedy: numberedIOThreads.isEmpty
                ? "the domain has none"
                : "it has: \(numberedIOThreads.compactMap { $0.id.map { String($0) } }.joined(separator: ", "))")
    }
}

extension Disk {
    /// Whether it is a drive whose medium can be changed.
    package var isRemovable: Bool { device == .cdrom || device == .floppy }

    /// The file or block device in the drive.
    package var medium: String? { source.file ?? source.dev }
}
