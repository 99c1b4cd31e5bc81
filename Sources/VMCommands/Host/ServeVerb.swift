internal import Glibc
internal import LibvirtServer
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `serve [--listen PATH…] [--timeout S]`.
    static var serve: Verb {
        Verb(
            "serve", group: .host, "serve libvirt's own protocol, so that libvirt's programs work with these machines",
            details: """
                virsh, virt-manager and programs with libvirt's library find the sockets where libvirt has its own: below
                XDG_RUNTIME_DIR, for root below /run/libvirt. Machines don't need this to run, and it can be ended and
                started at any time. Prints 'ready' when it accepts, and tells systemd so. docs/libvirt.md says more.
                """,
            parameters: [
                .option("listen", "path", "the socket, instead of libvirt's own", completion: .file),
                .option("listen-read-only", "path", "a socket for clients that may only look", completion: .file),
                .option("timeout", "seconds", "end after this time without clients"),
                .flag("daemon", "go on in the background once it accepts"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            if invocation.flag("daemon") {
                try ServerDaemon.start(invocation)
                return .finished()
            }
            var configuration = LibvirtServer.Configuration()
            configuration.idleTime = try invocation.seconds("timeout").flatMap { $0 > .zero ? $0 : nil }
            ProcessLimits.raiseOpenFiles(to: 8192)
            let signals = try SignalDescriptor([SIGTERM, SIGINT])
            let server = try LibvirtServer(try invocation.manager(), configuration)
            let sockets = try ServerSockets(invocation)
            try sockets.open(server)
            defer { sockets.remove() }
            try ServiceNotification.send("READY=1")
            if invocation.global.format == .human { StandardStream.output.show("ready\n") }
            try server.run(until: signals.raw)
            return .finished()
        }
    }
}

/// The sockets of a server: those of its caller, those that were named, or those where libvirt has its own.
private struct ServerSockets {
    private struct Place {
        var path: String
        var isReadOnly = false
    }

    private var inherited: [ServiceNotification.InheritedSocket] = []
    private var places: [Place] = []

    init(_ invocation: Invocation) throws(VMError) {
        inherited = ServiceNotification.inheritedSockets()
        if let path = invocation.value("listen") {
            places.append(Place(path: InputFile.absolute(path, below: InputFile.workingFolder)))
        }
        if let path = invocation.value("listen-read-only") {
            places.append(Place(path: InputFile.absolute(path, below: InputFile.workingFolder), isReadOnly: true))
        }
        if inherited.isEmpty, places.isEmpty { places = try Self.standard() }
    }

    /// Where libvirt's programs look.
    private static func standard() throws(VMError) -> [Place] {
        if geteuid() == 0 {
            return [
                Place(path: "/run/libvirt/virtqemud-sock"), Place(path: "/run/libvirt/libvirt-sock"),
                Place(path: "/run/libvirt/virtqemud-sock-ro", isReadOnly: true),
                Place(path: "/run/libvirt/libvirt-sock-ro", isReadOnly: true),
            ]
        }
        // libvirt's programs look nowhere else, so no other folder would do.
        guard let folder = getenv("XDG_RUNTIME_DIR").map({ String(cString: $0) }), folder.hasPrefix("/") else {
            throw VMError(
                .io, "there is no runtime folder: XDG_RUNTIME_DIR isn't set",
                remedy: "set it, or name a socket with --listen")
        }
        return ["virtqemud-sock", "libvirt-sock"].map { Place(path: "\(folder)/libvirt/\($0)") }
    }

    func open(_ server: LibvirtServer) throws(VMError) {
        for socket in inherited {
            try server.serve(FileDescriptor(owning: socket.descriptor), isReadOnly: socket.isReadOnly)
        }
        // All are looked at before the first is made: a daemon of libvirt's has several.
        for place in places { try LibvirtServer.expectNobody(at: place.path) }
        for place in places {
            if let slash = place.path.lastIndex(of: "/"), slash != place.path.startIndex {
                try Folders.make(String(place.path[..<slash]))
            }
            try server.listen(at: place.path, isReadOnly: place.isReadOnly)
        }
    }

    /// A successor may listen there already, or something else be there.
    func remove() { for place in places where Socket.isAbandoned(place.path) { try? Files.remove(place.path) } }
}

/// The same server as a process of its own.
private enum ServerDaemon {
    private static let patience = Duration.seconds(30)

    /// Returns when it accepts.
    static func start(_ invocation: Invocation) throws(VMError) {
        var words: [String] = []
        if let connection = invocation.global.connection { words += ["--connect", connection] }
        if invocation.global.trustsEmulators { words.append("--trust-emulator") }
        words.append("serve")
        for name in ["listen", "listen-read-only", "timeout"] {
            if let value = invocation.value(name) { words += ["--\(name)", value] }
        }
        var output = try Pipe()
        let request = SpawnRequest(
            executable: "/proc/\(getpid())/exe", arguments: words, name: "vmctl",
            descriptors: [.init(output.writer, as: 1), .init(2, as: 2)], detached: true)
        _ = try SpawnedProcess.spawn(request)
        output.closeWriter()
        guard Poll.isReadable(output.reader.raw, by: .after(patience)) else {
            throw VMError(.timeout, "the server isn't ready after \(patience)")
        }
        var byte: UInt8 = 0
        guard read(output.reader.raw, &byte, 1) == 1 else {
            throw VMError(.io, "the server has ended", remedy: "run it without --daemon to see why")
        }
    }
}
