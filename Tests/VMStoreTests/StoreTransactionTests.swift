import Foundation
import Testing
import VMCore

@testable import VMStore

@Suite("Transactions") struct StoreTransactionTests {
    let bench: StoreBench
    private var store: DocumentStore { bench.store }

    init() throws { bench = try StoreBench() }

    @Test("a change that others came before isn't written")
    func compareAndSwap() throws {
        let uuid = try bench.define("one").uuid
        let mine = StoreTransaction(changing: try store.read("one"))
        #expect(mine.base?.generation == 1)
        try bench.define("one", uuid: uuid, "theirs")
        let error = #expect(throws: VMError.self) { try store.commit(mine, StoreBench.xml("one", uuid, "mine")) }
        #expect(error?.code == .busy)
        #expect(error?.message == "thing 'one' was changed meanwhile")
        #expect(try store.read("one").xml == StoreBench.xml("one", uuid, "theirs"))
        // Nor one of a document that is gone, or that came.
        let late = StoreTransaction(changing: try store.read("one"))
        let new = try store.transaction(defining: "two", uuid: nil)
        try store.remove("one")
        try bench.define("two")
        #expect(throws: VMError.self) { try store.commit(late, []) }
        #expect(throws: VMError.self) { try store.commit(new, []) }
        #expect(!store.contains("one"))
    }

    @Test("expectations: a generation, a document, none")
    func expectations() throws {
        func define(_ uuid: ID?, _ expectation: StoreExpectation) throws -> StoredDocument {
            try store.define("one", uuid: uuid, expecting: expectation) { StoreBench.xml("one", $0.uuid, "more") }
                .document
        }
        let first = try define(nil, .generation(0))
        #expect(throws: VMError.self) { try define(first.uuid, .generation(0)) }
        #expect(try define(first.uuid, .generation(1)).generation == 2)
        // The same number, and another document: it was removed and defined again.
        try store.remove("one")
        let again = try bench.define("one", uuid: first.uuid, "different")
        #expect(again.generation == 1)
        #expect(throws: VMError.self) { try define(first.uuid, .document(first)) }
        #expect(try define(first.uuid, .document(again)).generation == 2)
        // Files by hand all have the same generation.
        try bench.writeByHand("one", first.uuid, "1")
        let seen = try store.read("one")
        try bench.writeByHand("one", first.uuid, "2")
        #expect(throws: VMError.self) { try define(first.uuid, .document(seen)) }
        #expect(try define(first.uuid, .any).generation == 1)
    }

    @Test("nothing is locked while a change is planned, and it is planned again when others were quicker")
    func planning() throws {
        let uuid = try bench.define("one").uuid
        var seen: [UInt64] = []
        let result = try store.change("one") { document throws(VMError) in
            seen.append(document.generation)
            #expect(!FileLock.isHeld(store.folder + "/.lock"))
            if seen.count < 3 {
                _ = try store.change("one") { _ throws(VMError) in StoreBench.xml("one", uuid, "\(seen.count)") }
            }
            return document.xml + Array(" ".utf8)
        }
        #expect(seen == [1, 2, 3])
        #expect(result.generation == 4)
        #expect(result.xml == StoreBench.xml("one", uuid, "2") + Array(" ".utf8))
        var uuids: Set<ID> = []
        let defined = try store.define("two", uuid: nil) { transaction throws(VMError) in
            #expect(!FileLock.isHeld(store.folder + "/.lock"))
            uuids.insert(transaction.uuid)
            return StoreBench.xml("two", transaction.uuid)
        }.document
        #expect(uuids == [defined.uuid])
    }

    @Test("the rules are checked again when the change is written")
    func conflicts() throws {
        let uuid = ID.random()
        let taken = #expect(throws: VMError.self) {
            try store.define("one", uuid: uuid) { transaction throws(VMError) in
                _ = try store.define("two", uuid: uuid) { _ throws(VMError) in StoreBench.xml("two", uuid) }
                return StoreBench.xml("one", transaction.uuid)
            }
        }
        #expect(taken?.message == "thing 'two' is already defined with uuid \(uuid)")
        let named = #expect(throws: VMError.self) {
            try store.define("three", uuid: nil) { transaction throws(VMError) in
                _ = try store.define("three", uuid: uuid2) { _ throws(VMError) in StoreBench.xml("three", uuid2) }
                return StoreBench.xml("three", transaction.uuid)
            }
        }
        #expect(named?.message == "thing 'three' already exists with uuid \(uuid2)")
        let transient = #expect(throws: VMError.self) {
            try store.define("four", uuid: nil, takenUUID: { () throws(VMError) in uuid }) { _ in [] }
        }
        #expect(transient?.message == "thing 'four' already exists with uuid \(uuid)")
        let renamed = #expect(throws: VMError.self) {
            try store.rename("two", to: "five") { document throws(VMError) in
                _ = try store.define("five", uuid: nil) { StoreBench.xml("five", $0.uuid) }
                return document.xml
            }
        }
        #expect(renamed?.code == .exists)
        #expect(try store.names() == ["five", "three", "two"])
    }

    private let uuid2 = ID.random()

    @Test(
        "somebody who changes a document without pause doesn't keep others from it for ever", .timeLimit(.minutes(40)))
    func bounded() throws {
        let uuid = try bench.define("one").uuid
        var (plans, store) = (0, store)
        store.patience = .milliseconds(200)
        // It has to lose each time; the attempts end all the same.
        let error = #expect(throws: VMError.self) {
            try store.change("one") { document throws(VMError) in
                plans += 1
                _ = try store.change("one") { _ throws(VMError) in StoreBench.xml("one", uuid, "\(plans)") }
                return document.xml
            }
        }
        #expect(error?.code == .busy)
        #expect(plans >= 1)
    }

    @Test("of many changes at once none is lost", .timeLimit(.minutes(40)))
    func concurrentChanges() async throws {
        let uuid = try bench.define("one").uuid
        let store = store
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in 0..<10 {
                        let text = Array("<w\(worker)r\(round)/>".utf8)
                        do {
                            _ = try store.change("one") { document throws(VMError) in document.xml + text }
                        } catch {
                            Issue.record(error)
                        }
                    }
                }
            }
        }
        let last = try store.read("one")
        #expect(last.generation == 81)
        #expect(last.uuid == uuid)
        let text = String(decoding: last.xml, as: UTF8.self)
        for worker in 0..<8 { for round in 0..<10 { #expect(text.contains("<w\(worker)r\(round)/>")) } }
    }

    @Test("a broken document is replaced, and one that was mended meanwhile isn't")
    func broken() throws {
        let uuid = try bench.define("one").uuid
        try Files.write(Array("<thing>".utf8), to: store.path(of: "one"))
        let transaction = try store.transaction(defining: "one", uuid: uuid)
        #expect(transaction.base == nil)
        try bench.writeByHand("one", uuid)
        #expect(throws: VMError.self) { try store.commit(transaction, []) }
        try Files.write(Array("<thing>".utf8), to: store.path(of: "one"))
        #expect(try store.commit(transaction, StoreBench.xml("one", uuid)).generation == 1)
        #expect(try store.name(of: uuid) == "one")
    }
}
