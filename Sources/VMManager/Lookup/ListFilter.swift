public import VMCore

/// Which domains to list: libvirt's `virConnectListAllDomainsFlags`, with libvirt's numbers.
///
/// The flags come in groups. A group of which nothing is given, or everything, leaves nothing out; of the others a domain
/// has to be in one of those given.
public struct ListFilter: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// That have a QEMU.
    public static let active = Self(rawValue: 1 << 0)
    public static let inactive = Self(rawValue: 1 << 1)
    /// That have a stored definition.
    public static let persistent = Self(rawValue: 1 << 2)
    public static let transient = Self(rawValue: 1 << 3)

    public static let running = Self(rawValue: 1 << 4)
    public static let paused = Self(rawValue: 1 << 5)
    public static let shutOff = Self(rawValue: 1 << 6)
    /// In a state that is none of these three.
    public static let otherState = Self(rawValue: 1 << 7)

    public static let managedSave = Self(rawValue: 1 << 8)
    public static let noManagedSave = Self(rawValue: 1 << 9)
    public static let autostart = Self(rawValue: 1 << 10)
    public static let noAutostart = Self(rawValue: 1 << 11)
    public static let hasSnapshot = Self(rawValue: 1 << 12)
    public static let noSnapshot = Self(rawValue: 1 << 13)
    public static let hasCheckpoint = Self(rawValue: 1 << 14)
    public static let noCheckpoint = Self(rawValue: 1 << 15)

    /// All domains.
    public static let all: Self = [.active, .inactive]

    private static let states: Self = [.running, .paused, .shutOff, .otherState]

    /// Which of a group is asked for; nil when it leaves nothing out.
    private func asked(_ group: Self) -> Self? {
        let given = intersection(group)
        return given.isEmpty || given == group ? nil : given
    }

    /// Whether domains with a QEMU, and those without, can pass at all.
    var mayBeActive: Bool { asked(.all) != .inactive }
    var mayBeInactive: Bool { asked(.all) != .active }

    /// Whether the marks of automatic starts have to be looked at.
    var needsMarks: Bool { asked([.autostart, .noAutostart]) != nil }

    /// Whether a domain passes.
    ///
    /// - Parameters:
    ///   - isMarked: whether it is marked for automatic starts; asked only if the filter has to know.
    ///   - hasSave: whether it has a managed save; asked only if the filter has to know.
    ///   - hasSnapshots: whether it has snapshots; asked only if the filter has to know.
    ///   - hasCheckpoints: whether it has checkpoints; asked only if the filter has to know.
    func accepts(
        _ domain: DomainSummary, isMarked: (String) -> Bool, hasSave: (DomainSummary) -> Bool,
        hasSnapshots: (DomainSummary) -> Bool, hasCheckpoints: (DomainSummary) -> Bool = { _ in false }
    ) -> Bool {
        func passes(_ group: Self, _ own: () -> Self) -> Bool { asked(group).map { $0.contains(own()) } ?? true }
        return passes(.all) { domain.state.isActive ? .active : .inactive }
            && passes([.persistent, .transient]) { domain.isPersistent ? .persistent : .transient }
            && passes(Self.states) { Self.flag(of: domain.state) }
            && passes([.hasSnapshot, .noSnapshot]) { hasSnapshots(domain) ? .hasSnapshot : .noSnapshot }
            && passes([.hasCheckpoint, .noCheckpoint]) { hasCheckpoints(domain) ? .hasCheckpoint : .noCheckpoint }
            && passes([.autostart, .noAutostart]) {
                domain.isPersistent && isMarked(domain.name) ? .autostart : .noAutostart
            }
            && passes([.managedSave, .noManagedSave]) { hasSave(domain) ? .managedSave : .noManagedSave }
    }

    private static func flag(of state: DomainState) -> Self {
        switch state {
        case .running: .running
        case .paused: .paused
        case .shutOff: .shutOff
        default: .otherState
        }
    }
}

extension VMManager {
    /// The states of the domains that pass a filter, for those who ask for more of them; broken definitions have none.
    public func states(_ filter: ListFilter) throws(VMError) -> [PublishedState] {
        try list(filter).compactMap { domain in
            domain.problem == nil ? try? status(domain.name) : nil
        }
    }
}
