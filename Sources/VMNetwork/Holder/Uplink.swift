internal import Glibc
internal import VMCore

/// The way out of a namespace: slirp4netns, which works outside of it as any program of the user's does.
///
/// A shell outside waits for the word to start it, since this process is inside by then. Both end with this process: the
/// shell by the kernel, slirp4netns by the closing of a pipe.
struct Uplink: ~Copyable {
    static let device = "up0"
    /// `$1` program, `$2` process, `$3` network, `$4` the socket at which slirp4netns is told of ports. On descriptor 3
    /// slirp4netns says that it is ready, and the shell that it has ended; 4 ends it.
    ///
    /// It reads what guests send, so it shuts itself off from files and from most system calls where it was built to.
    private static let script = """
        locks=
        case $("$1" --help 2>&1) in *--enable-sandbox*) locks=--enable-sandbox ;; esac
        case $("$1" --version 2>&1) in *libseccomp*) locks="$locks --enable-seccomp" ;; esac
        while read word; do
            "$1" $locks --configure --mtu=1500 --disable-host-loopback --cidr="$3" --ready-fd=3 --exit-fd=4 \
                --api-socket="$4" "$2" \(device)
            echo ended >&3
        done
        """

    private let shell: SpawnedProcess
    private let words: FileDescriptor
    private let news: Pipe
    private let leash: FileDescriptor

    /// Starts the shell; this process must not be in its namespace yet.
    init(_ network: String, socket: String, log: Int32) throws(VMError) {
        let program = try NetworkProgram.slirp().path
        var input = try Pipe()
        var output = try Pipe()
        var end = try Pipe()
        shell = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: "/bin/sh", arguments: ["-c", Self.script, "sh", program, "\(getpid())", network, socket],
                environment: [("LC_ALL", "C"), ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("HOME", "/")],
                descriptors: [
                    .init(input.reader.raw, as: 0), .init(log, as: 1), .init(log, as: 2), .init(output.writer, as: 3),
                    .init(end.reader.raw, as: 4),
                ], workingDirectory: "/", diesWithParent: true))
        let writer = fcntl(input.writer, F_DUPFD_CLOEXEC, 3)
        let leash = fcntl(end.writer, F_DUPFD_CLOEXEC, 3)
        input.closeWriter()
        output.closeWriter()
        end.closeWriter()
        words = FileDescriptor(owning: writer)
        self.leash = FileDescriptor(owning: leash)
        news = output
    }

    var identity: ProcessIdentity { shell.identity }
    /// Readable when slirp4netns has ended.
    var descriptor: Int32 { news.reader.raw }

    /// Has slirp4netns started, and waits until it is ready.
    func start(until deadline: Deadline) throws(VMError) {
        try order()
        guard Poll.isReadable(descriptor, by: deadline), takeNews() == .ready else {
            throw .networkFailure(
                "slirp4netns could not connect network namespace and host",
                remedy: "it needs /dev/net/tun, which all users may open where it is set up as usual")
        }
    }

    /// Has it started once more.
    func order() throws(VMError) { try words.writeAll(Array("start\n".utf8), "the shell of slirp4netns") }

    enum News { case ready, ended, nothing }

    func takeNews() -> News {
        var room = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &room, room.count)
        guard count > 0 else { return .nothing }
        return room[..<count].contains(UInt8(ascii: "e")) ? .ended : .ready
    }
}
