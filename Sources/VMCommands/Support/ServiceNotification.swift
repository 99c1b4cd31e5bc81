internal import Glibc
internal import VMCore

/// What a service and the one who manages it (systemd, or another that speaks its protocols) tell each other.
enum ServiceNotification {
    /// Tells the service manager something, `sd_notify(3)`; nothing without one.
    static func send(_ state: String) throws(VMError) {
        guard let name = getenv("NOTIFY_SOCKET").map({ String(cString: $0) }), !name.isEmpty else { return }
        unsetenv("NOTIFY_SOCKET")
        try Socket.sendDatagram(Array(state.utf8), to: name)
    }

    /// A socket that this process was started with.
    struct InheritedSocket {
        var descriptor: Int32
        /// By its name in `LISTEN_FDNAMES`, which is that of its unit unless the unit gives another one: those of libvirt's
        /// sockets for clients that may only look end with `-ro`.
        var isReadOnly: Bool
    }

    /// The sockets that this process was started with, `sd_listen_fds_with_names(3)`: they are given once.
    static func inheritedSockets() -> [InheritedSocket] {
        func number(_ name: String) -> Int32? { getenv(name).flatMap { Int32(String(cString: $0)) } }
        guard number("LISTEN_PID") == getpid(), let count = number("LISTEN_FDS"), (1...64).contains(count) else {
            return []
        }
        let text = getenv("LISTEN_FDNAMES").map { String(cString: $0) } ?? ""
        let names = text.split(separator: ":", omittingEmptySubsequences: false)
        for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
        let sockets = Array(3..<3 + count)
        // What this process starts doesn't get them.
        for socket in sockets { _ = fcntl(socket, F_SETFD, FD_CLOEXEC) }
        return sockets.enumerated().map { index, socket in
            let name = index < names.count ? names[index] : ""
            return InheritedSocket(
                descriptor: socket, isReadOnly: name.hasSuffix("-ro") || name.hasSuffix("-ro.socket"))
        }
    }
}
