import Foundation
import Testing
import VMCore
import VMDomain
import VMJSON
import VMXML

@testable import SupervisorProtocol

@Suite("Jobs of disks, as they are written down and travel")
struct BlockJobRecordTests {
    @Test("an order arrives as it was sent")
    func orders() throws {
        var commit = BlockJobOrder.Commit()
        (commit.base, commit.top) = ("/b", "vda[2]")
        (commit.isShallow, commit.isActive, commit.deletes) = (true, true, true)
        var pull = BlockJobOrder.Pull()
        pull.base = "/b"
        var copy = BlockJobOrder.Copy(destination: "<disk type='file'><source file='/c'/></disk>")
        (copy.isShallow, copy.reusesFile, copy.isTransient, copy.writesSynchronously) = (true, true, true, true)
        (copy.granularity, copy.bufferSize) = (65536, 1 << 40)
        for work in [.commit(commit), .commit(.init()), .pull(pull), .pull(.init()), .copy(copy)]
            as [BlockJobOrder.Work]
        {
            var order = BlockJobOrder("vda", work)
            order.bandwidth = .max
            order.keepsRelative = true
            let request = SupervisorRequest.startBlockJob(order)
            guard
                case .startBlockJob(let read) = try SupervisorRequest(name: request.name, arguments: request.arguments)
            else {
                Issue.record("it is another request")
                continue
            }
            #expect(read == order)
        }
        #expect(throws: VMError.self) {
            try SupervisorRequest(name: "start-block-job", arguments: ["disk": "vda", "id": "1", "work": "melt"])
        }
        #expect(throws: VMError.self) {
            try SupervisorRequest(name: "end-block-job", arguments: ["disk": "vda", "end": "fold"])
        }
    }

    @Test("what is written down of a job is read as it was")
    func record() throws {
        var block = BlockJob(kind: .activeCommit, qemuID: "commit-vda-x")
        (block.bandwidth, block.isReady, block.hasBegun) = (7, true, true)
        block.top = .init(node: "libvirt-1-format", path: "/a")
        block.base = .init(node: "#block1", path: nil)
        (block.outcome, block.failure, block.ending) = ("<devices/>", "no space", .pivot)
        (block.nodes, block.images, block.imageNodes) = (["n"], ["i", "j"], ["k"])
        block.ownFile = BlockJob.FileMark("/")
        block.merged = [BlockJob.FileMark("/tmp")].compactMap { $0 }
        block.removesMerged = true
        var job = MachineJob(id: "1", kind: .init(rawValue: "active-commit"), path: "/b", wasRunning: true)
        job.disk = "vda"
        job.setBlock(block)
        let read = try #require(MachineJob(json: JSONParser.parse(job.json.description)))
        let same = try #require(read.block)
        #expect(same.kind == block.kind && same.qemuID == block.qemuID && same.bandwidth == block.bandwidth)
        #expect(same.isReady == block.isReady)
        #expect(same.top == block.top)
        #expect(same.base == block.base)
        #expect(same.outcome == block.outcome)
        #expect(same.nodes == block.nodes && same.images == block.images && same.imageNodes == block.imageNodes)
        #expect(same.ownFile == block.ownFile)
        #expect(same.merged == block.merged)
        #expect(same.removesMerged == block.removesMerged)
        #expect(same.ending == block.ending)
        #expect(same.hasBegun == block.hasBegun)
        #expect(same.failure == block.failure)
        #expect(same.isTransient == block.isTransient)
        #expect(same == block)
        #expect(read.block == block)
        #expect(BlockJob(json: ["kind": "melt", "qemuID": "x"]) == nil)
    }

    @Test("a definition follows its disk, and only that disk on that image")
    func follow() throws {
        func domain(_ disks: String) throws -> Domain {
            try Domain(
                xml:
                    "<domain type='qemu'><name>a</name><memory>1</memory><os><type>hvm</type></os><devices>\(disks)</devices></domain>",
                options: .lenient)
        }
        let isSame = SourcePaths(UserPaths(root: "/nonexistent")).isSame
        let live = try Disk(
            fragment: """
                <disk type='file'><driver type='raw'/><source file='/new' index='4'/><backingStore/>
                <target dev='vda' bus='virtio'/></disk>
                """)
        var stored = try domain(
            "<disk type='file'><driver name='qemu' type='qcow2' cache='none'/><source file='/old'/>"
                + "<target dev='vda' bus='virtio'/></disk>")
        let outcome1 = stored.follow(live, before: "/old", isSame: isSame)
        #expect(outcome1)
        let disk = stored.devices.disks[0]
        #expect(disk.source.file == "/new" && disk.driver?.type == .raw && disk.driver?.cache == DiskDriver.Cache.none)
        #expect(disk.backingStore == nil && disk.source.index == nil)
        let again = stored.follow(live, before: "/new", isSame: isSame)
        #expect(!again)
        // Somebody has put the disk on another image.
        var other = try domain("<disk type='file'><source file='/third'/><target dev='vda'/></disk>")
        let outcome2 = other.follow(live, before: "/old", isSame: isSame)
        #expect(!outcome2)
        #expect(other.devices.disks[0].source.file == "/third")
        // A volume becomes the file that the disk is in now.
        var volume = try domain(
            "<disk type='volume'><driver type='qcow2'/><source pool='p' volume='old'/><target dev='vda'/></disk>")
        let isFollowed = volume.follow(live, before: "/pool/old", isSame: isSame)
        #expect(isFollowed && volume.devices.disks[0].source.file == "/new")
        #expect(volume.devices.disks[0].source.type == .file)
        // A chain that is written out is written out again.
        var named = try domain(
            "<disk type='file'><driver type='qcow2'/><source file='/old'/><backingStore type='file'>"
                + "<format type='qcow2'/><source file='/mid'/><backingStore type='file'><format type='raw'/>"
                + "<source file='/new'/><backingStore/></backingStore></backingStore><target dev='vda'/></disk>")
        let shorter = try Disk(
            fragment: "<disk type='file'><driver type='qcow2'/><source file='/old'/><backingStore type='file'>"
                + "<format type='raw'/><source file='/new'/><backingStore/></backingStore><target dev='vda'/></disk>")
        let outcome3 = named.follow(shorter, before: "/old", isSame: isSame)
        #expect(outcome3)
        #expect(named.devices.disks[0].chain.map(\.path) == ["/old", "/new"])
        #expect(named.devices.disks[0].backingStore?.format?.type == .raw)
    }
}
