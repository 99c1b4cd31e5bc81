import Foundation
import Testing
import VMCore

@testable import VMStore

/// Names that are just short enough, trash that is just young enough, files that somebody has changed.
@Suite struct StoreEdgeTests {
    let bench: StoreBench
    var store: DocumentStore { bench.store }

    init() throws { bench = try StoreBench() }

    @Test("A name may be as long as its file's name can be, and not a byte longer")
    func length() throws {
        for name in [String(repeating: "x", count: 251), String(repeating: "%", count: 83) + "ab"] {
            try bench.define(name)
            #expect(try store.names().contains(name))
        }
        for name in [String(repeating: "x", count: 252), String(repeating: "%", count: 84)] {
            #expect(failure { try DocumentName.check(name, of: "thing") }?.code == .invalidXML, "\(name.utf8.count)")
        }
    }

    @Test("While a document is being renamed it is listed once, by its new name")
    func renaming() throws {
        try bench.define("old")
        try bench.define("other")
        // As when whoever renames it has written the new file and was killed before the old one went.
        let old = try store.read("old")
        var moved = old
        moved.name = "new"
        moved.generation += 1
        moved.xml = StoreBench.xml("new", old.uuid)
        try Files.write(moved.fileContents, to: store.path(of: "new"))
        symlink("old/new", store.folder + "/.rename")
        #expect(try store.names() == ["new", "other"])
        #expect(!store.contains("old") && store.contains("new"))
        unlink(store.folder + "/.rename")
        #expect(try store.names() == ["new", "old", "other"])
    }

    @Test("What is taken back is what was removed last")
    func last() throws {
        let uuid = try bench.define("one", "first").uuid
        try store.remove("one")
        try bench.define("one", uuid: uuid, "second")
        try store.remove("one")
        try bench.define("one", uuid: uuid, "third")
        try store.remove("one")
        #expect(try store.discarded().map(\.removed) == store.discarded().map(\.removed).sorted(by: >))
        _ = try store.takeBack("one")
        #expect(String(decoding: try store.read("one").xml, as: UTF8.self).contains("third"))
    }

    @Test("A file whose document was changed by hand isn't believed to be as the store wrote it")
    func changedByHand() throws {
        let document = try bench.define("one", "first")
        var bytes = document.fileContents
        #expect(StoredDocument.Header(bytes)?.generation == document.generation)
        let place = try #require(bytes.lastIndex(of: UInt8(ascii: "s")))
        bytes[place] = UInt8(ascii: "z")
        #expect(StoredDocument.Header(bytes) == nil)
        bytes[place] = UInt8(ascii: "s")
        bytes.append(0x0a)
        #expect(StoredDocument.Header(bytes) == nil)
        bytes.removeLast()
        #expect(StoredDocument.Header(bytes) != nil)
    }

    @Test("What the clock says is too old goes only when it has been so for a day: a clock may be wrong for an hour")
    func grace() throws {
        try bench.define("one")
        try store.remove("one")
        let trash = store.folder + "/.trash"
        let entry = try #require(try Folders.list(trash).first)
        let old = trash + "/1000"
        try FileManager.default.moveItem(atPath: trash + "/" + entry, toPath: old)
        func removeAnother() throws {
            try bench.define("other")
            try store.remove("other")
        }
        // It is noticed.
        try removeAnother()
        #expect(Files.exists(old))
        let noticed = try #require(Files.linkTarget(old + "/.old").flatMap { Int64($0) })
        try removeAnother()
        #expect(Files.exists(old))
        // A day later it goes.
        unlink(old + "/.old")
        symlink(String(noticed - DocumentStore.trashGrace), old + "/.old")
        try removeAnother()
        #expect(!Files.exists(old))
    }
}
