import Foundation
import Testing
import VMCore
import VMImage
import VMJSON

@Suite("How large an image is") struct ImageSizesTests {
    @Test("a file with a hole is longer than what it takes")
    func sparse() throws {
        let folder = try ImageFolder()
        let path = try folder.file("raw", [UInt8](repeating: 1, count: 64 << 10))
        #expect(truncate(path, 8 << 20) == 0)
        let sizes = try #require(ImageSizes(path, format: .raw))
        #expect(sizes.capacity == 8 << 20 && sizes.physical == 8 << 20)
        #expect(sizes.allocation >= 64 << 10 && sizes.allocation < 8 << 20)
        #expect(ImageSizes(path, format: nil)?.capacity == nil)
        #expect(ImageSizes(path, format: .qcow2)?.capacity == nil)
        #expect(ImageSizes(folder["none"], format: .raw) == nil)
    }

    @Test(
        "what a guest sees, what the file takes and how long it is are three numbers",
        .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img"))
    func three() throws {
        let folder = try ImageFolder()
        let path = try folder.create("i", "qcow2", size: "1G")
        #expect(truncate(path, 32 << 20) == 0)
        let sizes = try #require(ImageSizes(path, format: .qcow2))
        #expect(sizes.capacity == 1 << 30)
        #expect(sizes.physical == 32 << 20)
        #expect(sizes.allocation == (try QEMUImg.info(path, format: .qcow2))["actual-size"]?.uint64)
        #expect(sizes.allocation < 32 << 20)
        #expect(ImageSizes(path, format: .raw)?.capacity == 32 << 20)
        #expect(ImageSizes(try folder.create("v", "vdi", size: "5M"), format: .vdi)?.capacity == 5 << 20)
    }

    @Test("what is neither file nor block device has no length")
    func odd() throws {
        let sizes = ImageSizes("/dev/null", format: .raw)
        #expect(sizes != nil && sizes?.physical == nil && sizes?.capacity == nil)
    }
}
