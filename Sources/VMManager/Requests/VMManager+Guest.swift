internal import Glibc
public import VMCore

/// What is done to a running machine from outside without a change of its definition.
extension VMManager {
    private func running(_ key: String) throws(VMError) -> Machine {
        let machine = try find(key)
        _ = try resolve(.live, machine)
        return machine
    }

    /// Has QEMU tell once when a disk's image grows past so many bytes; 0 forgets that again.
    public func setWriteThreshold(
        _ key: String, disk name: String, bytes: UInt64, timeout: Duration = patience
    ) throws(VMError) {
        try request(.setWriteThreshold(disk: name, bytes: bytes), of: try running(key), timeout: timeout)
    }

    /// Makes a running machine's disk larger or smaller.
    public func resizeBlock(
        _ key: String, disk: String, bytes: UInt64, timeout: Duration = patience
    ) throws(VMError) {
        try request(.resizeBlock(disk: disk, bytes: bytes), of: try running(key), timeout: timeout)
    }

    /// A non-maskable interrupt.
    public func injectNMI(_ key: String, timeout: Duration = patience) throws(VMError) {
        try request(.injectNMI, of: try running(key), timeout: timeout)
    }

    /// Presses keys, all at once.
    /// - Parameters:
    ///   - keys: QEMU's names of keys, or their numbers in its own code, in decimal.
    ///   - hold: for how long they are held.
    public func sendKeys(
        _ key: String, _ keys: [GuestKey], hold: Duration? = nil, timeout: Duration = patience
    ) throws(VMError) {
        guard !keys.isEmpty, keys.count <= 16 else {
            throw VMError(.invalidArgument, "1 to 16 keys can be pressed at once, not \(keys.count)")
        }
        try request(.sendKeys(keys, hold: hold), of: try running(key), timeout: timeout)
    }

    /// A picture of the machine's screen, as PNG.
    /// - Parameter screen: the number of the display among those of the first video card that has any.
    public func screenshot(_ key: String, screen: Int = 0, timeout: Duration = patience) throws(VMError) -> [UInt8] {
        let machine = try running(key)
        let picture = try FileDescriptor.memory([], name: "screenshot")
        // QEMU takes the file for writing alone, as `screendump` would open it.
        let writer = try FileDescriptor.open("/proc/self/fd/\(picture.raw)", flags: O_WRONLY)
        try request(.screenshot(screen: screen), of: machine, timeout: timeout, descriptors: [writer.raw])
        lseek(picture.raw, 0, SEEK_SET)
        return try picture.readToEnd("the picture", limit: 64 << 20)
    }

    /// Writes a picture of the machine's screen into a file, as PNG.
    public func screenshot(
        _ key: String, to path: String, screen: Int = 0, timeout: Duration = patience
    ) throws(VMError) {
        let picture = try screenshot(key, screen: screen, timeout: timeout)
        try Files.write(picture, to: path, mode: 0o644, durable: false)
    }
}
