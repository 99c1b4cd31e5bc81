internal import Glibc
internal import SupervisorProtocol
public import VMCore

/// Displays of running machines, over sockets that are handed to QEMU.
extension VirtualMachine {
    /// Has QEMU serve one of its displays on an open socket, `virDomainOpenGraphics`. QEMU gets a copy; the caller closes
    /// its own.
    ///
    /// - Parameters:
    ///   - index: the display's place among the domain's `<graphics>`.
    ///   - skipsAuthentication: the client needs no password.
    /// - Throws: `internal` when there is no such display, `invalid-argument` for one that isn't served to clients.
    public func openDisplay(
        _ index: Int = 0, over socket: Int32, skipsAuthentication: Bool = false, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await call("openDisplay") { (manager, machine) throws(VMError) in
            try await manager.requestLive(
                machine, .addDisplayClient(index: index, skipsAuthentication: skipsAuthentication), timeout,
                descriptors: [socket])
        }
    }

    /// The same over a new socket, `virDomainOpenGraphicsFD`.
    ///
    /// - Returns: the client's end, which the caller closes.
    public func openDisplay(
        _ index: Int = 0, skipsAuthentication: Bool = false, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> Int32 {
        let (first, second) = try Socket.pair().release()
        let mine = FileDescriptor(owning: first)
        let its = FileDescriptor(owning: second)
        try await openDisplay(index, over: its.raw, skipsAuthentication: skipsAuthentication, timeout: timeout)
        // Clients take a socket for one that waits.
        _ = fcntl(mine.raw, F_SETFL, 0)
        return mine.release()
    }

    /// Has its VNC display read its certificates again, `virDomainGraphicsReload`.
    public func reloadDisplays(timeout: Duration = VMManager.patience) async throws(VMError) {
        try await call("reloadDisplays") { (manager, machine) throws(VMError) in
            try await manager.requestLive(machine, .reloadDisplays, timeout)
        }
    }
}
