import Foundation
import Testing
import VMCore

@testable import SupervisorProtocol

@Suite struct ImageTrashTests {
    @Test("records that can't be read, or whose images are gone, count for nothing")
    func records() throws {
        let folder = NSTemporaryDirectory() + "trash-\(UUID())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let paths = UserPaths(root: folder)
        let trash = ImageTrash(paths)
        #expect(trash.all().isEmpty)
        let images = folder + "/images"
        try Folders.make(images)
        for name in ["a", "b"] { try Files.write([1, 2, 3], to: images + "/" + name) }
        let a = try trash.discard(images + "/a", of: "one", "it was tested")
        let b = try trash.discard(images + "/b", of: "two", "it was tested")
        #expect(trash.all() == [b, a] && a.id < b.id)
        #expect(throws: VMError.self) { try trash.discard(images + "/nothing", of: "one", "") }
        #expect(trash.all() == [b, a])
        let records = paths.state + "/trash"
        try Files.write(Array("{".utf8), to: records + "/5.json")
        try Files.write(Array("{\"path\":\"x\",\"place\":\"relative\",\"below\":[]}".utf8), to: records + "/6.json")
        try Files.write([], to: records + "/name.json")
        #expect(trash.all() == [b, a])
        unlink(b.place)
        #expect(trash.all() == [a])
        #expect(throws: VMError.self) { try trash.get(b.path) }
        #expect(try trash.get(a.path) == a)
        try trash.restore(a, force: false)
        #expect(try Files.read(images + "/a") == [1, 2, 3])
    }
}
