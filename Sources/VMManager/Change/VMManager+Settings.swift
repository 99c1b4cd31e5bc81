internal import QEMULauncher
public import VMCore
public import VMDomain

/// Edits by their names, and what can be asked of what they set.
extension VMManager {
    // MARK: Devices

    /// Brings a device into a domain.
    ///
    /// A running machine gets it with all that it needs, or stays as it is. The address that it gets there is the one
    /// it gets in the stored definition, where that is changed too.
    /// - Returns: the device as it is now.
    /// - Throws: `exists` when its target, address or number is taken; `unsupported` for what can't be plugged in.
    @discardableResult
    public func attachDevice(
        _ key: String, _ document: Devices, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) -> Devices {
        device(try apply(.attach(document), to: key, scope: scope, timeout: timeout)) ?? document
    }

    /// Takes a device out of a domain: the one that the document describes.
    ///
    /// - Throws: `not-found`; `timeout` when the guest hasn't released it by then, in which case it may still do so.
    @discardableResult
    public func detachDevice(
        _ key: String, _ document: Devices, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) -> Devices {
        device(try apply(.detach(.like(document)), to: key, scope: scope, timeout: timeout)) ?? document
    }

    /// The same for a device that is named by its alias.
    @discardableResult
    public func detachDevice(
        _ key: String, alias: String, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) -> Devices {
        device(try apply(.detach(.alias(alias)), to: key, scope: scope, timeout: timeout)) ?? Devices()
    }

    private func device(_ outcome: EditOutcome) -> Devices? {
        if case .device(let device) = outcome { device } else { nil }
    }

    /// Changes a device to what a document says. A running machine's medium, link, limits and passwords can be changed;
    /// anything else only in the stored definition.
    ///
    /// - Throws: `not-found`; `unsupported` for what a running machine can't change.
    public func updateDevice(
        _ key: String, _ document: Devices, scope: ChangeScope, force: Bool = false, timeout: Duration = patience
    ) throws(VMError) {
        try apply(.update(document, force: force), to: key, scope: scope, timeout: timeout)
    }

