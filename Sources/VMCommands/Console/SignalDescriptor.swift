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

    deinit { vms_unblock_signals(signals, signals.count) }
}
