internal import Glibc
public import Testing

/// Something that a test needs and that not every machine has.
///
/// A test says it with the trait ``Testing/Trait/needs(_:)``. Where it is missing the test is skipped, with a reason that
/// begins with `needs`; `scripts/count-skips` counts these and knows which are expected.
public struct Need: Sendable {
    /// What is missing, and what brings it: `QEMU 10 (make qemu10)`.
    public let what: String
    public let isMet: Bool

    public init(_ what: String, isMet: Bool) {
        self.what = what
        self.isMet = isMet
    }

    /// The checkout.
    public static let project: String = {
        var path = #filePath[...]
        for _ in 0..<3 { path = path[..<(path.lastIndex(of: "/") ?? path.startIndex)] }
        return String(path)
    }()

    private static func canRun(_ path: String) -> Bool { access(path, X_OK) == 0 }

    public static let qemu = Need("qemu-system-x86_64", isMet: canRun("/usr/bin/qemu-system-x86_64"))
    public static let qemu10 = Need(
        "QEMU 10 (make qemu10)", isMet: canRun(project + "/build/qemu-10/bin/qemu-system-x86_64"))
    public static let guest = Need(
        "the guest (make guest)", isMet: access(project + "/build/guest/disk.qcow2", R_OK) == 0)
    public static let kvm = Need("KVM", isMet: access("/dev/kvm", R_OK | W_OK) == 0)
    public static let root = Need("root", isMet: geteuid() == 0)
    public static let virsh = Need("virsh (libvirt-clients)", isMet: canRun("/usr/bin/virsh"))
    public static let pythonLibvirt = Need(
        "python3-libvirt", isMet: access("/usr/lib/python3/dist-packages/libvirt.py", R_OK) == 0)
    public static let qemuImg = Need("qemu-img (qemu-utils)", isMet: canRun("/usr/bin/qemu-img"))
    public static let socat = Need("socat", isMet: canRun("/usr/bin/socat"))

    /// libvirt's own test data: `$VMCTL_CORPUS`, or `shared/libvirt-corpus` beside the checkout or further up.
    public static let corpus = Need("libvirt's corpus (VMCTL_CORPUS)", isMet: corpusFolder != nil)

    /// Where the corpus is; nil where it isn't, so too where `VMCTL_CORPUS` names a folder that isn't there.
    public static let corpusFolder: String? = {
        if let named = getenv("VMCTL_CORPUS") {
            let path = String(cString: named)
            return access(path + "/manifest.json", R_OK) == 0 ? path : nil
        }
        var folder = project[...]
        while let slash = folder.lastIndex(of: "/") {
            folder = folder[..<slash]
            let path = folder + "/shared/libvirt-corpus"
            if access(path + "/manifest.json", R_OK) == 0 { return String(path) }
        }
        return nil
    }()

    /// The right to mount a file system in memory.
    public static let mounting = Need(
        "the right to mount",
        isMet: {
            var template = Array("/tmp/vmctl-mount-XXXXXX".utf8CString)
            guard geteuid() == 0, mkdtemp(&template) != nil else { return false }
            defer { rmdir(template) }
            guard mount("none", template, "tmpfs", 0, "size=64k") == 0 else { return false }
            umount(template)
            return true
        }())
}

extension Trait where Self == ConditionTrait {
    /// What the test needs. It is skipped where any of it is missing, and says all that is.
    public static func needs(_ needs: Need...) -> Self {
        let missing = needs.filter { !$0.isMet }.map(\.what)
        return .enabled(if: missing.isEmpty, "needs \(missing.joined(separator: ", "))")
    }
}