    /// Changes the medium of a CD-ROM or floppy drive.
    /// - Parameters:
    ///   - target: the drive by its target name; nil is the machine's only drive for removable media, or the only one with
    ///     a medium in it.
    ///   - live: change the running machine; config: change the stored definition. Neither means: whatever there is to
    ///     change, the running machine if it runs, else the definition.
    ///   - force: take the medium even when the guest holds the tray.
    /// - Throws: `notFound` for a drive that isn't there; `wrong-state` when it is empty or full already; `busy` when the
    ///   guest holds the tray past the timeout.
    public func changeMedia(
        _ key: String, target: String? = nil, _ change: MediaChange, live: Bool = false, config: Bool = false,
        force: Bool = false, timeout: Duration = patience
    ) throws(VMError) -> MediaResult {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.changeMedia(
                machine, target, change, ChangeScope(live: live, config: config), force: force, timeout: timeout)
        }
    }

    func changeMedia(
        _ machine: Machine, _ target: String?, _ change: MediaChange, _ scope: ChangeScope, force: Bool,
        timeout: Duration
    ) async throws(VMError) -> MediaResult {
        if scope.live { try await check(.changeMedia, machine) }
        let outcome = try await apply(
            .changeMedia(target: target, change, force: force), to: machine, scope: scope, timeout: timeout)
        guard case .media(var result) = outcome else {
            throw VMError(.internalError, "nothing was changed")
        }
        result.name = machine.name
        return result
    }

    // MARK: Network

    /// Whether a card's cable is plugged in, by its hardware address or its host device.
    public func setLink(
        _ key: String, interface: String, up: Bool, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        try apply(.setLink(interface: interface, isUp: up), to: key, scope: scope, timeout: timeout)
    }

    /// Whether a card's cable is plugged in.
    public func link(_ key: String, interface: String, config: Bool = false) throws(VMError) -> Bool {
        let domain = try domain(key, inactive: config)
        return domain.devices.interfaces[try domain.interface(interface)].link?.state != .down
    }

    // MARK: Memory

    /// How much of its memory the guest is to use: by its balloon while it runs.
    public func setMemory(
        _ key: String, bytes: UInt64, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) {
        try apply(.setMemory(bytes: bytes), to: key, scope: scope, timeout: timeout)
    }

    /// How often the guest is asked for its use of memory.
    ///
    /// - Parameter period: Seconds; 0 never.
    public func setMemoryStatisticsPeriod(
        _ key: String, period: UInt32, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        try apply(.setMemoryStatisticsPeriod(seconds: period), to: key, scope: scope, timeout: timeout)
    }

    /// How much memory the machine has from its next start on.
    public func setMaximumMemory(_ key: String, bytes: UInt64, scope: ChangeScope) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.setMaximumMemory(machine, bytes: bytes, scope: scope)
        }
    }

    func setMaximumMemory(_ machine: Machine, bytes: UInt64, scope: ChangeScope) async throws(VMError) {
        if try resolve(scope, machine).live {
            throw VMError(
                .wrongState,
                "Requested operation is not valid: cannot resize the maximum memory on an active domain",
                remedy: "use \(option: "config"); it counts from the next start on")
        }
        try await apply(.setMaximumMemory(bytes: bytes), to: machine, scope: scope)
    }

    // MARK: Processors

    /// How many processors the domain has.
    ///
    /// A running machine gets more up to its maximum; of those that it got while it ran it gives some back, when the guest
    /// agrees.
    /// - Parameter maximum: set the most it can have, from its next start on.
    public func setProcessors(
        _ key: String, count: Int, maximum: Bool = false, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.setProcessors(machine, count: count, maximum: maximum, scope: scope, timeout: timeout)
        }
    }

    func setProcessors(
        _ machine: Machine, count: Int, maximum: Bool, scope: ChangeScope, timeout: Duration
    ) async throws(VMError) {
        let (live, _) = try resolve(scope, machine)
        guard let number = UInt32(exactly: count), number > 0 else {
            throw VMError(.invalidArgument, "Invalid value for number of virtual CPUs")
        }
        if maximum, live {
            throw VMError(
                .wrongState,
                "Requested operation is not valid: maximum vcpu count of a live domain can't be modified",
                remedy: "use \(option: "config")")
        }
        try await apply(
            .setProcessorCount(number, isMaximum: maximum), to: machine, scope: scope, timeout: timeout)
    }

    /// Has processors of their own numbers plugged in, or taken out.
    ///
    /// - Throws: `not-found` for numbers beyond the maximum; `unsupported` for those that a machine was started with.
    public func setProcessors(
        _ key: String, numbers: [Int], enabled: Bool, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        try apply(try Self.edit(ofProcessors: numbers, enabled), to: key, scope: scope, timeout: timeout)
    }

    static func edit(ofProcessors numbers: [Int], _ enabled: Bool) throws(VMError) -> DomainEdit {
        var all: [UInt32] = []
        for number in numbers {
            guard let exact = UInt32(exactly: number) else {
                throw VMError(.notFound, "invalid argument: vcpu '\(number)' is not present in domain definition")
            }
            all.append(exact)
        }
        return .setProcessors(all, isEnabled: enabled)
    }

    /// Binds a virtual processor, a thread for I/O, or the threads that are neither, to processors of the host.
    public func pin(
        _ key: String, _ target: PinTarget, to processors: CPUSet, scope: ChangeScope = .current
    ) throws(VMError) {
        try apply(.pin(target, processors), to: key, scope: scope)
    }

    // MARK: Threads that serve devices' I/O

    /// Gives a domain one more.
    ///
    /// - Throws: `exists` when it has one of that number.
    public func addIOThread(
        _ key: String, _ number: UInt32, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        guard number > 0 else { throw VMError(.invalidArgument, "Invalid IOThread id value: '0'") }
        try apply(.addIOThread(number), to: key, scope: scope, timeout: timeout)
    }

    /// Takes one away that serves nothing.
    ///
    /// - Throws: `not-found`; `busy` when a device has it.
    public func removeIOThread(
        _ key: String, _ number: UInt32, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        try apply(.removeIOThread(number), to: key, scope: scope, timeout: timeout)
    }

    /// Sets how one works.
    public func setIOThread(
        _ key: String, _ number: UInt32, _ settings: IOThreadSettings, scope: ChangeScope = .current,
        timeout: Duration = patience
    ) throws(VMError) {
        try apply(.setIOThread(number, settings), to: key, scope: scope, timeout: timeout)
    }

    // MARK: Disks

    /// A disk's limits.
    public func blockLimits(_ key: String, disk: String, config: Bool = false) throws(VMError) -> IOTune {
        let domain = try domain(key, inactive: config)
        return domain.devices.disks[try domain.disk(disk)].iotune ?? IOTune()
    }

    /// Sets a disk's limits, all of them.
    public func setBlockLimits(
        _ key: String, disk: String, _ limits: IOTune, scope: ChangeScope, timeout: Duration = patience
    ) throws(VMError) {
        try limits.checkLimits()
        try apply(.setBlockLimits(disk: disk, limits), to: key, scope: scope, timeout: timeout)
    }

    // MARK: Policies and displays

    /// Decides anew what becomes of a machine when its guest powers off, reboots or crashes; a running machine's
    /// supervisor keeps to it from now on.
    ///
    /// - Throws: `invalid-xml` when the actions don't go together.
    public func setLifecycleAction(
        _ key: String, _ action: LifecycleActionChange, scope: ChangeScope = .current, timeout: Duration = patience
    ) throws(VMError) {
        try apply(.setLifecycleAction(action), to: key, scope: scope, timeout: timeout)
    }

    /// Sets the password of a display, and until when it holds: `never`, `now`, or a time such as
    /// `2027-01-01T00:00:00`.
    public func setDisplayPassword(
        _ key: String, _ password: String, type: Graphics.Kind = .vnc, validTo: String? = nil,
        timeout: Duration = patience
    ) throws(VMError) {
        try apply(.setDisplayPassword(type, password, validTo: validTo), to: key, scope: .live, timeout: timeout)
    }

    static var notRunning: VMError {
        VMError(.wrongState, "Requested operation is not valid: domain is not running")
    }
}
