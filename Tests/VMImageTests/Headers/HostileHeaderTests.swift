import Foundation
import Testing
import VMCore
import VMImage

/// Nothing here has a value to compare: what is tested is that each call comes back, with a header or with an error.
@Suite("Headers that lie", .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img")) struct HostileHeaderTests {
    /// Reads an image in each way; true when one of them took it.
    @discardableResult
    private func read(_ image: MemoryImage, _ format: ImageFormat) throws -> Bool {
        var taken = false
        for wanted in [format, nil] {
            do throws(VMError) {
                let header = try ImageHeader(image, as: wanted)
                taken = true
                if let name = header.backing?.name { _ = BackingReference(name).localPath(below: "/a/b") }
            } catch {
                #expect(error.code == .invalidArgument)
            }
        }
        return taken
    }

    private func content(_ kind: RealImage) throws -> MemoryImage {
        let folder = try ImageFolder()
        let path = try kind.make(in: folder)
        return MemoryImage(Files.head(path, first: 4 << 20))
    }

    @Test("each header cut off at each of its first bytes", arguments: RealImage.ofEachFormat)
    func truncated(_ kind: RealImage) throws {
        let whole = try content(kind)
        for length in 0...640 { try read(MemoryImage(Array(whole.content.prefix(length))), kind.format) }
        #expect(try read(whole, kind.format))
    }

    @Test("each field at nothing, at its most, and past the end", arguments: RealImage.ofEachFormat)
    func extremes(_ kind: RealImage) throws {
        let whole = try content(kind)
        let end = whole.length
        for count in [2, 4, 8] {
            for place in stride(from: 0, to: 512, by: min(count, 4)) {
                for number in [0, UInt64.max, end + 1] {
                    try read(whole.with(number, count, at: place), kind.format)
                    try read(whole.with(little: number, count, at: place), kind.format)
                }
            }
        }
    }

    @Test("the tables of a vhdx image")
    func vhdx() throws {
        let whole = try content(.init(format: .vhdx))
        for start in [192 << 10, 256 << 10, 2 << 20] where start < whole.content.count {
            for place in stride(from: start, to: start + 160, by: 4) {
                for number: UInt64 in [0, 0xffff_ffff, 0x0100_0000, 0xff07_0000] {
                    try read(whole.with(number, 4, at: place), .vhdx)
                }
            }
        }
    }

    @Test("a size that no file can have is said to be one")
    func size() throws {
        let whole = try content(.init(format: .vmdk))
        let error = #expect(throws: VMError.self) { try ImageHeader(whole.with(.max, 8, at: 12), as: .vmdk) }
        #expect(error?.message == "image 'm' is damaged: its size is more than a file can have")
        let text = "# Disk DescriptorFile\nversion=1\nRW 18446744073709551615 FLAT \"a\" 0\nRW 2 FLAT \"b\" 0\n"
        #expect(throws: VMError.self) { try ImageHeader(MemoryImage(Array(text.utf8)), as: .vmdk) }
    }

    @Test("an image that is in another format than the one asked for")
    func other() throws {
        let error = #expect(throws: VMError.self) { try ImageHeader(MemoryImage([1, 2, 3]), as: .vdi) }
        #expect(error?.message == "image 'm' is not in vdi format")
    }
}
