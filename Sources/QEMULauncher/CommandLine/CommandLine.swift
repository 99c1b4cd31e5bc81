public import VMCore
public import VMDomain
internal import VMJSON
internal import VMXML

/// The whole command line of a planned domain, as data.
public struct CommandLine: Sendable {
    /// All options in the order in which libvirt gives them.
    public var options: [QEMUOption]
    /// Where in ``options`` the monitor belongs: the place for `-readconfig`, or for the monitor's own options.
    public var monitorIndex: Int
    /// How options are written for this QEMU.
    public var syntax: ArgvSyntax

    /// Builds the options of a domain that planning has completed: with addresses and aliases everywhere.
    ///
    /// A pure function: the same domain, capabilities and host facts give the same options.
    /// - Throws: `unsupported` for what this QEMU can't do.
    public static func build(
        _ domain: Domain, capabilities: Capabilities, host: HostFacts
    ) throws(VMError) -> CommandLine {
        try CommandLineBuilder(context: BuildContext(domain: domain, capabilities: capabilities, host: host)).build()
    }

    /// The arguments after `argv[0]`.
    ///
    /// - Parameter monitor: Where QEMU's monitor listens, when its options are to be on the command line.
    public func arguments(monitor: MonitorConfig? = nil) throws(VMError) -> [String] {
        var all = options
        if let monitor { all.insert(contentsOf: monitor.options, at: monitorIndex) }
        return try ArgvPrinter(syntax: syntax).print(all)
    }
}

/// Puts a domain's options into order.
struct CommandLineBuilder {
    let context: BuildContext

    private var domain: Domain { context.domain }
    private var devices: Devices { context.domain.devices }

    func build() throws(VMError) -> CommandLine {
        var options = try head()
        let monitorIndex = options.count
        options += try middle()
        options += try hardware()
        options += try tail()
        apply(domain.qemuOverride, to: &options)
        return CommandLine(options: options, monitorIndex: monitorIndex, syntax: context.capabilities.argvSyntax)
    }

    /// What the machine is, up to the monitor.
    private func head() throws(VMError) -> [QEMUOption] {
        var options = GeneralOptions.name(context)
        options += reservationHelper()
        options += try FirmwareOptions.blockNodes(context)
        options += try MachineOptions.machine(context)
        options += try MachineOptions.accelerator(context)
        options += MachineOptions.tseg(context)
        options += try CPUOptions.make(context)
        options += FirmwareOptions.loader(context)
        options += try MemoryOptions.memory(context)
        for enclave in devices.memories where enclave.model == .sgxEPC {
            options += try MemoryDeviceOptions.make(enclave, context)
        }
        options += MemoryOptions.processors(context)
        options += IOThreadOptions.all(context)
        options += GeneralOptions.throttleGroups(context)
        options += try NUMAOptions.all(context)
        options += GeneralOptions.uuid(context)
        options += GeneralOptions.systemInformation(context)
        if GraphicsOptions.needsNoDisplay(devices.graphics) {
            options.append(QEMUOption(.display, ["type": "none"]))
        }
        options.append(QEMUOption(flag: .noUserConfig))
        options.append(QEMUOption(flag: .noDefaults))
        return options
    }

    private func middle() throws(VMError) -> [QEMUOption] {
        var options = try GeneralOptions.clock(context)
        options += GeneralOptions.shutdown(context)
        options += GeneralOptions.power(context)
        options += GeneralOptions.boot(context)
        for iommu in devices.iommus { options += try IOMMUOptions.make(iommu, context) }
        options += try ControllerOptions.all(context)
        for memory in devices.memories where memory.model != .sgxEPC {
            options += try MemoryDeviceOptions.make(memory, context)
        }
        for hub in devices.hubs { options += try InputOptions.hub(hub, context) }
        return options
    }

