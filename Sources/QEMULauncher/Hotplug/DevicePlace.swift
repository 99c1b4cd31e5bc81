public import VMCore
public import VMDomain
internal import VMXML

/// Where a device stands among a domain's devices.
public struct DevicePlace: Sendable, Hashable {
    let slot: DeviceSlot

    /// The device with that name.
    public init?(alias: String, in domain: Domain) {
        // A console that stands for a serial port has that one's name, and the port comes first.
        guard let slot = domain.devices.aliasSlots.first(where: { domain.devices[aliasOf: $0]?.name == alias }) else {
            return nil
        }
        self.slot = slot
    }

    init(_ slot: DeviceSlot) { self.slot = slot }

    /// The place of the device that a document describes: by name where it gives one, a disk by its target, an interface
    /// by its address, a controller by its number, and anything else by all that the document says of it.
    ///
    /// - Throws: `not-found`; `invalid-argument` when several fit.
    public init(of document: Devices, in domain: Domain) throws(VMError) {
        guard let wanted = document.aliasSlots.first else {
            throw VMError(.unsupported, "this kind of device can't be found in a machine")
        }
        if let alias = document[aliasOf: wanted]?.name {
            guard let place = DevicePlace(alias: alias, in: domain) else {
                throw VMError(
                    .notFound, "device not found: no device with alias '\(alias)'", libvirt: .init(.deviceMissing))
            }
            self = place
            return
        }
        let candidates = domain.devices.aliasSlots.filter { slot in
            slot.isSameKind(as: wanted) && DevicePlace.fits(document, wanted, domain.devices, slot)
        }
        guard let only = candidates.first else { throw DevicePlace.missing(document, wanted) }
        guard candidates.count == 1 else {
            throw VMError(
                .invalidArgument, "multiple devices match \(document.describe(wanted)) found",
                remedy: "name one by its <address>, its <mac> or its <alias>")
        }
        slot = only
    }

    private static func fits(_ document: Devices, _ wanted: DeviceSlot, _ devices: Devices, _ slot: DeviceSlot) -> Bool
    {
        switch (wanted, slot) {
        case (.disk(let a), .disk(let b)): return document.disks[a].target?.dev == devices.disks[b].target?.dev
        case (.interface(let a), .interface(let b)):
            let wanted = document.interfaces[a]
            if let mac = wanted.mac?.address { return mac == devices.interfaces[b].mac?.address }
            return wanted.type == devices.interfaces[b].type
                && (wanted.address == nil || wanted.address == devices.interfaces[b].address)
        case (.controller(let a), .controller(let b)):
            let wanted = document.controllers[a]
            return wanted.type == devices.controllers[b].type && wanted.index ?? 0 == devices.controllers[b].index ?? 0
        default:
            guard let part = document.tree, let whole = devices.only(slot).tree else { return false }
            return whole.holds(part)
        }
    }

    private static func missing(_ document: Devices, _ wanted: DeviceSlot) -> VMError {
        let text =
            switch wanted {
            case .disk(let index): "disk \(document.disks[index].target?.dev ?? "") not found"
            case .interface(let index):
                "no device matching MAC address \(document.interfaces[index].mac?.address.map { "\($0)" } ?? "") found"
            default: "no device found that is as the document says"
            }
        return VMError(.notFound, "device not found: \(text)", libvirt: .init(.deviceMissing))
    }
}

extension DeviceSlot {
    func isSameKind(as other: DeviceSlot) -> Bool { kind == other.kind }

    /// The name of the case without its number.
    private var kind: Substring { "\(self)".prefix { $0 != "(" } }
}

extension Devices {
    /// The only device there is in here, as a tree.
    fileprivate var tree: XMLTree? {
        let text = write(as: "devices")
        return (try? XMLTree.read(Array(text.utf8), file: "-"))?.elements.first
    }

    /// What QEMU is told of a device when it is there, because no option says it.
    func settings(of slot: DeviceSlot) -> [QMPCall] {
        switch slot {
        case .disk(let index): disks[index].settings
        case .interface(let index): interfaces[index].settings
        case .memballoon: memoryBalloon?.settings ?? []
        default: []
        }
    }

    /// One device alone.
    func only(_ slot: DeviceSlot) -> Devices {
        var result = Devices()
        switch slot {
        case .controller(let index): result.controllers = [controllers[index]]
        case .disk(let index): result.disks = [disks[index]]
        case .filesystem(let index): result.filesystems = [filesystems[index]]
        case .interface(let index): result.interfaces = [interfaces[index]]
        case .smartcard(let index): result.smartcards = [smartcards[index]]
        case .serial(let index): result.serials = [serials[index]]
        case .parallel(let index): result.parallels = [parallels[index]]
        case .console(let index): result.consoles = [consoles[index]]
        case .channel(let index): result.channels = [channels[index]]
        case .input(let index): result.inputs = [inputs[index]]
        case .tpm(let index): result.tpms = [tpms[index]]
        case .sound(let index): result.sounds = [sounds[index]]
        case .video(let index): result.videos = [videos[index]]
        case .hostDevice(let index): result.hostDevices = [hostDevices[index]]
        case .redirectedDevice(let index): result.redirectedDevices = [redirectedDevices[index]]
        case .hub(let index): result.hubs = [hubs[index]]
        case .watchdog(let index): result.watchdogs = [watchdogs[index]]
        case .rng(let index): result.rngs = [rngs[index]]
        case .panic(let index): result.panics = [panics[index]]
        case .shmem(let index): result.sharedMemories = [sharedMemories[index]]
        case .memory(let index): result.memories = [memories[index]]
        case .crypto(let index): result.cryptos = [cryptos[index]]
        case .memballoon: result.memoryBalloon = memoryBalloon
        case .nvram: result.nonVolatileMemory = nonVolatileMemory
        case .iommu(let index): result.iommus = [iommus[index]]
        case .vsock: result.vsock = vsock
        case .pstore: result.persistentStore = persistentStore
        }
        return result
    }
}

extension XMLTree {
    /// Whether everything that `part` says is said here too.
    fileprivate func holds(_ part: XMLTree) -> Bool {
        guard name == part.name, part.attributes.allSatisfy({ attribute($0.name) == $0.value }) else { return false }
        return part.children.allSatisfy { wanted in
            switch wanted {
            case .comment: true
            case .text(let text): children.contains(.text(text))
            case .element(let element): elements.contains { $0.holds(element) }
            }
        }
    }
}
