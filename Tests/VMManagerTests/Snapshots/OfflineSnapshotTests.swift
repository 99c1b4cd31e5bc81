import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMManager
import VMSnapshot

/// Snapshots of machines that don't run.
@Suite("Snapshots of machines that don't run", .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct OfflineSnapshotTests {
    @Test("internal: made, gone back to, deleted")
    func inside() throws {
        let bench = try SnapshotBench()
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("b.qcow2"))
        try bench.define("in", bench.disk(a, "vda") + bench.disk(b, "vdb"))
        for path in [a, b] { try bench.write(1, to: path) }
        let first = try bench.snapshot("in", "one")
        #expect(first.isCurrent && first.snapshot.isInternal && first.snapshot.state == .shutoff)
        for path in [a, b] { try bench.write(2, to: path) }
        try bench.snapshot("in", "two")
        for path in [a, b] { try bench.write(3, to: path) }
        #expect(try bench.manager.snapshot("in", "two").parent == "one")
        try bench.checkWhole("in")
        let error = #expect(throws: VMError.self) { try bench.snapshot("in", "two") }
        #expect(error?.libvirt == LibvirtError(.operationFailed, in: .domain))
        let plan = try bench.manager.revertPlan("in", to: "one")
        #expect(Set(plan.steps.map(\.path)) == [a, b] && plan.steps.allSatisfy { $0.change == .change })
        #expect(try bench.holds(3, a))
        try bench.manager.revert("in", to: "one")
        #expect(try all(bench.holds(1, a), bench.holds(1, b)))
        #expect(try bench.manager.currentSnapshot("in").name == "one")
        try bench.manager.revert("in", to: "two")
        #expect(try all(bench.holds(2, a), bench.holds(2, b)))
        try bench.manager.deleteSnapshot("in", "one")
        #expect(try bench.names("in") == ["two"])
        #expect(try bench.manager.snapshot("in", "two").parent == nil)
        #expect(try bench.holds(2, a))
        try bench.checkWhole("in")
    }

    @Test("internal: one whose name is another one's number is gone back to all the same")
    func numbers() throws {
        let bench = try SnapshotBench()
        let image = try bench.image("a.qcow2")
        try bench.define("in", bench.disk(image, "vda"))
        // The first gets the number 1, the second 2.
        for (pattern, name) in [(1, "2"), (2, "1")] {
            try bench.write(pattern, to: image)
            try bench.snapshot("in", name)
        }
        try bench.write(3, to: image)
        try bench.manager.revert("in", to: "1")
        #expect(try bench.holds(2, image))
        try bench.manager.revert("in", to: "2")
        #expect(try bench.holds(1, image))
    }

    @Test("internal: an image that another domain's disk builds on isn't gone back with, wherever that one lies")
    func strangers() throws {
        let bench = try SnapshotBench()
        let image = try bench.image("a.qcow2")
        try bench.define("in", bench.disk(image, "vda"))
        try bench.write(1, to: image)
        try bench.snapshot("in", "one")
        try bench.write(2, to: image)
        try bench.define("other", bench.disk(image, "vda"))
        let error = #expect(throws: VMError.self) { try bench.manager.revert("in", to: "one") }
        #expect(error?.message.contains("'other'") == true)
        #expect(try bench.holds(2, image))
    }

    @Test("external: a chain of images, back to each, deleted from the middle and the end")
    func outside() throws {
        let bench = try SnapshotBench()
        let base = try bench.image("disk.img", format: "raw")
        try bench.define("out", bench.disk(base, "vda", format: "raw"))
        try bench.write(1, to: base, format: "raw")
        try bench.snapshot("out", "one", .diskOnly)
        let one = try bench.top("out")
        #expect(one == bench.folder + "/disk.one")
        try bench.write(2, to: one)
        try bench.snapshot("out", "two", .diskOnly)
        let two = try bench.top("out")
        try bench.write(3, to: two)
        try bench.snapshot("out", "three", .diskOnly)
        let three = try bench.top("out")
        try bench.write(4, to: three)
        try bench.checkWhole("out")
        // The middle one goes: what is above it comes down.
        let plan = try bench.manager.deletionPlan("out", "two")
        #expect(plan.steps.contains { $0.change == .merge && $0.path == one })
        #expect(plan.steps.contains { $0.change == .unlink && $0.path == two })
        try bench.manager.deleteSnapshot("out", "two")
        #expect(try bench.names("out") == ["one", "three"])
        #expect(!Files.exists(two))
        #expect(try all(bench.holds(4, three), bench.holds(3, one)))
        try bench.checkWhole("out", "without the middle")
        // Back to what 'three' kept, and the images that it needs are as they were.
        try bench.manager.revert("out", to: "three")
        let top = try bench.top("out")
        #expect(top != three && !Files.exists(three))
        #expect(try bench.holds(3, top))
        try bench.write(9, to: top)
        try bench.manager.revert("out", to: "one")
        #expect(!Files.exists(top))
        #expect(try all(bench.holds(1, bench.top("out")), bench.holds(1, base, format: "raw")))
        try bench.manager.revert("out", to: "three")
        #expect(try bench.holds(3, bench.top("out")))
        try bench.checkWhole("out", "back again")
        // Both at the end.
        try bench.manager.deleteSnapshot("out", "one", .children)
        #expect(try bench.names("out") == [])
        #expect(try bench.holds(3, base, format: "raw"))
        #expect(try bench.top("out") == base)
        try bench.checkWhole("out", "without all")
        let left = try FileManager.default.contentsOfDirectory(atPath: bench.folder).filter { $0.hasPrefix("disk") }
        #expect(left == ["disk.img"])
    }

    @Test("what branches is not merged, and who uses what is named")
    func branches() throws {
        let bench = try SnapshotBench()
        let base = try bench.image("disk.qcow2")
        try bench.define("tree", bench.disk(base, "vda"))
        try bench.snapshot("tree", "one", .diskOnly)
        try bench.snapshot("tree", "two", .diskOnly)
        try bench.manager.revert("tree", to: "one")
        // Two images build on the first one now: that of 'two' and the one of the definition.
        let error = #expect(throws: VMError.self) { try bench.manager.deletionPlan("tree", "one") }
        #expect(error?.message.contains("disk.one") == true, "\(String(describing: error))")
        #expect(error?.libvirt.number == .operationUnsupported)
        try bench.checkWhole("tree")
        // An image of somebody else's that builds on it is noticed, too.
        try bench.manager.deleteSnapshot("tree", "two")
        let foreign = bench.folder + "/foreign.qcow2"
        try bench.tool("qemu-img", ["create", "-q", "-f", "qcow2", "-b", base, "-F", "qcow2", foreign])
        let other = #expect(throws: VMError.self) { try bench.manager.deleteSnapshot("tree", "one") }
        #expect(other?.message.contains("foreign.qcow2") == true)
        try FileManager.default.removeItem(atPath: foreign)
        try bench.manager.deleteSnapshot("tree", "one")
        #expect(try bench.top("tree") == base)
    }

    @Test("kinds aren't mixed, and what can't be is refused before anything is done")
    func refusals() throws {
        let bench = try SnapshotBench()
        let (a, raw) = (try bench.image("a.qcow2"), try bench.image("b.img", format: "raw"))
        try bench.define("no", bench.disk(a, "vda") + bench.disk(raw, "vdb", format: "raw"))
        func refusal(_ name: String, _ flags: SnapshotCreation, _ body: String = "") -> VMError? {
            #expect(throws: VMError.self) { try bench.snapshot("no", name, flags, body) }
        }
        #expect(refusal("x", [])?.libvirt.number == .configurationUnsupported)
        #expect(
            refusal("x", [], "<disks><disk name='vdx' snapshot='no'/></disks>")?.libvirt
                == LibvirtError(.configurationUnsupported, in: .domainSnapshot))
        #expect(
            refusal("x", [], "<memory snapshot='internal'/>")?.libvirt == LibvirtError(.xmlError, in: .domainSnapshot))
        #expect(refusal("x", .quiesce, "<disks><disk name='vdb' snapshot='no'/></disks>") != nil)
        _ = FileManager.default.createFile(atPath: bench.folder + "/a.x", contents: Data("mine".utf8))
        #expect(refusal("x", .diskOnly)?.libvirt.number == .configurationUnsupported)
        #expect(FileManager.default.contents(atPath: bench.folder + "/a.x") == Data("mine".utf8))
        #expect(!Files.exists(bench.folder + "/b.x"))
        try bench.snapshot("no", "inside", [], "<disks><disk name='vdb' snapshot='no'/></disks>")
        #expect(refusal("y", .diskOnly)?.libvirt.number == .operationUnsupported)
        #expect(try bench.manager.undefinePlanRefusal("no")?.libvirt.number == .operationInvalid)
        var request = UndefineRequest()
        request.forgetsSnapshots = true
        let result = try bench.manager.undefine("no", request)
        #expect(result.failures.isEmpty)
        #expect(Files.exists(a) && Files.exists(raw))
    }

    @Test("documents come back with redefine, keep their order after a new name, and make no circle")
    func documents() throws {
        let bench = try SnapshotBench()
        try bench.define("doc", bench.disk(try bench.image("a.qcow2"), "vda"))
        try bench.snapshot("doc", "one")
        try bench.snapshot("doc", "two")
        let xml = try bench.manager.snapshotXML("doc", "one")
        try bench.manager.rename("doc", to: "renamed")
        #expect(try bench.names("renamed") == ["one", "two"])
        try bench.manager.deleteSnapshot("renamed", "one", .metadataOnly)
        #expect(try bench.names("renamed") == ["two"])
        let document = try DomainSnapshot.checked(Array(xml.utf8), isRedefinition: true)
        try bench.manager.createSnapshot("renamed", document, [.redefine, .current])
        #expect(try bench.manager.currentSnapshot("renamed").name == "one")
        var circle = try bench.manager.snapshot("renamed", "one").snapshot
        circle.parent = SnapshotParent("one")
        let error = #expect(throws: VMError.self) { try bench.manager.createSnapshot("renamed", circle, .redefine) }
        #expect(error?.libvirt.number == .invalidArgument)
        try bench.manager.revert("renamed", to: "one")
        #expect(try bench.manager.definition("renamed").name == "renamed")
        #expect(try bench.manager.list([.inactive, .hasSnapshot]).map(\.name) == ["renamed"])
        #expect(try bench.manager.list([.inactive, .noSnapshot]).isEmpty)
    }

    @Test("many layers: a machine starts on a long chain, and verify sees what is missing")
    func layers() throws {
        let bench = try SnapshotBench()
        let base = try bench.image("disk.qcow2")
        try bench.define("deep", bench.disk(base, "vda"))
        for number in 1...30 { try bench.snapshot("deep", "s\(number)", .diskOnly) }
        try bench.manager.start("deep")
        try bench.manager.destroy("deep")
        try bench.checkWhole("deep")
        rename(bench.folder + "/disk.s7", bench.folder + "/away")
        let broken = try bench.manager.verifySnapshots("deep").filter { $0.problem != nil }
        #expect(broken.contains { $0.snapshot == "s8" })
        #expect(!broken.contains { $0.snapshot == "s7" })
    }
}

extension VMManager {
    fileprivate func undefinePlanRefusal(_ name: String) throws -> VMError? {
        do throws(VMError) {
            _ = try undefinePlan(name, .init())
            return nil
        } catch { return error }
    }
}
