internal import CVMSystem
internal import Glibc

/// A set of rules that the kernel holds a process to: it may use the files that the rules name, and no others.
public struct Landlock: ~Copyable, Sendable {
    private let ruleset: FileDescriptor
    /// All that this kernel's version knows to forbid.
    private let handled: UInt64

    /// The descriptor for ``SpawnRequest/ruleset``.
    public var raw: Int32 { ruleset.raw }

    /// The version of Landlock that the kernel has; nil where it has none or was told not to use it.
    public static var version: Int? {
        let version = vms_landlock_version()
        return version > 0 ? Int(version) : nil
    }

    /// Rules under which nothing is allowed yet.
    ///
    /// - Throws: `unsupported` where the kernel has no Landlock.
    public init() throws(VMError) {
        let handled = try Landlock.handledByKernel()
        let raw = vms_landlock_create(handled)
        guard raw >= 0 else { throw .system("cannot make a Landlock ruleset", errno: errno, as: .unsupported) }
        ruleset = FileDescriptor(owning: raw)
        self.handled = handled
    }

    /// Takes over the rules that ``release(above:)`` gave away; nil when the number has become another file's meanwhile.
    public init?(released raw: Int32) {
        guard Files.linkTarget("/proc/self/fd/\(raw)") == "anon_inode:[landlock-ruleset]",
            let handled = try? Landlock.handledByKernel()
        else { return nil }
        ruleset = FileDescriptor(owning: raw)
        self.handled = handled
    }

    /// Gives the rules away, under a number that isn't below the one named; nil when there is no such number free.
    public consuming func release(above least: Int32) -> Int32? {
        let raw = fcntl(ruleset.raw, F_DUPFD_CLOEXEC, least)
        return raw < 0 ? nil : raw
    }

    private static func handledByKernel() throws(VMError) -> UInt64 {
        guard let version = Landlock.version else {
            throw VMError(.unsupported, "this kernel has no Landlock")
        }
        var handled = Access.all
        if version < 2 { handled &= ~Access.refer }
        if version < 3 { handled &= ~Access.truncate }
        if version < 5 { handled &= ~Access.deviceControl }
        return handled
    }

    /// Allows something. A path that isn't there needs no rule.
    public func allow(_ access: FileAccess) throws(VMError) {
        guard let place = try? FilePlace(access.path) else { return }
        let wanted = Access.of(access.kind) & (place.isFolder ? ~0 : Access.ofFiles) & handled
        guard wanted != 0, vms_landlock_allow(ruleset.raw, place.file.raw, wanted) != 0 else { return }
        throw .system("cannot allow the use of '\(access.path)'", errno: errno)
    }

    /// The bits of landlock(7).
    private enum Access {
        static let all: UInt64 = 1 << 16 - 1
        static let refer = UInt64(VMS_LANDLOCK_REFER.rawValue)
        static let truncate = UInt64(VMS_LANDLOCK_TRUNCATE.rawValue)
        static let deviceControl = UInt64(VMS_LANDLOCK_IOCTL_DEV.rawValue)
        /// What a rule may say of something that isn't a folder.
        static let ofFiles = bits([
            VMS_LANDLOCK_EXECUTE, VMS_LANDLOCK_WRITE_FILE, VMS_LANDLOCK_READ_FILE, VMS_LANDLOCK_TRUNCATE,
            VMS_LANDLOCK_IOCTL_DEV,
        ])
        static let reading = bits([VMS_LANDLOCK_EXECUTE, VMS_LANDLOCK_READ_FILE, VMS_LANDLOCK_READ_DIR])
        static let making = bits([
            VMS_LANDLOCK_MAKE_REG, VMS_LANDLOCK_MAKE_SOCK, VMS_LANDLOCK_MAKE_FIFO, VMS_LANDLOCK_READ_DIR,
        ])
        static let writing = all & ~UInt64(VMS_LANDLOCK_EXECUTE.rawValue)

        static func bits(_ list: [vms_landlock_access]) -> UInt64 { list.reduce(0) { $0 | UInt64($1.rawValue) } }

        static func of(_ kind: FileAccess.Kind) -> UInt64 {
            switch kind {
            case .read: reading
            case .write: writing
            case .create: making
            }
        }
    }
}
