package import VMCore

/// An image that is to become a volume.
public struct VolumeImport: Sendable {
    public var source: ImportSource
    /// The volume's name; nil takes the source's.
    public var name: String?
    /// What the image is said to be; nil goes by the source's name, and where that says nothing by the image.
    public var format: VolumeFormat?
    /// What the bytes that come have to come to, before anything is done with them.
    public var checksum: ContentChecksum?
    /// How they are compressed; nil goes by the source's name.
    public var compression: ImageCompression?
    /// Whether the image may name other files, which are opened whenever it is used.
    public var mayReferToFiles = false
    /// Is told how many bytes have come, and of how many, where that is known.
    public var progress: (@Sendable (_ done: UInt64, _ total: UInt64?) -> Void)?

    public init(_ source: ImportSource) { self.source = source }

    var packing: ImageCompression { compression ?? ImageCompression(suffixOf: source.lastComponent ?? "") }

    /// The volume's name.
    func volumeName() throws(VMError) -> String {
        if let name { return name }
        guard let last = source.lastComponent else {
            throw .invalidVolume("'\(source.shown)' has no name for a volume in it", remedy: "give the volume a name")
        }
        return packing.stripped(last)
    }

    /// The format that is claimed.
    func claim(_ name: String) -> VolumeFormat? {
        if let format { return format }
        let ending = packing.stripped(source.lastComponent ?? name).split(separator: ".").last?.lowercased()
        switch ending {
        case "qcow2": return .qcow2
        case "vmdk": return .vmdk
        case "vdi": return .vdi
        case "vhd": return .vpc
        case "iso": return .iso
        case "qed": return .qed
        case "raw": return .raw
        // `img` is anything.
        default: return nil
        }
    }
}

extension FolderPool {
    /// Takes an image in as a volume.
    ///
    /// It comes in under a hidden name, as all volumes that are made, and is looked at there: nothing is a volume that
    /// isn't whole, hasn't the checksum that was given, or is something else than was claimed.
    package func take(_ wish: VolumeImport, _ work: Work = Work()) throws(VMError) -> VolumeEntry {
        let name = try wish.volumeName()
        try VolumeName.check(name)
        if Files.exists(path(of: name)) { throw .volumeExists(name) }
        removeLeftovers()
        let staging = try Staging(in: path, for: name)
        let arrival = ImportArrival(wish, staging.file, room: path, work)
        try arrival.fetch()
        Failpoint.reached("import.fetched")
        try arrival.verify()
        try arrival.unpack()
        Failpoint.reached("import.unpacked")
        let format = try ImportedImage(staging.file, wish, work).check(claim: wish.claim(name))
        var volume = StorageVolume()
        volume.name = name
        try setRights(volume, staging.file, format)
        try arrival.settle()
        Failpoint.reached("import.checked")
        guard try staging.publish() else { throw .volumeExists(name) }
        _ = consume staging
        return try self.volume(named: name)
    }
}
