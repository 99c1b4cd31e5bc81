import Testing
import VMCore

@testable import VMManager

@Suite("Filters of lists")
struct ListFilterTests {
    private static func domain(_ name: String, _ state: DomainState, persistent: Bool = true) -> DomainSummary {
        DomainSummary(name: name, state: state, reason: .unknown, isPersistent: persistent)
    }

    private static let domains = [
        domain("runs", .running), domain("waits", .paused), domain("passing", .running, persistent: false),
        domain("broke", .crashed), domain("sleeps", .suspendedByGuest), domain("off", .shutOff),
        domain("marked", .shutOff), domain("saved", .shutOff), domain("future", .init(rawValue: "hibernating")),
    ]

    private func pass(_ filter: ListFilter) -> [String] {
        Self.domains.filter { domain in
            filter.accepts(
                domain, isMarked: { ["marked", "passing"].contains($0) }, hasSave: { $0.name == "saved" },
                hasSnapshots: { _ in false })
        }.map(\.name)
    }

    @Test("The numbers are libvirt's")
    func numbers() {
        let all: [ListFilter] = [
            .active, .inactive, .persistent, .transient, .running, .paused, .shutOff, .otherState, .managedSave,
            .noManagedSave, .autostart, .noAutostart, .hasSnapshot, .noSnapshot, .hasCheckpoint, .noCheckpoint,
        ]
        #expect(all.map(\.rawValue) == (0..<16).map { 1 << $0 })
    }

    @Test("Nothing, and both of a group, leave nothing out")
    func everything() {
        let names = Self.domains.map(\.name)
        for filter: ListFilter in [
            [], .all, [.persistent, .transient], [.running, .paused, .shutOff, .otherState],
            [.managedSave, .noManagedSave], [.autostart, .noAutostart], [.hasSnapshot, .noSnapshot],
            [.hasCheckpoint, .noCheckpoint], .noSnapshot, .noCheckpoint,
        ] { #expect(pass(filter) == names) }
    }

    @Test("One of each group")
    func single() {
        #expect(pass(.inactive) == ["off", "marked", "saved"])
        #expect(pass(.active) == ["runs", "waits", "passing", "broke", "sleeps", "future"])
        #expect(pass(.transient) == ["passing"])
        #expect(pass(.persistent).count == 8)
        #expect(pass(.running) == ["runs", "passing"])
        #expect(pass(.paused) == ["waits"])
        #expect(pass(.shutOff) == ["off", "marked", "saved"])
        #expect(pass(.otherState) == ["broke", "sleeps", "future"])
        #expect(pass(.managedSave) == ["saved"])
        #expect(pass(.noManagedSave).count == 8)
        // A mark belongs to a stored definition.
        #expect(pass(.autostart) == ["marked"])
        #expect(pass(.noAutostart).count == 8)
        #expect(pass(.hasSnapshot).isEmpty && pass(.hasCheckpoint).isEmpty)
    }

    @Test("Groups narrow each other, flags of one group widen it")
    func together() {
        #expect(pass([.paused, .otherState]) == ["waits", "broke", "sleeps", "future"])
        #expect(pass([.active, .shutOff]).isEmpty)
        #expect(pass([.running, .transient]) == ["passing"])
        #expect(pass([.inactive, .noAutostart, .noManagedSave]) == ["off"])
    }

    @Test("What can't pass isn't read")
    func reading() {
        #expect(ListFilter.active.mayBeActive && !ListFilter.active.mayBeInactive)
        #expect(!ListFilter.inactive.mayBeActive && ListFilter.inactive.mayBeInactive)
        let none: ListFilter = []
        #expect(none.mayBeActive && none.mayBeInactive && !none.needsMarks)
        #expect(ListFilter.noAutostart.needsMarks)
        let both: ListFilter = [.autostart, .noAutostart]
        #expect(!both.needsMarks)
    }
}
