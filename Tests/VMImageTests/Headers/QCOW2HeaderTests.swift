import Foundation
import Testing
import VMCore
import VMImage

@Suite("The header of a qcow2 image", .enabled(if: ImageFolder.hasQEMUImg, "needs qemu-img"))
struct QCOW2HeaderTests {
    private func header(_ options: [String] = [], _ more: [String] = []) throws -> QCOW2Header {
        let folder = try ImageFolder()
        return try QCOW2Header(ImageFile(folder.create("i", "qcow2", options: options, more)))
    }

    @Test("all that it says")
    func fields() throws {
        let plain = try header()
        #expect(plain.version == 3)
        #expect(plain.virtualSize == 3 << 20)
        #expect(plain.clusterBits == 16)
        #expect(plain.encryption == .none)
        #expect(plain.snapshots == 0)
        #expect(plain.incompatible == [])
        #expect(plain.backing == nil && plain.backingFormat == nil && plain.dataFile == nil)
        #expect(!plain.isDirty && !plain.isCorrupt)
        #expect(try header(["compat=0.10"]).version == 2)
        #expect(try header(["cluster_size=2M"]).clusterBits == 21)
        #expect(try header(["extended_l2=on"]).incompatible == [.extendedL2])
        let luks = ["encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10"]
        #expect(try header(luks, RealImage.secret).encryption == .luks)
        #expect(try header(["encrypt.format=aes,encrypt.key-secret=s"], RealImage.secret).encryption == .aes)
        let external = try header(["data_file=the.data,data_file_raw=on"])
        #expect(external.incompatible == [.externalData])
        #expect(external.dataFile == "the.data")
        #expect(external.autoclear == 2)
    }

    @Test("the backing image and its format, wherever they stand", arguments: ["512", "64k", "2M"])
    func backing(_ clusters: String) throws {
        let name = "/" + String(repeating: "n", count: clusters == "512" ? 100 : 1000) + "/b,c:d.raw"
        let found = try header(["cluster_size=\(clusters)"], ["-u", "-b", name, "-F", "raw"])
        #expect(found.backing == name)
        #expect(found.backingFormat == "raw")
    }

    private func image() throws -> MemoryImage {
        let folder = try ImageFolder()
        try folder.overlay("i", on: "base.img")
        return MemoryImage(try Files.read(folder["i"]))
    }

    private func complaint(_ image: MemoryImage) -> String? {
        #expect(throws: VMError.self) { _ = try QCOW2Header(image) }?.message
    }

    @Test("what QEMU would not open is refused, and it is said why")
    func refused() throws {
        let image = try image()
        #expect(try QCOW2Header(image).backing == "base.img")
        #expect(complaint(image.with(0, 4, at: 0)) == "image 'm' is not in qcow2 format")
        #expect(complaint(image.with(4, 4, at: 4)) == "image 'm' has the unknown version 4 of qcow2")
        #expect(complaint(image.with(8, 4, at: 20)) == "image 'm' is damaged: its clusters have an impossible size")
        #expect(complaint(image.with(22, 4, at: 20)) == "image 'm' is damaged: its clusters have an impossible size")
        let outside = "image 'm' is damaged: its backing file's name is outside the header"
        #expect(complaint(image.with(65537, 8, at: 8)) == outside)
        #expect(complaint(image.with(.max, 8, at: 8)) == outside)
        let tooLong = "image 'm' is damaged: its backing file's name is too long"
        #expect(complaint(image.with(1024, 4, at: 16)) == tooLong)
        #expect(complaint(image.with(.max, 4, at: 16)) == tooLong)
        #expect(complaint(image.with(65530, 8, at: 8)) == tooLong)
        for length: UInt64 in [0, 103, 65537, 0xffff_ffff] {
            #expect(
                complaint(image.with(length, 4, at: 100)) == "image 'm' is damaged: its header has an impossible length"
            )
        }
        // The first extension begins behind the header.
        let start = Int(image.content[103])
        for length: UInt64 in [0x7fff_ffff, 0xffff_ffff, 65536] {
            #expect(
                complaint(image.with(length, 4, at: start + 4))
                    == "image 'm' is damaged: one of its header's extensions is too long")
        }
        #expect(
            complaint(MemoryImage(Array(image.content.prefix(103))))
                == "image 'm' is damaged: its header ends too early")
    }

    @Test("no backing image without a place or a length")
    func none() throws {
        let image = try image()
        #expect(try QCOW2Header(image.with(0, 8, at: 8)).backing == nil)
        #expect(try QCOW2Header(image.with(0, 4, at: 16)).backing == nil)
    }

    @Test("QEMU refuses what is refused here")
    func agreement() throws {
        let folder = try ImageFolder()
        let image = try image()
        let edits: [(UInt64, Int, Int)] = [
            (4, 4, 4), (8, 4, 20), (22, 4, 20), (65537, 8, 8), (1024, 4, 16), (103, 4, 100), (65537, 4, 100),
            (0xffff_ffff, 4, Int(image.content[103]) + 4), (0, 8, 8), (0, 4, 16), (5, 4, 16),
        ]
        for (number, count, place) in edits {
            let edited = image.with(number, count, at: place)
            let path = try folder.file("e", edited.content)
            let ours = (try? QCOW2Header(edited)) != nil
            #expect(((try? QEMUImg.info(path, format: .qcow2)) != nil) == ours, "\(number) at \(place)")
        }
    }

    @Test("dirty and corrupt are told, and unknown features kept")
    func features() throws {
        let image = try image()
        let found = try QCOW2Header(image.with(1 << 63 | 3, 8, at: 72))
        #expect(found.isDirty && found.isCorrupt)
        #expect(found.incompatible.subtracting(.known).rawValue == 1 << 63)
        #expect(try QCOW2Header(image.with(9, 4, at: 32)).encryption == .unknown(9))
        #expect(try QCOW2Header(image.with(7, 4, at: 60)).snapshots == 7)
        #expect(try QCOW2Header(image.with(.max, 8, at: 24)).virtualSize == .max)
    }
}
