import Foundation
import SupervisorProtocol
import Testing
import VMCore
import VMTestSupport

/// Files as libvirt's QEMU driver writes them, made here number by number.
@Suite("libvirt's saved machines") struct LibvirtSaveImageTests {
    private let folder: String
    private var path: String { folder + "/saved" }

    init() throws {
        folder = NSTemporaryDirectory() + "vmctl-image-\(UInt32.random(in: 0 ... .max))"
        try Folders.make(folder)
    }

    private func write(
        _ magic: String = "LibvirtQemudSave", version: UInt32 = 2, length: UInt32? = nil, wasRunning: UInt32 = 1,
        packing: UInt32 = 0, cookie: String? = nil, cookieOffset: UInt32? = nil, stream: String = "QEVM state"
    ) throws {
        let xml = Array("<domain/>".utf8) + [0]
        let text = xml + (cookie.map { Array($0.utf8) + [0] } ?? []) + [0, 0, 0]
        var bytes = Array(magic.utf8)
        let offset = cookieOffset ?? (cookie == nil ? 0 : UInt32(xml.count))
        for number in [version, length ?? UInt32(text.count), wasRunning, packing, offset]
            + [UInt32](repeating: 0, count: 14)
        {
            withUnsafeBytes(of: number) { bytes += $0 }
        }
        try Files.write(bytes + text + Array(stream.utf8), to: path)
    }

    private func message() -> String? {
        do { _ = try SaveImage.read(path) } catch { return error.message }
        return nil
    }

    @Test("all that stands before the stream is read")
    func whole() throws {
        defer { Folders.removeTree(folder) }
        try write(packing: 5, cookie: "<cookie/>")
        let image = try SaveImage.read(path)
        #expect(image.format == .libvirt && image.resume == .running && image.packing == .zstd)
        #expect(image.xml == Array("<domain/>".utf8))
        #expect(image.offset == 92 + 23 && image.streamLength == 10)
        #expect(image.packing.program == "zstd")
        try write(wasRunning: 0)
        #expect(try SaveImage.read(path).resume == .paused)
        #expect(try SaveImage.read(path).packing.program == nil)
    }

    @Test("another XML leaves cookie, packing and stream as they were")
    func rewritten() throws {
        defer { Folders.removeTree(folder) }
        try write(packing: 1, cookie: "<cookie/>")
        try SaveImage.rewrite(path) { image throws(VMError) in
            image.xml = Array("<domain><name>another</name></domain>".utf8)
            image.resume = .paused
        }
        let image = try SaveImage.read(path)
        #expect(image.resume == .paused && image.packing == .gzip && image.format == .libvirt)
        let bytes = try Files.read(path)
        #expect(bytes.suffix(10) == Array("QEVM state".utf8))
        #expect(String(decoding: bytes, as: UTF8.self).contains("</domain>\0<cookie/>\0"))
        #expect(image.offset % 4096 == 0)
    }

    @Test("what can't be read is told with the reason")
    func damaged() throws {
        defer { Folders.removeTree(folder) }
        try write("LibvirtQemudPart")
        #expect(message()?.contains("incomplete") == true)
        #expect(try SaveImage.read(path, evenUnfinished: true).format == .libvirt)
        try write(version: 3)
        #expect(message()?.contains("version 3") == true)
        try write(version: 2 << 24)
        #expect(message()?.contains("byte order") == true)
        try write(packing: 99)
        #expect(message()?.contains("(99)") == true)
        for length in [UInt32(0), .max, 1 << 26 + 1, 5000] {
            try write(length: length)
            #expect(message()?.contains("damaged") == true, "\(length)")
        }
        try write(cookieOffset: 23)
        #expect(message()?.contains("damaged") == true)
        try write(stream: "")
        #expect(message()?.contains("cut short") == true)
    }
}
