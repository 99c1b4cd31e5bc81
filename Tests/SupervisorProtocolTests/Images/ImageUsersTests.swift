import Foundation
import Testing
import VMCore
import VMSnapshot
import VMStore
import VMXML

@testable import SupervisorProtocol

/// Who would notice if an image were written or removed.
@Suite(
    "Users of images", .enabled(if: access("/usr/bin/qemu-img", X_OK) == 0, "needs qemu-img"), .timeLimit(.minutes(40)))
final class ImageUsersTests {
    private let folder = NSTemporaryDirectory() + "vmctl-users-\(UInt64.random(in: 0 ... .max))"
    private var paths: UserPaths { UserPaths(root: folder) }
    private let machine = VMCore.UUID.random()

    init() throws {
        try FileManager.default.createDirectory(atPath: folder + "/images", withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func path(_ name: String) -> String { folder + "/images/" + name }

    /// Makes an image, on top of another one.
    private func make(_ name: String, on base: String? = nil) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/qemu-img")
        process.arguments =
            ["create", "-q", "-f", "qcow2"] + (base.map { ["-b", path($0), "-F", "qcow2"] } ?? []) + [path(name), "1M"]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    private func domain(_ name: String, _ uuid: VMCore.UUID, _ image: String, target: String = "vda") -> String {
        "<domain type='qemu'><name>\(name)</name><uuid>\(uuid)</uuid><memory unit='MiB'>64</memory>"
            + "<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><disk type='file' device='disk'>"
            + "<driver name='qemu' type='qcow2'/><source file='\(path(image))'/><target dev='\(target)' bus='virtio'/></disk>"
            + "</devices></domain>"
    }

    private func define(_ name: String, _ uuid: VMCore.UUID, _ image: String, target: String = "vda") throws {
        let text = domain(name, uuid, image, target: target)
        _ = try DefinitionStore(folder: paths.domains, kind: .domain).define(name, uuid: uuid) { _ in Array(text.utf8) }
    }

    private func user(of image: String, chain: String...) -> String? {
        ImageUsers(paths, machine: machine, target: "vda", chain: chain.map(path)).user(of: [path(image)])
    }

    @Test("A disk's own images are nobody else's; another disk of the machine, or another machine, is")
    func definitions() throws {
        try make("base")
        try make("top", on: "base")
        #expect(user(of: "base", chain: "top", "base") == nil)
        try define("own", machine, "top")
        #expect(user(of: "base", chain: "top", "base") == nil)
        try define("own", machine, "top", target: "vdb")
        #expect(user(of: "base", chain: "top", "base") == "the domain 'own'")
        try define("own", machine, "top")
        try define("other", .random(), "base")
        #expect(user(of: "base", chain: "top", "base") == "the domain 'other'")
        #expect(user(of: "top", chain: "top", "base") == nil)
    }

    @Test("An image beside the disk's own that builds on one of them is somebody's, unless it was committed")
    func images() throws {
        try make("base")
        try make("top", on: "base")
        try make("sibling", on: "base")
        #expect(user(of: "base", chain: "top", "base")?.contains("sibling") == true)
        #expect(user(of: "top", chain: "top", "base") == nil)
        let committed = CommittedImages(paths)
        try committed.note(path("sibling"))
        #expect(committed.contains(path("sibling")) && user(of: "base", chain: "top", "base") == nil)
        // Whoever has written to it since needs it.
        try FileHandle(forWritingTo: URL(fileURLWithPath: path("sibling"))).truncate(atOffset: 5 << 20)
        #expect(!committed.contains(path("sibling")) && user(of: "base", chain: "top", "base") != nil)
    }

    @Test("What a snapshot keeps is the snapshot's, the machine's own ones among them; a disk that it leaves out isn't")
    func snapshots() throws {
        try make("base")
        try make("top", on: "base")
        func keep(_ mode: String, of owner: VMCore.UUID) throws {
            let text = """
                <domainsnapshot><name>s</name><state>shutoff</state><disks><disk name='vda' snapshot='\(mode)'/></disks>
                \(domain("own", owner, "base"))</domainsnapshot>
                """
            let snapshot = try DomainSnapshot.read(Array(text.utf8), file: "s.xml", options: .lenient).checked()
            try SnapshotStore(paths, owner).put(snapshot)
        }
        try keep("no", of: machine)
        #expect(user(of: "base", chain: "top", "base") == nil)
        try keep("external", of: machine)
        #expect(user(of: "base", chain: "top", "base") == "the snapshot 's'")
        #expect(user(of: "top", chain: "top", "base") == nil)
        let error = #expect(throws: VMError.self) {
            try ImageUsers(self.paths, machine: self.machine, target: "vda", chain: [self.path("base")])
                .check([self.path("base")], "committing into")
        }
        #expect(error?.code == .busy && error?.libvirt.number == .operationUnsupported)
        #expect(error?.message.contains("the snapshot 's'") == true)
        try FileManager.default.removeItem(atPath: SnapshotStore(paths, machine).folder)
        try keep("internal", of: .random())
        #expect(user(of: "base", chain: "top", "base") == "the snapshot 's'")
    }
}
