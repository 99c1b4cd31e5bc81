internal import Glibc
internal import Synchronization
public import VMCore

/// TCP ports of the loopback that nobody else takes while a test uses them.
public enum FreePort {
    /// Below the ports that the kernel gives to connections, which come and go at any moment.
    private static let range: Range<UInt32> = 10_000..<32_000

    /// Different in each process, so that two that run at the same time don't try the same ones.
    private static let next = Atomic<UInt32>(UInt32(truncatingIfNeeded: getpid()) &* 61)

    /// A port at which nobody listens, other for each call.
    public static func take() throws(VMError) -> UInt16 {
        for _ in 0..<1000 {
            let number = next.add(1, ordering: .relaxed).newValue
            let port = UInt16(range.lowerBound + number % UInt32(range.count))
            if isFree(port, "127.0.0.1"), !hasIPv6 || isFree(port, "::1") { return port }
        }
        throw VMError(.io, "no port from \(range.lowerBound) to \(range.upperBound) is free")
    }

    /// Whether the loopback has an IPv6 address.
    private static let hasIPv6 = isFree(0, "::1")

    private static func isFree(_ port: UInt16, _ host: String) -> Bool {
        (try? Socket.listen(at: .tcp(host: host, port: port))) != nil
    }
}
