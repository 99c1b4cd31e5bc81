public import VMXML

/// `type` of `<pool>`: where the volumes come from.
public enum PoolType: String, XMLEnum {
    case dir, fs, netfs, logical, disk, iscsi
    case iscsiDirect = "iscsi-direct"
    case scsi, mpath, rbd, sheepdog, gluster, zfs, vstorage
}

extension PoolType {
    /// Whether a pool of this type is a folder whose files are its volumes.
    public var isFolder: Bool {
        switch self {
        case .dir, .fs, .netfs: true
        default: false
        }
    }

    /// Whether the folder is one of a file system that has to be mounted there.
    public var isMounted: Bool { self == .fs || self == .netfs }

    /// The words that `<format>` of `<source>` takes, the default first; none where it has no meaning.
    public var sourceFormats: [String] {
        switch self {
        case .fs: PoolFileSystem.allCases.map(\.rawValue)
        case .netfs: PoolNetworkFileSystem.allCases.map(\.rawValue)
        case .logical: ["lvm2", "unknown"]
        case .disk: PoolDiskLabel.allCases.map(\.rawValue)
        default: []
        }
    }
}

/// `<format>` of the source of a pool in a file system.
public enum PoolFileSystem: String, XMLEnum {
    case auto, ext2, ext3, ext4, ufs, iso9660, udf, gfs, gfs2, vfat
    case hfsPlus = "hfs+"
    case xfs, ocfs2, vmfs
}

/// `<format>` of the source of a pool in a network's file system.
public enum PoolNetworkFileSystem: String, XMLEnum { case auto, nfs, glusterfs, cifs }

/// `<format>` of the source of a pool of volumes of the logical volume manager.
public enum PoolVolumeManager: String, XMLEnum { case unknown, lvm2 }

/// `<format>` of the source of a pool of partitions.
public enum PoolDiskLabel: String, XMLEnum { case unknown, dos, dvh, gpt, mac, bsd, pc98, sun, lvm2 }
