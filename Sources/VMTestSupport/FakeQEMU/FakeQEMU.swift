internal import Glibc
public import MonitorJSON
internal import Synchronization
public import VMCore
public import VMJSON

/// A scripted QMP peer on a real socket: what a test, ours or an embedder's, talks to instead of QEMU when it needs a
/// QEMU that misbehaves in a certain way.
///
///     let fake = try FakeQEMU(FakeStep.opening + [.expect("query-status"), .reply(["status": "running"]), .awaitEnd])
///     let monitor = try BlockingMonitor(connectingTo: fake.address, deadline: .after(.seconds(5)))
///     …
///     #expect(fake.finish() == [])
///
/// As QEMU does, it serves one client after the other; the first script is for the first client, and so on.
public final class FakeQEMU: Sendable {
    /// What the fake has seen.
    private struct State {
        var received: [JSONObject] = []
        var descriptors = 0
        var problems: [String] = []
    }

    /// Where it listens.
    public let address: MonitorAddress
    private let state = Mutex(State())
    private let folder: String?
    private let patience: Duration
    private let stopEnd: Int32
    private let thread = Mutex<BackgroundThread?>(nil)

    /// Starts to listen on a socket in a new temporary folder, or at `address`.
    ///
    /// - Parameters:
    ///   - scripts: One for each client that will come.
    ///   - patience: How long a step waits for the client.
    public init(
        _ scripts: [FakeStep]..., at address: MonitorAddress? = nil, patience: Duration = .seconds(10)
    ) throws(VMError) {
        self.patience = patience
        if let address {
            folder = nil
            self.address = address
        } else {
            let path = "/tmp/vmctl-fake-\(UInt32.random(in: 0 ... .max))"
            guard mkdir(path, 0o700) == 0 else { throw .system("can't make the folder \(path)", errno: errno) }
            folder = path
            self.address = .unix(path: path + "/qmp.sock")
        }
        let listener = try Socket.listen(at: self.address)
        let stop = try Socket.pair()
        let (mine, its) = stop.release()
        stopEnd = mine
        let raw = listener.release()
        let body: @Sendable () -> Void = { [weak self] in
            let listener = FileDescriptor(owning: raw)
            let stop = FileDescriptor(owning: its)
            for script in scripts {
                guard let client = Self.waitForClient(listener.raw, stop.raw) else { return }
                guard let self else { return }
                self.serve(FileDescriptor(owning: client), script)
            }
        }
        let started = try BackgroundThread(named: "fake-qemu", body)
        thread.withLock { $0 = started }
    }

    deinit {
        close(stopEnd)
        if let folder {
            unlink(folder + "/qmp.sock")
            rmdir(folder)
        }
    }

    /// The next client, nil when the fake is not needed any more.
    private static func waitForClient(_ listener: Int32, _ stop: Int32) -> Int32? {
        var entries = [
            pollfd(fd: listener, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let count = poll(&entries, 2, -1)
            if count < 0, errno != EINTR { return nil }
            // A client that waits already is served even when the fake is about to end.
            if count > 0, let client = try? Socket.accept(on: listener) { return client.release() }
            if entries[1].revents != 0 { return nil }
        }
    }

    private func serve(_ client: consuming FileDescriptor, _ script: [FakeStep]) {
        var connection = FakeConnection(client, patience: patience) { command, descriptors in
            self.state.withLock {
                $0.received.append(command)
                $0.descriptors += descriptors
            }
        }
        do throws(FakeConnection.Problem) {
            try connection.run(script)
        } catch {
            state.withLock { $0.problems.append(error.text) }
        }
    }

    /// The commands received so far, as they came.
    public var received: [JSONObject] { state.withLock { $0.received } }

    /// How many descriptors came with them.
    public var receivedDescriptors: Int { state.withLock { $0.descriptors } }

    /// Waits until the scripts that have clients are done and gives back what went wrong in them.
    public func finish() -> [String] {
        shutdown(stopEnd, Int32(SHUT_RDWR))
        thread.withLock { $0 }?.join()
        return state.withLock { $0.problems }
    }
}
