import Foundation
import Testing
import VMCore
import VMImage

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
}
