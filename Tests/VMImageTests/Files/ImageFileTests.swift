import Foundation
import Testing
import VMCore
import VMImage

@Suite("What is opened as an image") struct ImageFileTests {
    private func refusal(_ path: String) -> String? {
        #expect(throws: VMError.self) { _ = try ImageFile(path) }?.message
    }

    @Test("a FIFO, a folder, a socket and a terminal are refused without waiting")
    func odd() throws {
        let folder = try ImageFolder()
        let fifo = folder["fifo"]
        #expect(mkfifo(fifo, 0o600) == 0)
        #expect(refusal(fifo) == "cannot read image '\(fifo)': it is a FIFO")
        #expect(refusal(folder.path) == "cannot read image '\(folder.path)': it is a folder")
        #expect(refusal("/dev/null") == "cannot read image '/dev/null': it is a device")
        let listener = try Socket.listen(at: .unix(path: folder["s"]))
        #expect(refusal(folder["s"]) == "cannot read image '\(folder["s"])': it is a socket")
        _ = listener.raw
        #expect(refusal(folder["none"]) == "cannot read '\(folder["none"])': No such file or directory")
        #expect(ImageSizes(fifo, format: .qcow2)?.capacity == nil)
        #expect(ImageSizes(fifo, format: .raw)?.physical == nil)
        #expect(!ImageLocks(fifo).isBeingWritten)
    }

    @Test("an image is read through a link, at any place, and never past its end")
    func reading() throws {
        let folder = try ImageFolder()
        try folder.file("a", Array(0..<100))
        #expect(symlink("a", folder["link"]) == 0)
        let image = try ImageFile(folder["link"])
        #expect(image.length == 100)
        #expect(!image.isBlockDevice)
        #expect(image.bytes(at: 98, count: 8) == [98, 99])
        #expect(image.bytes(at: 100, count: 8).isEmpty)
        #expect(image.bytes(at: .max, count: 8).isEmpty)
        #expect(image.bytes(at: UInt64(Int64.max), count: 8).isEmpty)
        #expect(image.bytes(at: 0, count: -1).isEmpty)
    }
}
