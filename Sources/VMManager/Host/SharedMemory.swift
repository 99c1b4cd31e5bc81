public import VMCore

/// How the kernel merges equal pages of processes, KSM: `virNodeGetMemoryParameters`.
public struct SharedMemory: Sendable {
    /// The folder that stands for `/`; empty for the real host.
    private let folder: String

    public init(root: String = "") { folder = root + "/sys/kernel/mm/ksm/" }

    /// libvirt's names, the kernel's files, and whether the value is a small number that can be set.
    private static let names: [(name: String, file: String, isSmall: Bool)] = [
        ("shm_pages_to_scan", "pages_to_scan", true), ("shm_sleep_millisecs", "sleep_millisecs", true),
        ("shm_pages_shared", "pages_shared", false), ("shm_pages_sharing", "pages_sharing", false),
        ("shm_pages_unshared", "pages_unshared", false), ("shm_pages_volatile", "pages_volatile", false),
        ("shm_full_scans", "full_scans", false), ("shm_merge_across_nodes", "merge_across_nodes", true),
    ]

    /// What the kernel says; what it doesn't know is left out.
    public var parameters: [TypedParameter] {
        Self.names.compactMap { name, file, isSmall in
            guard let bytes = try? Files.read(folder + file, limit: 64, regularOnly: false),
                let value = UInt64(String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self))
            else { return nil }
            return TypedParameter(name, isSmall ? .uint(UInt32(clamping: value)) : .ullong(value))
        }
    }

    /// Sets what can be set.
    ///
    /// - Throws: `unsupported` for another name, `invalid-argument` for another type; `io` for users who may not.
    public func set(_ parameters: [TypedParameter]) throws(VMError) {
        for parameter in parameters {
            guard let entry = Self.names.first(where: { $0.name == parameter.name && $0.isSmall }) else {
                throw VMError(
                    .unsupported, "argument unsupported: parameter '\(parameter.name)' not supported",
                    libvirt: LibvirtError(.argumentUnsupported))
            }
            guard case .uint(let value) = parameter.value else {
                throw VMError(
                    .invalidArgument,
                    "invalid argument: invalid type for parameter '\(parameter.name)', expected 'uint'")
            }
            do throws(VMError) {
                try KernelSetting.write(folder + entry.file, "\(value)")
            } catch {
                throw error.wrapped("failed to set \(parameter.name)")
            }
        }
    }
}
