import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// One image twice in one machine: told by its disks, not as another process's lock.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct SharedImageTests {
    private let bench: LiveBench
    private let image: String

    init() throws {
        bench = try LiveBench()
        image = try bench.image("twice.img")
    }

    private func disk(_ path: String, _ target: String, _ more: String = "") -> String {
        "<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='\(path)'/>"
            + "<target dev='\(target)' bus='virtio'/>\(more)</disk>"
    }

    @Test("when it is defined, checked and started")
    func started() throws {
        let sentence = "vda and vdb are the same file, '\(image)'"
        let error = #expect(throws: VMError.self) {
            try bench.start("twin", disk(image, "vda") + disk(image, "vdb"))
        }
        #expect(error.map { "\($0)" }?.contains(sentence) == true)
        #expect(try bench.manager.check("twin").causes.map(\.message) == [sentence])
        let stored = Array(try bench.manager.xml("twin").utf8)
        let warnings = try bench.manager.define(stored, file: "twin.xml").warnings.map(\.message)
        #expect(warnings.contains { $0.hasPrefix("'vdb' is the same file as 'vda'") }, "\(warnings)")
        // By two names.
        symlink(image, image + "-link")
        let linked = #expect(throws: VMError.self) {
            try bench.start("linked", disk(image, "vda") + disk(image + "-link", "vdb"))
        }
        #expect(linked.map { "\($0)" }?.contains("'\(image)-link', which is also '\(image)'") == true)
    }

    @Test("disks that are only read, or that the guest shares", arguments: ["<readonly/>", "<shareable/>"])
    func allowed(mark: String) throws {
        try bench.start("both", disk(image, "vda", mark) + disk(image, "vdb", mark))
        #expect(try bench.manager.status("both").state == .running)
    }

    @Test("when it is attached or put into a drive")
    func attached() throws {
        let drive = "<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/></disk>"
        try bench.start("live", disk(image, "vda") + drive)
        let device = try bench.disk(image, "vdb")
        let error = #expect(throws: VMError.self) { try bench.manager.attachDevice("live", device, scope: .live) }
        #expect(error.map { "\($0)" }?.contains("vda and vdb are the same file, '\(image)'") == true)
        let medium = #expect(throws: VMError.self) {
            try bench.manager.changeMedia("live", target: "hdc", .insert(path: image))
        }
        #expect(medium.map { "\($0)" }?.contains("vda and hdc are the same file, '\(image)'") == true)
        #expect(try bench.manager.domain("live").devices.disks.count == 2)
    }
}
