package import VMCore
package import VMDomain
internal import VMStorage

/// Where sources of disks are on this host, volumes of active pools included.
package struct SourcePaths {
    /// The active pools.
    package let pools: [(name: String, folder: String)]

    package init(_ paths: UserPaths) {
        let records = (try? PoolStore(paths).all()) ?? []
        pools = records.compactMap { record in record.live?.target.path.map { (record.name, $0) } }
    }

    /// The path of a source; nil when it is no local file, or the volume of a pool that isn't active.
    package func path(of source: DiskSource) -> String? {
        guard source.type == .volume else { return source.file ?? source.dev }
        guard let volume = source.volume, let pool = pools.first(where: { $0.name == source.pool }) else { return nil }
        return pool.folder + "/" + volume
    }

    /// Whether a source is the image of a path. Of a volume that can't be found now its name decides: to take a disk for
    /// another one's would leave a definition on an image that is out of date.
    package func isSame(_ source: DiskSource, _ image: String) -> Bool {
        if let path = path(of: source) {
            return path == image || Files.identity(path).map { $0 == Files.identity(image) } == true
        }
        guard source.type == .volume, let volume = source.volume else { return false }
        return image.split(separator: "/").last.map { $0 == volume } == true
    }
}
