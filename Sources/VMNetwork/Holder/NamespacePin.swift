internal import Glibc
internal import VMCore

/// What keeps a network's namespace while guests have devices in it, though the network's own process is gone: a shell,
/// which does nothing as long as that process is there. The next process of the network goes on in the same namespace, so
/// that the guests are plugged in again.
struct NamespacePin: ~Copyable {
    /// The shell reads the names of the guests' devices until its pipe ends, and then waits for the last one to go. They are
    /// words without a blank, and are expanded nowhere.
    private static let script = """
        set -f
        names=
        while read -r name; do
            case " $names " in *" $name "*) ;; *) names="$names $name" ;; esac
        done
        while :; do
            left=
            while read -r line; do
                for name in $names; do
                    case "$line" in "$name:"*) left=yes ;; esac
                done
            done < /proc/self/net/dev
            [ -n "$left" ] || exit 0
            sleep 3
        done
        """

    let identity: ProcessIdentity
    private let words: FileDescriptor

    /// Starts it; this process has to be in the namespace.
    init(_ network: String) throws(VMError) {
        var pipe = try Pipe()
        let process = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: "/bin/sh", arguments: ["-c", Self.script, "vmctl-namespace", network],
                name: "vmctl-namespace",
                environment: [("LC_ALL", "C"), ("PATH", "/usr/bin:/bin")],
                descriptors: [.init(pipe.reader.raw, as: 0)], workingDirectory: "/"))
        let writer = fcntl(pipe.writer, F_DUPFD_CLOEXEC, 3)
        pipe.closeWriter()
        words = FileDescriptor(owning: writer)
        identity = process.identity
    }

    /// Has it wait for a device, too.
    func keep(for device: String) throws(VMError) { try words.writeAll(Array((device + "\n").utf8), "the namespace") }
}
