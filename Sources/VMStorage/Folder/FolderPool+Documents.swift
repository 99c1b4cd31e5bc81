package import VMCore
internal import VMDomain
internal import VMXML

/// Volumes with what their headers say, and their documents.
extension FolderPool {
    /// Where the headers' contents are kept.
    private func cachePath(_ folder: String) -> String { "\(folder)/storage/\(uuid).probes" }

    /// All volumes with what their headers say.
    ///
    /// - Parameter cache: the folder for what can be made anew.
    /// - Returns: the volumes by name, and how many of them had to be looked at.
    package func probed(cache: String) throws(VMError) -> (volumes: [(VolumeEntry, ImageProbe)], probes: Int) {
        let entries = try volumes()
        var known = ProbeCache(cachePath(cache))
        let result = entries.map { ($0, known.probe($0.path, $0.facts)) }
        known.save()
        return (result, known.probes)
    }

    /// What a volume's header says.
    package func probe(_ volume: VolumeEntry) -> ImageProbe { ImageProbe(volume.path, volume.facts) }

    /// A volume's document.
    package func document(_ volume: VolumeEntry) -> StorageVolume { document(volume, probe(volume)) }

    package func document(_ volume: VolumeEntry, _ probe: ImageProbe) -> StorageVolume {
        let facts = volume.facts
        var document = StorageVolume()
        document.type = volume.kind
        document.name = volume.name
        document.key = volume.path
        document.capacity = .bytes(probe.capacity)
        document.allocation = .bytes(allocation(facts, probe))
        document.physical = .bytes(volume.kind == .block ? probe.capacity : facts.size)
        document.target.path = volume.path
        document.target.format = VolumeFormatElement(probe.format)
        document.target.permissions = StoragePermissions(facts)
        document.target.timestamps = VolumeTimestamps(facts)
        if probe.isEncrypted {
            var encryption = StorageEncryption()
            encryption.format = probe.format == .qcow ? .qcow : .luks
            document.target.encryption = encryption
        }
        if let special = probe.qcow2 {
            document.target.clusterSize = .bytes(special.clusterSize)
            if special.isNew {
                document.target.compat = "1.1"
                var features = VolumeFeatures()
                features.lazyRefcounts = special.lazyRefcounts
                features.extendedL2 = special.extendedL2
                document.target.features = features
            }
        }
        if let backing = probe.backing { document.backingStore = self.backing(of: volume, backing, probe) }
        return document
    }

    /// Bytes that a volume takes; its capacity where the pool says so.
    package func allocation(_ facts: FileFacts, _ probe: ImageProbe) -> UInt64 {
        pool.refresh.volume?.allocation == .capacity ? probe.capacity : facts.allocation
    }

    /// The image below: its path. An image in this folder is a volume of its own, so it is told what it is; whatever else a
    /// header names isn't looked at, for a header may name anything.
    private func backing(
        of volume: VolumeEntry, _ backing: ImageProbe.Backing, _ probe: ImageProbe
    ) -> VolumeBacking {
        var element = VolumeBacking()
        let path = probe.backingPath(of: volume.path)
        element.path = path ?? backing.name
        element.format = backing.format.flatMap { VolumeFormat(rawValue: $0) }.map { VolumeFormatElement($0) }
        guard let path, Files.folder(of: path) == self.path, let name = path.split(separator: "/").last,
            let below = find(String(name)), !below.isLink
        else { return element }
        if backing.format == nil { element.format = VolumeFormatElement(self.probe(below).format) }
        element.permissions = StoragePermissions(below.facts)
        element.timestamps = VolumeTimestamps(below.facts)
        return element
    }

    /// The volumes that build directly on a file, by name.
    package func volumes(on file: FileIdentity, cache: String) throws(VMError) -> [String] {
        try probed(cache: cache).volumes.compactMap { volume, probe in
            guard let path = probe.backingPath(of: volume.path), Files.identity(path) == file else { return nil }
            return volume.name
        }
    }

    /// The pool's document as readers get it: with the sizes and the rights of now.
    package func current() -> StoragePool {
        var pool = pool
        pool.name = name
        pool.uuid = uuid
        pool.fill(space)
        if let facts = FileFacts(path) { pool.target.permissions = StoragePermissions(facts) }
        return pool
    }
}

extension StoragePool {
    /// Fills the sizes in; without any they are 0.
    package mutating func fill(_ space: FileSystemSpace?) {
        capacity = .bytes(space?.capacity ?? 0)
        allocation = .bytes(space?.allocation ?? 0)
        available = .bytes(space?.available ?? 0)
    }
}
