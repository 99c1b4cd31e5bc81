internal import Glibc
internal import VMCore

/// Work that may wait for the disk, off the event loop: runs on a thread of its own, and tells the reactor when it is done.
final class DiskWork {
    private let pipe: Pipe
    private let thread: BackgroundThread
    private let reactor: Reactor

    private final class Outcome: @unchecked Sendable {
        // SAFETY: written by the thread before it closes the pipe, read by the reactor after that.
        var error: VMError?
    }

    init(
        _ reactor: Reactor, _ body: @escaping @Sendable () throws(VMError) -> Void,
        then finish: @escaping (VMError?) -> Void
    ) throws(VMError) {
        let pipe = try Pipe()
        let outcome = Outcome()
        let writer = dup(pipe.writer)
        guard writer >= 0 else { throw .system("cannot begin work on another thread", errno: errno) }
        let reader = pipe.reader.raw
        do throws(VMError) {
            // Before the work begins: what nobody would be told of must not be done.
            try reactor.watch(reader) { _ in
                reactor.forget(reader)
                finish(outcome.error)
            }
            thread = try BackgroundThread(named: "disk") {
                do throws(VMError) { try body() } catch { outcome.error = error }
                var byte: UInt8 = 1
                write(writer, &byte, 1)
                close(writer)
            }
        } catch {
            reactor.forget(reader)
            close(writer)
            throw error
        }
        self.pipe = pipe
        self.reactor = reactor
    }

    /// Nobody wants to know any more: the thread goes on to its end, unheard.
    func abandon() { reactor.forget(pipe.reader.raw) }
}
