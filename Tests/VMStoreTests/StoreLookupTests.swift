import Foundation
import Testing
import VMCore

@testable import VMStore

@Suite("Looking for a UUID") struct StoreLookupTests {
    let bench: StoreBench
    private var store: DocumentStore { bench.store }

    init() throws { bench = try StoreBench() }

    /// A store of many documents, as one that has been in use for long.
    private func fill(_ count: Int) throws {
        try Folders.make(store.folder)
        for number in 0..<count {
            let (name, uuid) = ("d\(number)", ID.random())
            let document = StoredDocument(name: name, uuid: uuid, generation: 1, xml: StoreBench.xml(name, uuid))
            try Files.write(document.fileContents, to: store.path(of: name), durable: false)
        }
        try bench.define("last")
    }

    /// What was found, and which documents were opened for it.
    private struct Looked: Equatable {
        var name: String?
        var files: Set<String>

        init(_ name: String?, _ files: Set<String>) { (self.name, self.files) = (name, files) }
    }

    private func opened(_ uuid: ID) throws -> Looked {
        var name: String?
        let files = try bench.opened { name = try store.name(of: uuid) }
        return Looked(name, files)
    }

    @Test("one that isn't defined is told without opening one of 2,000 documents")
    func unknown() throws {
        try fill(2000)
        #expect(try opened(.random()) == Looked(nil, []))
        let seen = try bench.opened { try bench.define("new") }
        #expect(seen == [])
        #expect(try opened(.random()) == Looked(nil, []))
        let uuid = try store.read("d7").uuid
        #expect(try opened(uuid) == Looked("d7", ["d7.xml"]))
        // After any change, too.
        _ = try store.rename("d7", to: "e7") { _ in StoreBench.xml("e7", uuid) }
        try store.remove("d8")
        _ = try store.takeBack("d8")
        try store.mark("e7", uuid, true)
        #expect(try opened(.random()) == Looked(nil, []))
    }

    @Test("files that come, go and change by hand are found, and are the only ones looked at")
    func byHand() throws {
        try bench.define("ours")
        let (first, second) = (ID.random(), ID.random())
        try bench.writeByHand("hand", first)
        #expect(try store.name(of: first) == "hand")
        try bench.define("other")
        #expect(try store.name(of: first) == "hand")
        // Where it is, so that the folder doesn't change.
        try bench.shell("printf '<thing><name>hand</name><uuid>\(second)</uuid></thing>' > hand.xml")
        #expect(try store.name(of: second) == "hand")
        #expect(try store.name(of: first) == nil)
        #expect(try opened(first) == Looked(nil, ["hand.xml"]))
        #expect(throws: VMError.self) { try bench.define("new", uuid: second) }
        // Once it is the store's it is known.
        try bench.define("hand", uuid: second)
        #expect(try opened(.random()) == Looked(nil, []))
        try bench.shell("mv hand.xml ../hand.xml")
        #expect(try store.name(of: second) == nil)
        #expect(try bench.define("new", uuid: second).uuid == second)
    }

    @Test("a file that wasn't whole when it was first seen is found when it is")
    func slowWriter() throws {
        let uuid = ID.random()
        try bench.define("ours")
        try bench.shell("printf '<thing><name>slow</name>' > slow.xml")
        try bench.define("other")
        #expect(try store.name(of: uuid) == nil)
        try bench.shell("printf '<uuid>\(uuid)</uuid></thing>' >> slow.xml")
        #expect(try store.name(of: uuid) == "slow")
        #expect(throws: VMError.self) { try bench.define("new", uuid: uuid) }
    }

    @Test("a stamp that can't be relied upon isn't")
    func doubtfulStamp() throws {
        let uuid = try bench.define("one").uuid
        unlink(store.folder + "/.by-uuid/\(uuid)")
        #expect(try store.name(of: uuid) == nil)
        // A file system that counts whole seconds.
        let time = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)
        utimensat(AT_FDCWD, store.folder, [time, time], 0)
        store.index.stamp(1_000_000_000_000_000_000)
        #expect(try store.name(of: uuid) == "one")
        #expect(try store.name(of: .random()) == nil)
    }

    @Test(
        "what is there all the time is found all the time, whatever happens to it meanwhile", .timeLimit(.minutes(40)))
    func steady() async throws {
        let uuid = try bench.define("a").uuid
        let (store, bench) = (store, bench)
        let unknown = ID.random()
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                for round in 0..<60 {
                    let (old, new) = round % 2 == 0 ? ("a", "b") : ("b", "a")
                    _ = try store.rename(old, to: new) { _ in StoreBench.xml(new, uuid) }
                    try bench.define(new, uuid: uuid, "\(round)")
                    try bench.define("other")
                    try store.remove("other")
                }
                return 0
            }
            group.addTask {
                var missed = 0
                for _ in 0..<3000 {
                    if try store.name(of: uuid) == nil { missed += 1 }
                    if try store.name(of: unknown) != nil { missed += 1 }
                }
                return missed
            }
            for try await missed in group { #expect(missed == 0) }
        }
    }
}
