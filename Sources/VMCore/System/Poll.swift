internal import Glibc

/// Waiting for one descriptor.
public enum Poll {
    /// Whether `descriptor` can be read (or has been closed by its peer) before the deadline passes.
    public static func isReadable(_ descriptor: Int32, by deadline: Deadline) -> Bool {
        wait(descriptor, Int16(POLLIN), deadline)
    }

    /// Whether `descriptor` can be written before the deadline passes.
    public static func isWritable(_ descriptor: Int32, by deadline: Deadline) -> Bool {
        wait(descriptor, Int16(POLLOUT), deadline)
    }

    private static func wait(_ descriptor: Int32, _ events: Int16, _ deadline: Deadline) -> Bool {
        var entry = pollfd(fd: descriptor, events: events, revents: 0)
        while true {
            let count = poll(&entry, 1, deadline.pollTimeout)
            if count > 0 { return true }
            if count == 0, deadline.hasPassed || deadline.pollTimeout == 0 { return false }
            if count < 0, errno != EINTR { return false }
        }
    }

    /// Suspends this thread.
    public static func sleep(_ duration: Duration) {
        _ = poll(nil, 0, Deadline.after(duration).pollTimeout)
    }
}
