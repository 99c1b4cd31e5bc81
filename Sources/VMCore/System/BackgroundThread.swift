internal import CVMSystem
internal import Glibc
internal import Synchronization

/// A thread of the operating system, for loops that wait on descriptors. Joined once by whoever started it.
public final class BackgroundThread: Sendable {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let handle: pthread_t
    private let isJoined = Mutex(false)

    /// Starts `body` on a new thread with all signals blocked, so that they reach the program's own threads.
    ///
    /// - Parameters:
    ///   - name: Shown by `ps -L`; at most 15 bytes count.
    public init(named name: String, _ body: @escaping @Sendable () -> Void) throws(VMError) {
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        // SAFETY: the box is retained here once and released once, by the thread that takes it over.
        let box = Unmanaged.passRetained(Body(body))
        var handle = pthread_t()
        let code = pthread_create(
            &handle, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw .system("can't start a thread", errno: code)
        }
        vms_thread_name(handle, String(decoding: name.utf8.prefix(15), as: UTF8.self))
        self.handle = handle
    }

    /// Waits until the thread has ended. The thread has to be told by other means.
    public func join() {
        let isFirst = isJoined.withLock { joined in
            defer { joined = true }
            return !joined
        }
        if isFirst { pthread_join(handle, nil) }
    }

    deinit { isJoined.withLock { if !$0 { pthread_detach(handle) } } }
}
