import Foundation
import Testing
import VMCore
import VMDomain
@testable import VMSnapshot
import VMStore

@Suite("Trees and stores of snapshots")
struct SnapshotTreeTests {
    private func record(
        _ name: String, _ parent: String?, state: SnapshotState = .shutoff, external: Bool = false
    ) -> SnapshotRecord {
        var snapshot = DomainSnapshot()
        snapshot.name = name
        snapshot.parent = parent.map { SnapshotParent($0) }
        snapshot.state = state
        snapshot.creationTime = 1
        snapshot.disks = [SnapshotDisk("vda", external ? .external : .internal)]
        return SnapshotRecord(name: name, snapshot: snapshot, parent: parent, isCurrent: false, generation: 1)
    }

    private var tree: SnapshotTree {
        SnapshotTree([
            record("c", "b", state: .running), record("a", nil), record("b", "a"), record("d", "a", external: true),
            record("e", nil, state: .diskSnapshot, external: true),
        ])
    }

    @Test("lists go by relation, by place and by state")
    func filters() {
        func names(_ filter: SnapshotFilter, from: String? = nil) -> [String] {
            tree.list(filter, from: from).map(\.name)
        }
        #expect(names([]) == ["a", "b", "c", "d", "e"])
        #expect(names(.roots) == ["a", "e"])
        #expect(names(.leaves) == ["c", "d", "e"])
        #expect(names(.noLeaves) == ["a", "b"])
        #expect(names(.external) == ["d", "e"])
        #expect(names(.internal) == ["a", "b", "c"])
        #expect(names(.active) == ["c"])
        #expect(names(.diskOnly) == ["e"])
        #expect(names(.inactive) == ["a", "b", "d"])
        #expect(names(.noMetadata) == [])
        #expect(names([], from: "a") == ["b", "d"])
        #expect(names(.descendants, from: "a") == ["b", "c", "d"])
        let order = names(.topological)
        #expect(order.firstIndex(of: "b") ?? 9 < order.firstIndex(of: "c") ?? 0)
    }

    @Test("documents that name each other as parents end in no circle")
    func circle() {
        let tree = SnapshotTree([record("a", "b"), record("b", "a")])
        #expect(tree.descendants(of: "a").map(\.name) == ["b"])
        #expect(tree.ancestors(of: "a").map(\.name) == ["a", "b"])
        #expect(self.tree.wouldLoop("a", below: "c"))
        #expect(!self.tree.wouldLoop("d", below: "c"))
    }

    @Test("a store keeps documents, the current one, and what was removed in its trash")
    func store() throws {
        let root =
            FileManager.default.temporaryDirectory.path + "/snapshots-\(ProcessInfo.processInfo.globallyUniqueString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        let store = SnapshotStore(UserPaths(root: root), .random())
        #expect(store.isEmpty)
        #expect(store.current == nil)
        for name in ["one", "two"] { try store.put(record(name, name == "two" ? "one" : nil).snapshot) }
        try store.setCurrent("two")
        #expect(try store.all().map(\.name) == ["one", "two"])
        #expect(try store.get("two").isCurrent)
        #expect(try store.get("two").parent == "one")
        try store.put(record("one", nil, state: .running).snapshot)
        #expect(try store.get("one").snapshot.state == .running)
        do throws(VMError) {
            _ = try store.get("tow")
            Issue.record("there is no such snapshot")
        } catch {
            #expect(error.libvirt.number == .noDomainSnapshot)
            #expect(error.remedy?.text.contains("two") == true)
        }
        try store.remove("two")
        #expect(store.current == nil)
        #expect(try store.documents.discarded().map(\.name) == ["two"])
    }
}
