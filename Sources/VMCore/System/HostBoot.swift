/// The boot of the host, which ends what was active before.
public enum HostBoot {
    public static let id: String = {
        let digits = hostBootID().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return digits.isEmpty ? "0" : digits
    }()

    /// The boot, and the process namespace in which numbers of processes mean something: eight digits.
    public static let place: String = {
        let text = id + (Files.linkTarget("/proc/self/ns/pid") ?? "")
        let digits = String(Checksum.fnv1a(Array(text.utf8)) & 0xffff_ffff, radix: 16)
        return String(repeating: "0", count: 8 - digits.utf8.count) + digits
    }()
}
