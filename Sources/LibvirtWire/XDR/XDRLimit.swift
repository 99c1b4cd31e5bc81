/// How much libvirt's protocol allows of each thing (`REMOTE_…_MAX`). More than that breaks the peer's decoding, so it is
/// refused in both directions.
public enum XDRLimit {
    /// Bytes of a string: 4 MiB.
    public static let string = 4_194_304
    /// Objects, names and IDs in a list, unless one of the following says otherwise.
    public static let list = 16_384
    /// Parameters of scheduler, memory, block I/O, NUMA, block statistics, interface, block copy, CPU statistics.
    public static let parameters = 16
    /// Parameters of block I/O throttling.
    public static let throttleParameters = 32
    /// Parameters of migration, jobs, saving, performance events, I/O threads, guest vCPUs, launch security.
    public static let manyParameters = 64
    /// Parameters of one domain's statistics.
    public static let statistics = 262_144
    /// Parameters of guest information; tunables of an event; interfaces and their addresses; messages; SSH keys.
    public static let guestInformation = 2048
    /// Parameters that say who the client is.
    public static let identity = 20
    /// Bytes of one map of CPUs.
    public static let cpuMap = 2048
    /// Bytes of the maps of all vCPUs.
    public static let cpuMaps = 8_388_608
    /// vCPUs that are told of at once.
    public static let vcpus = 16_384
    /// NUMA cells.
    public static let cells = 1024
    /// Bytes of a migration cookie.
    public static let migrationCookie = 4_194_304
    /// Bytes of a secret.
    public static let secret = 65_536
    /// Characters of a security label, with the NUL.
    public static let securityLabel = 4097
    /// Characters of the names of a security model and its domain of interpretation, with the NUL.
    public static let securityModel = 257
    /// CPUs of which the common part is asked for; broken disks; mount points; file systems and their disks.
    public static let few = 256
    /// Keys that are pressed at once.
    public static let keys = 16
    /// Ways of authentication.
    public static let authentications = 20
}
