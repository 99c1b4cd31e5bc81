import Foundation
import TestBench
import TestNeeds
import Testing
import VMCore
import VMDomain
import VMJSON
import VMManager
import VMSnapshot

/// Snapshots of machines that run.
@Suite("Snapshots of machines that run", .serialized, .needs(.qemu, .qemuImg), .timeLimit(.minutes(40)))
struct LiveSnapshotTests {
    @Test("internal with memory: made, gone back to, deleted", arguments: LiveBench.emulators)
    func inside(emulator: String) throws {
        let bench = try SnapshotBench()
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("b.qcow2"))
        try bench.define("in", bench.disk(a, "vda") + bench.disk(b, "vdb"), emulator: emulator)
        let manager = bench.manager
        try manager.start("in")
        try bench.write(1, live: "in")
        let record = try bench.snapshot("in", "one")
        #expect(record.snapshot.state == .running && record.snapshot.memory?.snapshot == .internal)
        #expect(record.snapshot.inactiveDomain != nil)
        #expect(try manager.status("in").state == .running)
        try bench.write(2, live: "in")
        try bench.snapshot("in", "two")
        try bench.checkWhole("in", "running")
        try manager.revert("in", to: "one")
        var state = try manager.status("in")
        #expect(state.state == .running && state.reason == .restored)
        try bench.checkWhole("in", "gone back")
        try manager.deleteSnapshot("in", "two")
        #expect(try bench.names("in") == ["one"])
        try manager.revert("in", to: "one", .paused)
        state = try manager.status("in")
        #expect(state.state == .paused)
        try manager.destroy("in")
        #expect(try bench.holds(1, a))
        let inside = try bench.tool("qemu-img", ["snapshot", "-l", a]).text
        #expect(inside.contains("one") && !inside.contains("two"))
        try bench.checkWhole("in")
    }

    @Test(
        "the disks alone: new images at once, also with a disk that came while it ran", arguments: LiveBench.emulators)
    func diskOnly(emulator: String) throws {
        let bench = try SnapshotBench()
        let (a, b) = (try bench.image("a.qcow2"), try bench.image("b.img", format: "raw"))
        try bench.define("out", bench.disk(a, "vda"), emulator: emulator)
        let manager = bench.manager
        try manager.start("out")
        let scsi = bench.disk(b, "sda", format: "raw").replacingOccurrences(of: "bus='virtio'", with: "bus='scsi'")
        try manager.attachDevice("out", bench.live.device(scsi), scope: .init(persistent: true))
        try bench.write(1, live: "out")
        try bench.snapshot("out", "one", .diskOnly)
        #expect(try manager.snapshot("out", "one").snapshot.state == .diskSnapshot)
        try bench.write(2, live: "out")
        try bench.checkWhole("out", "running")
        try bench.snapshot("out", "two", .diskOnly)
        try bench.write(3, live: "out")
        let live = try manager.xml("out")
        #expect(live.contains("a.two") && live.contains("<backingStore") && live.contains("b.two"))
        #expect(try manager.xml("out", inactive: true).contains("a.two"))
        // Its nodes leave with it, all of them.
        let now = try bench.top("out", "sda")
        let device = bench.disk(now, "sda").replacingOccurrences(of: "bus='virtio'", with: "bus='scsi'")
        try manager.detachDevice("out", bench.live.device(device), scope: .live)
        try eventually("its nodes are gone", within: .seconds(30)) {
            try !bench.live.nodes("out").contains { name in
                ["2", "4", "6"].contains { name.hasPrefix("libvirt-\($0)-") }
            }
        }
        try manager.destroy("out")
        #expect(try all(bench.holds(1, a), bench.holds(2, bench.folder + "/a.one"), bench.holds(3, bench.top("out"))))
        try bench.checkWhole("out", "ended")
        try manager.start("out")
        try manager.destroy("out")
        try manager.revert("out", to: "one", .running)
        #expect(try manager.status("out").state == .running)
        try manager.destroy("out")
        #expect(try bench.holds(1, bench.top("out")))
        try bench.checkWhole("out", "gone back")
    }

    @Test("memory in a file: the machine goes on, and goes back to it", arguments: LiveBench.emulators, [false, true])
    func memory(emulator: String, isLive: Bool) throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("mem", bench.disk(a, "vda"), emulator: emulator)
        let manager = bench.manager
        try manager.start("mem")
        try bench.write(1, live: "mem")
        let file = bench.folder + "/memory"
        let body = "<memory snapshot='external' file='\(file)'/>"
        let record = try bench.snapshot("mem", "one", isLive ? .live : [], body)
        #expect(record.snapshot.isExternal && record.snapshot.state == .running)
        #expect(Files.exists(file) && !Files.exists(file + ".part"))
        #expect(try manager.status("mem").state == .running)
        try bench.write(2, live: "mem")
        try bench.checkWhole("mem", "running")
        let plan = try manager.revertPlan("mem", to: "one")
        #expect(plan.endsMachine && plan.stateAfter == "running")
        try manager.revert("mem", to: "one")
        #expect(try manager.status("mem").reason == .restored)
        try bench.checkWhole("mem", "gone back")
        try bench.snapshot("mem", "two", .halt.union(.diskOnly))
        #expect(try manager.status("mem").state == .shutOff)
        #expect(try bench.holds(1, a))
        try manager.deleteSnapshot("mem", "one", .children)
        #expect(!Files.exists(file))
        #expect(try bench.names("mem").isEmpty)
        try bench.checkWhole("mem", "deleted")
        try manager.start("mem")
    }

    @Test("firmware variables belong to it, and come back")
    func variables() throws {
        let bench = try SnapshotBench()
        let (code, template) = ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd")
        guard Files.exists(code), Files.exists(template) else { return }
        let vars = bench.folder + "/vars.fd"
        let a = try bench.image("a.qcow2")
        try bench.define(
            "uefi", bench.disk(a, "vda"),
            os: "<loader readonly='yes' type='pflash'>\(code)</loader><nvram template='\(template)'>\(vars)</nvram>")
        let manager = bench.manager
        try manager.start("uefi", paused: true)
        let before = try Files.read(vars, limit: 1 << 28)
        let record = try bench.snapshot("uefi", "one")
        #expect(record.snapshot.nvram?.snapshot == .copy)
        try manager.destroy("uefi")
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: vars))
        try file.write(contentsOf: Data(repeating: 7, count: 4096))
        try file.close()
        try manager.revert("uefi", to: "one")
        #expect(try manager.status("uefi").state == .paused)
        #expect(try Files.read(vars, limit: 1 << 28) == before)
        try manager.destroy("uefi")
        try bench.checkWhole("uefi")
        try manager.deleteSnapshot("uefi", "one")
        #expect(!Files.exists(record.snapshot.nvram?.file ?? ""))
    }

    @Test("without an agent nothing is frozen, and nothing is made")
    func quiesce() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("still", bench.disk(a, "vda"))
        try bench.manager.start("still")
        let error = #expect(throws: VMError.self) { try bench.snapshot("still", "one", [.diskOnly, .quiesce]) }
        #expect(error?.libvirt.number == .argumentUnsupported)
        #expect(try bench.top("still") == a)
        #expect(!Files.exists(bench.folder + "/a.one"))
        #expect(try bench.names("still").isEmpty)
        try bench.checkWhole("still")
    }

    @Test("images that are there already are used as they are")
    func reuse() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("re", bench.disk(a, "vda"))
        try bench.manager.start("re")
        let mine = bench.folder + "/mine.qcow2"
        let body = "<disks><disk name='vda' snapshot='external'><source file='\(mine)'/></disk></disks>"
        #expect(throws: VMError.self) { try bench.snapshot("re", "one", [.diskOnly, .reuseExternal], body) }
        try bench.tool(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-u", "-b", "/elsewhere", "-F", "qcow2", mine, "8M"])
        #expect(throws: VMError.self) { try bench.snapshot("re", "one", [.diskOnly, .reuseExternal], body) }
        try bench.tool("qemu-img", ["rebase", "-q", "-u", "-f", "qcow2", "-b", a, "-F", "qcow2", mine])
        try bench.snapshot("re", "one", [.diskOnly, .reuseExternal], body)
        #expect(try bench.top("re") == mine)
        try bench.manager.destroy("re")
        try bench.checkWhole("re")
        // It was not made here, so it isn't removed here.
        try bench.manager.revert("re", to: "one")
        #expect(Files.exists(mine))
    }

    @Test(
        "a file system that is full: the machine runs on, and nothing is left",
        .enabled(if: SmallDisk.isPossible, "needs mounting"))
    func fullDisk() throws {
        let bench = try SnapshotBench()
        let a = try bench.image("a.qcow2")
        try bench.define("full", bench.disk(a, "vda"))
        try bench.manager.start("full")
        let small = try SmallDisk(bench.folder + "/small")
        let body = """
            <memory snapshot='external' file='\(bench.folder)/small/memory'/>
            <disks><disk name='vda' snapshot='external'><source file='\(bench.folder)/small/a.one'/></disk></disks>
            """
        #expect(throws: VMError.self) { try bench.snapshot("full", "one", [], body) }
        #expect(try bench.manager.status("full").state == .running)
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder + "/small").isEmpty)
        #expect(try bench.names("full").isEmpty)
        #expect(try bench.top("full") == a)
        try bench.checkWhole("full")
        try bench.manager.destroy("full")
        withExtendedLifetime(small) {}
    }
}
