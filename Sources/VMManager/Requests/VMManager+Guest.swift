internal import Glibc
public import VMCore

/// What is done to a running machine from outside without a change of its definition.
extension VMManager {
    /// Has a running machine's supervisor do something.
    private func requestLive(
        _ key: String, _ request: SupervisorRequest, _ timeout: Duration, descriptors: [Int32] = []
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.requestLive(machine, request, timeout, descriptors: descriptors)
        }
    }

    func requestLive(
        _ machine: Machine, _ request: SupervisorRequest, _ timeout: Duration, descriptors: [Int32] = []
    ) async throws(VMError) {
        _ = try resolve(.live, machine)
        try await self.request(request, of: machine, timeout: timeout, descriptors: descriptors)
    }

    /// Has QEMU tell once when a disk's image grows past so many bytes; 0 forgets that again.
    public func setWriteThreshold(
        _ key: String, disk name: String, bytes: UInt64, timeout: Duration = patience
    ) throws(VMError) {
        try requestLive(key, .setWriteThreshold(disk: name, bytes: bytes), timeout)
    }

    /// Makes a running machine's disk larger.
    ///
    /// - Parameter mayShrink: makes it smaller, too, which cuts off what is at its end.
    /// - Throws: `invalid-argument` for a smaller size without that.
    public func resizeBlock(
        _ key: String, disk: String, bytes: UInt64, mayShrink: Bool = false, timeout: Duration = patience
    ) throws(VMError) {
        try requestLive(key, .resizeBlock(disk: disk, bytes: bytes, mayShrink: mayShrink), timeout)
    }

    /// A non-maskable interrupt.
    public func injectNMI(_ key: String, timeout: Duration = patience) throws(VMError) {
        try requestLive(key, .injectNMI, timeout)
    }

    /// Presses keys, all at once.
    /// - Parameters:
    ///   - keys: QEMU's names of keys, or their numbers in its own code, in decimal.
    ///   - hold: for how long they are held.
    public func sendKeys(
        _ key: String, _ keys: [GuestKey], hold: Duration? = nil, timeout: Duration = patience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.sendKeys(machine, keys, hold: hold, timeout: timeout)
        }
    }

    func sendKeys(
        _ machine: Machine, _ keys: [GuestKey], hold: Duration?, timeout: Duration
    ) async throws(VMError) {
        guard !keys.isEmpty, keys.count <= 16 else {
            throw VMError(.invalidArgument, "1 to 16 keys can be pressed at once, not \(keys.count)")
        }
        try await requestLive(machine, .sendKeys(keys, hold: hold), timeout)
    }

    /// A picture of the machine's screen, as PNG.
    /// - Parameter screen: the number of the display, counted over all heads of all video cards.
    public func screenshot(_ key: String, screen: Int = 0, timeout: Duration = patience) throws(VMError) -> [UInt8] {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.screenshot(machine, screen: screen, timeout: timeout)
        }
    }

    func screenshot(_ machine: Machine, screen: Int, timeout: Duration) async throws(VMError) -> [UInt8] {
        let picture = try FileDescriptor.memory([], name: "screenshot")
        // QEMU takes the file for writing alone, as `screendump` would open it.
        let writer = try FileDescriptor.open("/proc/self/fd/\(picture.raw)", flags: O_WRONLY)
        try await requestLive(machine, .screenshot(screen: screen), timeout, descriptors: [writer.raw])
        lseek(picture.raw, 0, SEEK_SET)
        return try picture.readToEnd("the picture", limit: 64 << 20)
    }

    /// Writes a picture of the machine's screen into a file, as PNG.
    public func screenshot(
        _ key: String, to path: String, screen: Int = 0, timeout: Duration = patience
    ) throws(VMError) {
        let picture = try screenshot(key, screen: screen, timeout: timeout)
        try Files.write(picture, to: path, mode: 0o644)
    }
}
