import Foundation
import Testing
import VMCore
import VMImage
import VMJSON

@Suite("What format an image is in") struct ImageFormatTests {
    @Test(
        "a real image of each format is told by its signature, and its size by its header",
        .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img"), arguments: RealImage.all)
    func real(_ kind: RealImage) throws {
        let folder = try ImageFolder()
        let image = try ImageFile(try kind.make(in: folder))
        #expect(ImageFormat.probe(image) == kind.format)
        let header = try ImageHeader(image, as: kind.format)
        #expect(try ImageHeader(image, as: nil) == header)
        #expect(header.format == kind.format)
        #expect(header.backing == nil)
        guard kind.format != .luks else {
            #expect(header.virtualSize == nil)
            return
        }
        let said = try QEMUImg.info(image.path, format: kind.format)
        #expect(header.virtualSize == said["virtual-size"]?.uint64)
        #expect(try #require(header.virtualSize) >= 3 << 20)
    }

    private func probe(_ bytes: [UInt8]) -> ImageFormat { .probe(MemoryImage(bytes)) }
    private func probe(_ text: String) -> ImageFormat { probe(Array(text.utf8)) }

    @Test("formats that qemu-img can't make have signatures, too")
    func handMade() {
        let padding = [UInt8](repeating: 0, count: 4096)
        #expect(probe("COWD") == .vmdk)
        #expect(probe("Bochs Virtual HD Image\0\0") == .bochs)
        #expect(
            probe("#!/bin/sh\n#V2.0 Format\nmodprobe cloop file=$0 && mount -r -t iso9660 /dev/cloop $1\n") == .cloop)
        #expect(probe(padding + Array("koly".utf8) + padding.prefix(508)) == .dmg)
        #expect(probe(padding + Array("conectix".utf8) + padding.prefix(504)) == .vpc)
        #expect(probe("WithoutFreeSpace") == .parallels)
        #expect(probe("# Disk DescriptorFile\n\n  \nversion=1\nCID=1\n") == .vmdk)
        #expect(probe("#a\r\nversion=3\r\n") == .vmdk)
    }

    @Test("everything else is raw")
    func raw() {
        #expect(probe([]) == .raw)
        #expect(probe("QF") == .raw)
        #expect(probe("QFI") == .raw)
        #expect(probe([0x51, 0x46, 0x49, 0xfb]) == .raw)
        #expect(probe([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 0]) == .raw)
        #expect(probe([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 1]) == .qcow)
        #expect(probe([0x51, 0x46, 0x49, 0xfb, 0xff, 0xff, 0xff, 0xff]) == .qcow2)
        #expect(probe("version=4\n") == .raw)
        #expect(probe("# x\nversion=1") == .raw)
        #expect(probe([UInt8](repeating: 0x0a, count: 10_000)) == .raw)
        #expect(probe("koly") == .raw)
    }
}
