/// What the kernel says of itself below `/proc/sys`.
public enum KernelSettings {
    /// Identifies one boot of the host; an empty text where that can't be read.
    public static let bootID: String = text("kernel/random/boot_id")

    /// How many inotify instances a user may have, as text; empty where that can't be read.
    public static var inotifyInstances: String { text("fs/inotify/max_user_instances") }

    private static func text(_ name: String) -> String {
        ProcText.string((ProcText.read("/proc/sys/" + name, limit: 64) ?? []).prefix { $0 != UInt8(ascii: "\n") })
    }
}

/// Identifies one boot of the host; see ``KernelSettings/bootID``.
public func hostBootID() -> String { KernelSettings.bootID }
