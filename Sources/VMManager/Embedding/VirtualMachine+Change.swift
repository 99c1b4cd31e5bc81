internal import QEMULauncher
public import VMCore
public import VMDomain

/// Changes, for programs that embed the manager.
extension VirtualMachine {
    /// Changes its definition, the running machine, or both; see ``VMManager/apply(_:to:scope:timeout:)``.
    @discardableResult
    public func apply(
        _ edit: DomainEdit, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> EditOutcome { try await change("apply", edit, scope, timeout) }

    private func change(
        _ operation: String, _ edit: DomainEdit, _ scope: ChangeScope, _ timeout: Duration
    ) async throws(VMError) -> EditOutcome {
        try await call(operation) { (manager, machine) throws(VMError) in
            try await manager.apply(edit, to: machine, scope: scope, timeout: timeout)
        }
    }

    /// Brings a device into it; see ``VMManager/attachDevice(_:_:scope:timeout:)``.
    /// - Parameter xml: the device's element, `<disk …>`.
    @discardableResult
    public func attachDevice(
        xml: String, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> Devices {
        let document = try DeviceDocument.read(Array(xml.utf8), file: "device.xml")
        let outcome = try await change("attachDevice", .attach(document), scope, timeout)
        return if case .device(let device) = outcome { device } else { document }
    }

    /// Takes the device of that name out of it; the guest has to release it by the deadline.
    @discardableResult
    public func detachDevice(
        alias: String, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> Devices {
        let outcome = try await change("detachDevice", .detach(.alias(alias)), scope, timeout)
        return if case .device(let device) = outcome { device } else { Devices() }
    }

    /// How many processors it has; see ``VMManager/setProcessors(_:count:maximum:scope:timeout:)``.
    public func setProcessors(
        count: Int, maximum: Bool = false, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await call("setProcessors") { (manager, machine) throws(VMError) in
            try await manager.setProcessors(machine, count: count, maximum: maximum, scope: scope, timeout: timeout)
        }
    }

    /// Has processors of their own numbers plugged in, or taken out.
    public func setProcessors(
        numbers: [Int], enabled: Bool, scope: ChangeScope = .current, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        let edit = try VMManager.edit(ofProcessors: numbers, enabled)
        _ = try await change("setProcessors", edit, scope, timeout)
    }

    /// How much memory it has from its next start on.
    public func setMaximumMemory(bytes: UInt64, scope: ChangeScope = .config) async throws(VMError) {
        try await call("setMaximumMemory") { (manager, machine) throws(VMError) in
            try await manager.setMaximumMemory(machine, bytes: bytes, scope: scope)
        }
    }

    /// Takes the medium out of a drive; nil is its only drive for removable media.
    @discardableResult
    public func eject(
        _ target: String? = nil, force: Bool = false, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> MediaResult {
        try await changeMedia(target, .eject, force: force, timeout: timeout)
    }

    /// Changes the medium of a drive; see ``VMManager/changeMedia(_:target:_:live:config:force:timeout:)``.
    @discardableResult
    public func changeMedia(
        _ target: String? = nil, _ change: MediaChange, scope: ChangeScope = .current, force: Bool = false,
        timeout: Duration = VMManager.patience
    ) async throws(VMError) -> MediaResult {
        try await call("changeMedia") { (manager, machine) throws(VMError) in
            try await manager.changeMedia(machine, target, change, scope, force: force, timeout: timeout)
        }
    }

    /// Makes one of its disks larger while it runs.
    ///
    /// - Parameter mayShrink: makes it smaller, too, which cuts off what is at its end.
    /// - Throws: `invalid-argument` for a smaller size without that.
    public func resizeBlock(
        disk: String, bytes: UInt64, mayShrink: Bool = false, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await request("resizeBlock", .resizeBlock(disk: disk, bytes: bytes, mayShrink: mayShrink), timeout)
    }

    /// Has QEMU tell once when a disk's image grows past so many bytes; 0 forgets that again.
    public func setWriteThreshold(
        disk: String, bytes: UInt64, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await request("setWriteThreshold", .setWriteThreshold(disk: disk, bytes: bytes), timeout)
    }

    // MARK: Input and screen

    /// A non-maskable interrupt.
    public func injectNMI(timeout: Duration = VMManager.patience) async throws(VMError) {
        try await request("injectNMI", .injectNMI, timeout)
    }

    /// Presses keys, all at once; see ``VMManager/sendKeys(_:_:hold:timeout:)``.
    public func sendKeys(
        _ keys: [GuestKey], hold: Duration? = nil, timeout: Duration = VMManager.patience
    ) async throws(VMError) {
        try await call("sendKeys") { (manager, machine) throws(VMError) in
            try await manager.sendKeys(machine, keys, hold: hold, timeout: timeout)
        }
    }

    /// A picture of its screen, as PNG.
    public func screenshot(
        screen: Int = 0, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> [UInt8] {
        try await call("screenshot") { (manager, machine) throws(VMError) in
            try await manager.screenshot(machine, screen: screen, timeout: timeout)
        }
    }

    private func request(
        _ operation: String, _ request: SupervisorRequest, _ timeout: Duration
    ) async throws(VMError) {
        try await call(operation) { (manager, machine) throws(VMError) in
            try await manager.requestLive(machine, request, timeout)
        }
    }
}
