internal import CVMSystem
internal import Glibc
internal import VMCore

/// Signals that are read like a file instead of ending the process, as long as this value lives.
struct SignalDescriptor: ~Copyable {
    private let descriptor: FileDescriptor
    private let signals: [Int32]

    var raw: Int32 { descriptor.raw }

    init(_ signals: [Int32]) throws(VMError) {
        let raw = vms_signal_descriptor(signals, signals.count)
        guard raw >= 0 else { throw .system("cannot wait for signals", errno: errno) }
        descriptor = FileDescriptor(owning: raw)
        self.signals = signals
    }

    /// The number of the signal that has come.
    func next() -> Int32? {
        // A `signalfd_siginfo`, which begins with the number.
        var room = [UInt8](repeating: 0, count: 128)
        guard read(raw, &room, room.count) == room.count else { return nil }
        return room.withUnsafeBytes { Int32(bitPattern: $0.loadUnaligned(as: UInt32.self)) }
    }

    deinit { vms_unblock_signals(signals, signals.count) }
}