    private func hardware() throws(VMError) -> [QEMUOption] {
        var options = IOMMUFDOptions.make(context)
        for index in devices.disks.indices { options += try DiskOptions.make(index, context) }
        for filesystem in devices.filesystems { options += try FilesystemOptions.make(filesystem, context) }
        for index in devices.interfaces.indices { options += try InterfaceOptions.make(index, context) }
        for card in devices.smartcards { options += try SmartcardOptions.make(card, context) }
        for serial in devices.serials { options += try SerialOptions.make(serial, context) }
        for parallel in devices.parallels { options += try ParallelOptions.make(parallel, context) }
        for channel in devices.channels { options += try ChannelOptions.make(channel, context) }
        for console in devices.consoles { options += try ConsoleOptions.make(console, context) }
        for tpm in devices.tpms { options += try TPMOptions.make(tpm, context) }
        for input in devices.inputs { options += try InputOptions.make(input, context) }
        options += devices.audios.map(AudioOptions.make)
        for graphics in devices.graphics { options += try GraphicsOptions.make(graphics, context) }
        for (index, video) in devices.videos.enumerated() {
            options += try VideoOptions.make(video, isFirst: index == 0, context)
        }
        for sound in devices.sounds { options += try SoundOptions.make(sound, context) }
        options += try WatchdogOptions.all(context)
        for device in devices.redirectedDevices { options += try RedirectionOptions.make(device, context) }
        for device in devices.hostDevices { options += try HostDeviceOptions.make(device, context) }
        return options
    }

    private func tail() throws(VMError) -> [QEMUOption] {
        var options: [QEMUOption] = []
        if let balloon = devices.memoryBalloon { options += try BalloonOptions.make(balloon, context) }
        for rng in devices.rngs { options += try RandomOptions.make(rng, context) }
        if let nvram = devices.nonVolatileMemory { options += FirmwareStoreOptions.nonVolatileMemory(nvram) }
        options += GeneralOptions.vmcoreinfo(context)
        options += FirmwareStoreOptions.generationID(context)
        options += LaunchSecurityOptions.make(context)
        options += GeneralOptions.sandbox(context)
        for panic in devices.panics { options += try PanicOptions.make(panic, context) }
        for memory in devices.sharedMemories { options += try SharedMemoryOptions.make(memory, context) }
        if let vsock = devices.vsock { options += try VSockOptions.make(vsock, context) }
        for crypto in devices.cryptos { options += try CryptoOptions.make(crypto, context) }
        if let store = devices.persistentStore { options += try FirmwareStoreOptions.persistentStore(store, context) }
        options += GeneralOptions.asyncTeardown(context)
        options += GeneralOptions.passthrough(context)
        options.append(QEMUOption(.msg, ["timestamp": true]))
        return options
    }

    /// The daemon that takes SCSI reservations for disks whose reservations are managed.
    private func reservationHelper() -> [QEMUOption] {
        var options: [QEMUOption] = []
        let managed = devices.disks.first { $0.source.reservations?.managed == .yes }
        if let managed {
            options.append(
                QEMUOption(
                    .object,
                    [
                        "qom-type": "pr-manager-helper", "id": "pr-helper0",
                        "path": .string(context.host.folders.machine + "/pr-helper0.sock"),
                    ], from: managed.origin))
        }
        for (index, disk) in devices.disks.enumerated() {
            guard let own = disk.source.reservations, own.managed != .yes,
                let image = context.nodes.chain(index).images.first?.image
            else { continue }
            let path = own.source?.path ?? ""
            options.append(
                QEMUOption(
                    .object,
                    [
                        "qom-type": "pr-manager-helper", "id": .string("pr-helper-libvirt-\(image)-storage"),
                        "path": .string(path),
                    ], from: disk.origin))
        }
        return options
    }

    /// `<qemu:override>`: the user's last word on properties of devices.
    private func apply(_ overrides: [QEMUDeviceOverride], to options: inout [QEMUOption]) {
        for override in overrides {
            for index in options.indices
            where options[index].name == .device && options[index].id == override.alias {
                for property in override.frontend {
                    guard let name = property.name else { continue }
                    options[index][name] = property.json
                }
            }
        }
    }
}

extension QEMUDeviceOverride.Property {
    /// The value in its type; nil removes the property.
    fileprivate var json: JSONValue? {
        let text = value ?? ""
        switch type {
        case .string, nil: return .string(text)
        case .signed: return Int64(text).map { .integer($0) } ?? .string(text)
        case .unsigned: return UInt64(text).map { JSONValue($0) } ?? .string(text)
        case .bool: return .bool(text == "true")
        case .remove: return nil
        }
    }
}
