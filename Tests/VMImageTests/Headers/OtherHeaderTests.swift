import Foundation
import Testing
import VMCore

@testable import VMImage

@Suite("The image below, of formats other than qcow2", .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img"))
struct OtherHeaderTests {
    private func backing(_ format: ImageFormat, _ below: String) throws -> ImageHeader.Backing? {
        let folder = try ImageFolder()
        try folder.create("base", below)
        try folder.create("top", format.rawValue, ["-b", "base", "-F", below])
        return try ImageHeader(ImageFile(folder["top"]), as: format).backing
    }

    @Test("qcow can't declare a format, qed only raw, vmdk has no other")
    func declared() throws {
        let qcow = try backing(.qcow, "qcow2")
        #expect(qcow?.name == "base" && qcow?.format == nil && qcow?.declaresFormat == false)
        let qed = try backing(.qed, "qcow2")
        #expect(qed?.name == "base" && qed?.format == nil)
        #expect(try backing(.qed, "raw")?.format == "raw")
        let vmdk = try backing(.vmdk, "vmdk")
        #expect(vmdk?.name == "base" && vmdk?.format == "vmdk")
    }

    @Test("the size of a VMware image is the sum of what can be written")
    func descriptor() throws {
        let text =
            "# Disk DescriptorFile\nversion=1\nparentFileNameHint=\"p\"\nRW 2 FLAT \"a\" 0\nRW 4 SPARSE \"b\"\n"
            + "RDONLY 8 FLAT \"c\" 0\n"
        let header = try ImageHeader(MemoryImage(Array(text.utf8)), as: nil)
        #expect(header.format == .vmdk && header.virtualSize == 6 * 512 && header.backing?.name == "p")
    }

    /// Where QEMU looks for the name of the image below: anywhere in a place of its own, whatever the header says.
    @Test
    func `A VMware image's parent is found where QEMU finds it`() throws {
        func sparse(_ magic: String, capacity: UInt8, text: String, at place: Int = 0x200) throws -> ImageHeader {
            var bytes = Array(magic.utf8) + [UInt8](repeating: 0, count: 0x3000)
            bytes[12] = capacity
            bytes.replaceSubrange(place..<place + text.utf8.count, with: Array(text.utf8))
            return try ImageHeader(MemoryImage(bytes), as: .vmdk)
        }
        for magic in ["KDMV", "COWD"] {
            for text in ["# parentFileNameHint=\"nbd:x\"\n", "a=b\n  parentFileNameHint=\"nbd:x\""] {
                #expect(try sparse(magic, capacity: 8, text: text).backing?.name == "nbd:x", "\(magic) \(text)")
            }
            #expect(try sparse(magic, capacity: 8, text: "parentFileNameHint=\"\"").backing == nil)
            #expect(try sparse(magic, capacity: 8, text: "parentFileNameHint=\"n\"", at: 0x2b00).backing == nil)
            #expect(try sparse(magic, capacity: 8, text: "x=1").backing == nil)
        }
        let folder = try ImageFolder()
        let comments = String(repeating: "# a comment\n", count: 8000)
        for line in ["RW\t2048\tFLAT\t\"/etc/shadow\" 0", comments + "RW 2048 FLAT \"/etc/shadow\" 0"] {
            let path = folder["text.vmdk"]
            try Data("version=1\n\(line)\n".utf8).write(to: URL(fileURLWithPath: path))
            #expect(ImageFile.foreignExtent(ofVMDK: path) == "/etc/shadow")
        }
        var inside = Array("KDMV".utf8) + [UInt8](repeating: 0, count: 0x600)
        inside[28] = 2
        inside.replaceSubrange(0x400..<0x400 + 28, with: Array("RW 2048 FLAT \"/etc/shadow\" 0".utf8.prefix(28)))
        try Data(inside).write(to: URL(fileURLWithPath: folder["inside.vmdk"]))
        #expect(ImageFile.foreignExtent(ofVMDK: folder["inside.vmdk"]) == "/etc/shadow")
    }
}
