package import QEMULauncher
public import VMCore
public import VMDomain
public import VMXML

/// One change of what a domain is: of its stored definition, of the running machine, or of both.
///
/// A value, so that both are changed by the same words: the manager applies it to the stored definition with
/// ``apply(to:)``, and sends it to the machine's supervisor, which carries it out and applies it to the live definition.
public enum DomainEdit: Sendable {
    /// Adds the device of the document, which holds one.
    case attach(Devices)
    case detach(DeviceSelection)
    /// Changes the device that the document describes to what it says.
    case update(Devices, force: Bool)
    /// Changes the medium of a drive; without a target of the only one that can be meant.
    case changeMedia(target: String?, MediaChange, force: Bool)
    /// Plugs a network card's cable in or out; the card by its MAC address, its host device or its alias.
    case setLink(interface: String, isUp: Bool)
    /// Has ports of the host lead to a network card, or no longer; nil is the only card that is fit for it.
    case forward([ForwardedPort], interface: String?, isRemoved: Bool)
    /// How much of its memory the guest is to use, in bytes; a running machine's balloon sees to it.
    case setMemory(bytes: UInt64)
    /// How much memory the machine has, in bytes; for the stored definition only.
    case setMaximumMemory(bytes: UInt64)
    /// How often the guest is asked for its use of memory, in seconds; 0 never.
    case setMemoryStatisticsPeriod(seconds: UInt32)
    /// All limits of a disk.
    case setBlockLimits(disk: String, IOTune)
    /// The parameters of a group that are named; the others stay as they are.
    case tune(TuningGroup, [TypedParameter])
    /// How many processors the machine has, or with `isMaximum` can have, which is for the stored definition only.
    case setProcessorCount(UInt32, isMaximum: Bool)
    /// Plugs processors of these numbers in or out.
    case setProcessors([UInt32], isEnabled: Bool)
    case addIOThread(UInt32)
    case removeIOThread(UInt32)
    case setIOThread(UInt32, IOThreadSettings)
    case setLifecycleAction(LifecycleActionChange)
    /// The password of the first display of that type, and until when it holds: `never`, `now`, seconds since 1970, or a
    /// time such as `2027-01-01T00:00:00`. For the running machine only.
    case setDisplayPassword(Graphics.Kind, String, validTo: String?)
    /// Binds threads of the machine to processors of the host.
    case pin(PinTarget, CPUSet)
    /// Nil removes it.
    case setTitle(String?)
    case setDescription(String?)
    /// An application's own element below `<metadata>`; nil removes it.
    case setMetadata(XMLTree?, uri: String, prefix: String?)
}

/// Which device of a domain is meant.
public enum DeviceSelection: Sendable {
    /// The one that a document describes, which holds one device.
    case like(Devices)
    case alias(String)

    /// - Throws: `not-found`; `invalid-argument` when several fit.
    package func place(in domain: Domain) throws(VMError) -> DevicePlace {
        switch self {
        case .like(let document): return try DevicePlace(of: document, in: domain)
        case .alias(let alias):
            guard let place = DevicePlace(alias: alias, in: domain) else {
                throw VMError(
                    .notFound, "no device found with alias \(alias)", libvirt: .init(.deviceMissing))
            }
            return place
        }
    }
}

/// What is done with the medium of a drive.
public enum MediaChange: Sendable, Hashable {
    case eject
    /// Puts a medium into an empty drive.
    case insert(path: String)
    /// Replaces whatever is in it.
    case update(path: String)

    /// The medium that is in the drive afterwards.
    package var path: String? {
        switch self {
        case .eject: nil
        case .insert(let path), .update(let path): path
        }
    }
}

/// What became of a drive.
public struct MediaResult: Sendable, Hashable {
    /// The domain's name.
    public var name: String
    /// The drive, `sda`.
    public var target: String
    /// The medium that was in it.
    public var before: String?
    /// The medium that is in it now.
    public var after: String?

    package init(name: String, target: String, before: String?, after: String?) {
        self.name = name
        self.target = target
        self.before = before
        self.after = after
    }
}

/// What becomes of a machine at an event of its life: `<on_poweroff>`, `<on_reboot>`, `<on_crash>`.
public enum LifecycleActionChange: Sendable, Hashable {
    case poweroff(LifecycleAction)
    case reboot(LifecycleAction)
    case crash(CrashAction)
}

/// What can be bound to processors of the host.
public enum PinTarget: Sendable, Hashable {
    case vcpu(Int)
    case emulator
    case iothread(Int)
}
