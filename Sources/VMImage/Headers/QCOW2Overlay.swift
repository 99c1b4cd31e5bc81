internal import Glibc
package import VMCore

/// An empty qcow2 image that builds on another one, as bytes (QEMU's `docs/interop/qcow2.txt`).
///
/// It is made here, since a running machine's snapshot waits for one per disk: what `qemu-img create` takes some twenty
/// milliseconds for, most of them to begin, is five clusters of which three have contents. The guest's data is QEMU's affair.
package struct QCOW2Overlay: Sendable {
    /// The header and what follows it in the first cluster, and the counts of references, which are the third.
    private let header: [UInt8]
    private let counts: [UInt8]
    private let clusterSize: UInt64
    private let clusters: UInt64

    /// The features, as `compat=1.1` has them, with counts of 16 bits.
    private enum Layout {
        static let version: UInt32 = 3
        static let headerLength: UInt32 = 112
        static let referenceOrder: UInt32 = 4
        /// The extension with the backing file's format.
        static let formatExtension: UInt32 = 0xe279_2aca
        static let longestName = 1023
        /// QEMU takes no larger table of the first level.
        static let longestTable: UInt64 = 32 << 20
        /// `O_TMPFILE` of open(2), which Glibc's headers show to C alone.
        static let unnamed: Int32 = 0o20000000 | O_DIRECTORY
    }

    /// - Parameters:
    ///   - size: bytes that a guest sees.
    ///   - clusterSize: bytes; a power of two.
    /// - Returns: nil where it isn't so simple, as with tables that take more than one cluster of counts: `qemu-img` makes
    ///   such ones.
    package init?(on backing: String, format: String, size: UInt64, clusterSize: UInt64 = 65536) {
        let (name, word) = (Array(backing.utf8), Array(format.utf8))
        let bits = UInt64(clusterSize.trailingZeroBitCount)
        guard (9...21).contains(bits), clusterSize == 1 << bits, size > 0, size <= UInt64(Int64.max), size % 512 == 0,
            (1...Layout.longestName).contains(name.count), (1...15).contains(word.count)
        else { return nil }
        // One entry of the first level leads to a cluster of entries of eight bytes, each of which leads to a cluster.
        let reach = clusterSize * (clusterSize / 8)
        let entries = (size - 1) / reach + 1
        let table = entries * 8
        let clusters = 3 + (table - 1) / clusterSize + 1
        guard table <= Layout.longestTable, clusters <= clusterSize / 2 else { return nil }

        var bytes: [UInt8] = []
        func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.bigEndian) { bytes += $0 } }
        let padded = (word.count + 7) / 8 * 8
        let nameOffset = UInt64(Layout.headerLength) + 8 + UInt64(padded) + 8
        guard nameOffset + UInt64(name.count) <= clusterSize else { return nil }
        put(UInt32(0x5146_49fb))
        put(Layout.version)
        put(nameOffset)
        put(UInt32(name.count))
        put(UInt32(bits))
        put(size)
        put(UInt32(0))  // not encrypted
        put(UInt32(entries))
        put(3 * clusterSize)  // the table of the first level
        put(clusterSize)  // the table of the clusters with counts
        put(UInt32(1))  // of one cluster
        put(UInt32(0))  // no snapshots
        put(UInt64(0))
        for _ in 0..<3 { put(UInt64(0)) }  // no features of which somebody has to know
        put(Layout.referenceOrder)
        put(Layout.headerLength)
        put(UInt64(0))  // compressed by zlib, and padding
        put(Layout.formatExtension)
        put(UInt32(word.count))
        bytes += word + [UInt8](repeating: 0, count: padded - word.count)
        put(UInt64(0))  // the end of the extensions
        header = bytes + name
        bytes = []
        for _ in 0..<clusters { put(UInt16(1)) }
        counts = bytes
        self.clusterSize = clusterSize
        self.clusters = clusters
    }

    /// Makes the image at a place where there is nothing. It is there at once and whole, and on the disk but for its name.
    ///
    /// - Returns: false where the file system can't do that.
    /// - Throws: `io` where there is a file already, or when it can't be written; then nothing is there of it.
    package func write(to path: String) throws(VMError) -> Bool {
        // A file without a name, which it gets when it is whole.
        let folder = Files.folder(of: path)
        guard let file = try? FileDescriptor.open(folder, flags: Layout.unnamed | O_WRONLY, mode: 0o600) else {
            return false
        }
        try file.truncate(to: clusters * clusterSize, path)
        var place: [UInt8] = []
        withUnsafeBytes(of: (2 * clusterSize).bigEndian) { place += $0 }
        try file.write(header, at: 0, path)
        try file.write(place, at: clusterSize, path)
        try file.write(counts, at: 2 * clusterSize, path)
        guard fsync(file.raw) == 0 else { throw .system("cannot write '\(path)'", errno: errno) }
        if linkat(AT_FDCWD, "/proc/self/fd/\(file.raw)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0 { return true }
        guard errno == EEXIST else { return false }
        throw .system("cannot create '\(path)'", errno: EEXIST)
    }
}
