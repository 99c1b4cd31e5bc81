import Foundation
import Testing
import VMCore

@testable import VMStore

@Suite("A store of documents") struct DocumentStoreTests {
    let bench: StoreBench
    private var store: DocumentStore { bench.store }

    init() throws { bench = try StoreBench() }

    @Test("files, index, marks and trash are on the disk as every version has them")
    func format() throws {
        let uuid = try #require(ID("6f1a2c1e-0000-4000-8000-00000000000a"))
        try bench.define("50%", uuid: uuid)
        let contents = try String(contentsOfFile: store.folder + "/50%25.xml", encoding: .utf8)
        #expect(
            contents == """
                <!-- vmctl: generation 1, uuid \(uuid), sum cbb21f8b903d840 -->
                <thing><name>50%</name><uuid>\(uuid)</uuid></thing>
                """)
        #expect(Files.linkTarget(store.folder + "/.by-uuid/\(uuid)") == "../50%25.xml")
        let time = try #require(Files.stamp(store.folder)?.modified)
        #expect(Files.linkTarget(store.folder + "/.by-uuid/stamp") == "\(time)")
        try store.mark("50%", uuid, true)
        #expect(Files.linkTarget(store.folder + "/.autostart/50%25") == "\(uuid)")
        #expect(try store.remove("50%"))
        let removal = try #require(try Folders.list(store.folder + "/.trash").first)
        #expect(try Set(Folders.list(store.folder + "/.trash/" + removal)) == ["50%25.xml", ".autostart"])
        #expect(try store.takeBack("50%").uuid == uuid)
        #expect(store.isAutostarted("50%", uuid))
        #expect(try store.read("50%").generation == 1)
        #expect(try Folders.list(store.folder).sorted() == [".autostart", ".by-uuid", ".lock", ".trash", "50%25.xml"])
    }

    @Test("what another version has written without this one's additions is a whole store")
    func otherVersion() throws {
        let uuid = try bench.define("one").uuid
        try Folders.remove(store.folder + "/.by-uuid/.foreign")
        #expect(try store.name(of: uuid) == "one")
        #expect(try store.name(of: .random()) == nil)
        // It writes beside the documents and leaves that behind when it is killed.
        try Files.write([], to: store.folder + "/.new-1-abc")
        Folders.removeTree(store.folder + "/.by-uuid")
        try bench.define("two")
        #expect(!Files.exists(store.folder + "/.new-1-abc"))
        #expect(try store.names() == ["one", "two"])
    }

    @Test("a key is the UUID of a document before it is the name of another one")
    func resolve() throws {
        let victim = try bench.define("victim")
        let shadow = try bench.define("\(victim.uuid)")
        #expect(try store.resolve("victim")?.uuid == victim.uuid)
        #expect(try store.resolve("\(victim.uuid)")?.name == "victim")
        #expect(try store.resolve("\(victim.uuid)".uppercased())?.name == "victim")
        #expect(try store.resolve("\(shadow.uuid)")?.name == "\(victim.uuid)")
        #expect(try store.resolve("nobody") == nil)
        #expect(try store.resolve("\(ID.random())") == nil)
        try store.remove("victim")
        // Now nothing else has a claim to it.
        #expect(try store.resolve("\(victim.uuid)")?.uuid == shadow.uuid)
        try Files.write(Array("<thing>".utf8), to: store.path(of: "broken"))
        #expect(throws: VMError.self) { try store.resolve("broken") }
    }

    @Test("errors are those of the kind")
    func kindErrors() throws {
        #expect(failure { try store.read("x") }?.message == "no thing 'x'")
        #expect(failure { try store.remove("x") }?.code == .notFound)
        #expect(failure { try store.takeBack("x") }?.code == .notFound)
        #expect(
            #expect(throws: VMError.self) { try bench.define("a/b") }?.message.hasPrefix("invalid thing name") == true)
        let strict = DocumentStore(
            folder: store.folder,
            kind: DocumentKind(
                word: "thing", missing: StoreBench.thing.missing,
                checkName: { (name) throws(VMError) in
                    if name.utf8.count > 3 { throw VMError(.invalidXML, "'\(name)' is too long for a thing") }
                }, identity: StoreBench.thing.identity))
        #expect(throws: VMError.self) { try strict.define("four", uuid: nil) { _ in [] } }
        #expect(!strict.contains("four"))
    }

    @Test("after the last generation comes the first")
    func generations() throws {
        let uuid = ID.random()
        let last = StoredDocument(name: "old", uuid: uuid, generation: .max, xml: StoreBench.xml("old", uuid))
        try Folders.make(store.folder)
        try Files.write(last.fileContents, to: store.path(of: "old"))
        #expect(try store.read("old").generation == .max)
        #expect(try bench.define("old", uuid: uuid).generation == 1)
        try Files.write(last.fileContents, to: store.path(of: "old"))
        #expect(try store.rename("old", to: "new") { _ in StoreBench.xml("new", uuid) }.generation == 1)
    }

    @Test("the longest names are stored, found, marked, renamed, removed and taken back")
    func longNames() throws {
        let (long, longer) = (String(repeating: "%", count: 83), String(repeating: "é", count: 125))
        let uuid = try bench.define(long).uuid
        try store.mark(long, uuid, true)
        #expect(try store.name(of: uuid) == long)
        _ = try store.rename(long, to: longer) { _ in StoreBench.xml(longer, uuid) }
        #expect(try store.name(of: uuid) == longer)
        #expect(store.isAutostarted(longer, uuid))
        #expect(try store.names() == [longer])
        try store.remove(longer)
        #expect(try store.takeBack("\(uuid)").name == longer)
        #expect(throws: VMError.self) { try bench.define(long + "%") }
        #expect(throws: VMError.self) { try store.rename(longer, to: longer + "é") { $0.xml } }
    }

    @Test("whatever links say that should say something else, nothing is lost")
    func oddLinks() throws {
        let uuid = try bench.define("one").uuid
        for target in ["x", "/", "../../etc/passwd", "../.xml", "one.xml/", String(repeating: "y/", count: 400)] {
            for link in [".rename", ".by-uuid/\(uuid)", ".by-uuid/stamp", ".by-uuid/.new", ".by-uuid/.link"] {
                unlink(store.folder + "/" + link)
                #expect(symlink(target, store.folder + "/" + link) == 0)
            }
            #expect(try store.name(of: uuid) == "one")
            #expect(try store.names() == ["one"])
            #expect(try bench.define("one", uuid: uuid).generation > 1)
            #expect(try store.name(of: uuid) == "one")
        }
        // A rename to itself.
        symlink("one.xml/one.xml", store.folder + "/.rename")
        #expect(try bench.define("two").generation == 1)
        #expect(try store.names() == ["one", "two"])
    }

    @Test("whatever is in the trash, it is read and emptied")
    func oddTrash() throws {
        let uuid = try bench.define("one").uuid
        let trash = store.folder + "/.trash"
        for entry in ["\(Int64.max)", "\(Int64.min)", "-1", "0", "1", "x", "99999999999999999999"] {
            try Folders.make(trash + "/" + entry)
            for mark in [".old"] { symlink("\(Int64.min)", "\(trash)/\(entry)/\(mark)") }
            try Files.write([0xff], to: "\(trash)/\(entry)/odd.xml")
        }
        try Files.write([], to: trash + "/7")
        #expect(try store.remove("one"))
        #expect(try store.discarded().contains { $0.name == "one" && $0.uuid == uuid })
        #expect(try store.takeBack("\(uuid)").name == "one")
        for number in 0..<1010 { try Folders.make("\(trash)/\(1000 + number)") }
        #expect(try store.remove("one"))
        #expect(try Folders.list(trash).count { Int64($0) != nil } <= DocumentStore.trashLimit)
        #expect(try store.takeBack("one").uuid == uuid)
    }

    @Test("a name that has come to be another document's isn't removed, renamed or marked instead")
    func otherDocument() throws {
        let old = try bench.define("one").uuid
        try store.remove("one")
        let new = try bench.define("one").uuid
        #expect(throws: VMError.self) { try store.remove("one", uuid: old) }
        #expect(throws: VMError.self) { try store.rename("one", uuid: old, to: "two") { $0.xml } }
        #expect(throws: VMError.self) { try store.mark("one", old, true) }
        #expect(failure { try store.takeBack("\(old)") }?.code == .exists)
        #expect(try store.read("one").uuid == new)
        _ = try store.rename("one", uuid: new, to: "two") { _ in StoreBench.xml("two", new) }
        #expect(try store.takeBack("\(old)").name == "one")
        let taken = #expect(throws: VMError.self) { try store.rename("one", to: "two") { $0.xml } }
        #expect(taken?.message == "thing with name 'two' already exists")
    }
}
