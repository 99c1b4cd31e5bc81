import Foundation
import Testing
import VMCore

@testable import VMStore

@Suite("The cache of a store") struct StoreCacheTests {
    let bench: StoreBench
    private var store: DocumentStore { bench.store }

    init() throws { bench = try StoreBench() }

    /// What the cache says is what the files say.
    private func expectTrue(_ cache: StoreCache, _ comment: Comment? = nil, line: Int = #line) throws {
        let here = SourceLocation(fileID: #fileID, filePath: #filePath, line: line, column: 1)
        let entries = try cache.entries()
        #expect(try entries.map(\.name) == store.names(), comment, sourceLocation: here)
        for entry in entries {
            let document = try? store.read(entry.name)
            #expect(entry.uuid == document?.uuid, comment, sourceLocation: here)
            #expect(entry.generation == document?.generation ?? 0, comment, sourceLocation: here)
            #expect((entry.problem == nil) == (document != nil), comment, sourceLocation: here)
            if let uuid = entry.uuid { #expect(try cache.name(of: uuid) == entry.name, comment, sourceLocation: here) }
        }
    }

    @Test("what other processes do is seen at once, and only what has changed is read", arguments: [true, false])
    func changes(isWatching: Bool) throws {
        let cache = StoreCache(store, isWatching: isWatching)
        #expect(try cache.names() == [])
        let (one, two) = (ID.random(), ID.random())
        try bench.define("ours")
        try expectTrue(cache)
        try bench.shell("printf '<thing><name>hand</name><uuid>\(one)</uuid></thing>' > hand.xml")
        #expect(try cache.name(of: one) == "hand")
        try bench.shell("printf '<thing><name>hand</name><uuid>\(two)</uuid></thing>' > hand.xml")
        #expect(try cache.name(of: one) == nil)
        #expect(try cache.name(of: two) == "hand")
        try bench.shell("mv hand.xml ..")
        #expect(try cache.entry(named: "hand") == nil)
        try bench.shell(
            "mv ../hand.xml hand.xml; printf x > broken.xml; ln -s nowhere link.xml; mkdir dir.xml; touch .hidden.xml")
        try expectTrue(cache)
        #expect(try cache.entry(named: "broken")?.problem != nil)
        try bench.shell("rm hand.xml broken.xml link.xml; rmdir dir.xml")
        try expectTrue(cache)
        let uuid = try store.read("ours").uuid
        _ = try store.rename("ours", to: "renamed") { _ in StoreBench.xml("renamed", uuid) }
        #expect(try cache.names() == ["renamed"])
        try store.remove("renamed")
        #expect(try cache.names() == [])
        _ = try store.takeBack("renamed")
        #expect(try cache.name(of: uuid) == "renamed")
    }

    @Test("an unchanged store costs no reading, a change one file")
    func work() throws {
        for number in 0..<50 { try bench.define("d\(number)") }
        let cache = StoreCache(store)
        #expect(try cache.names().count == 50)
        let before = cache.work
        #expect(before == .init(files: 50, scans: 1))
        for _ in 0..<100 { #expect(try cache.name(of: .random()) == nil) }
        #expect(cache.work == before)
        try bench.define("new")
        #expect(try cache.names().count == 51)
        #expect(cache.work == .init(files: 51, scans: 1))
    }

    @Test("keys are found as the store finds them")
    func resolve() throws {
        let cache = StoreCache(store)
        let victim = try bench.define("victim")
        try bench.define("\(victim.uuid)")
        #expect(try cache.resolve("\(victim.uuid)")?.name == "victim")
        #expect(try cache.resolve("victim")?.uuid == victim.uuid)
        #expect(try cache.resolve("nobody") == nil)
        try bench.shell("printf x > broken.xml")
        #expect(throws: VMError.self) { try cache.resolve("broken") }
    }

    @Test("more changes than the kernel keeps are seen all the same")
    func overflow() throws {
        try bench.define("first")
        let cache = StoreCache(store)
        #expect(try cache.names() == ["first"])
        let limit =
            Int(
                (try? String(contentsOfFile: "/proc/sys/fs/inotify/max_queued_events", encoding: .utf8))?
                    .trimmingCharacters(in: .whitespacesAndNewlines) ?? "") ?? 16384
        try #require(limit <= 1 << 17, "the kernel keeps too many events for this test")
        // The kernel makes one event of equal ones that follow each other, so there are two files.
        try bench.shell(
            """
            exec 3> .a 4> .b
            i=0; while [ $i -lt \(limit / 2 + 100) ]; do echo >&3; echo >&4; i=$((i+1)); done
            printf '<thing><name>late</name><uuid>\(ID.random())</uuid></thing>' > late.xml; rm first.xml
            """)
        #expect(try cache.names() == ["late"])
        #expect(cache.work.scans == 2)
        try bench.define("next")
        try expectTrue(cache)
        #expect(cache.work.scans == 2)
    }

    @Test("a folder that is removed, replaced, moved away or lies elsewhere is followed")
    func folders() throws {
        let cache = StoreCache(store)
        #expect(try cache.names() == [])
        try bench.define("one")
        #expect(try cache.names() == ["one"])
        try bench.shell("cd ..; rm -r things")
        #expect(try cache.names() == [])
        let uuid = ID.random()
        func write(_ name: String) -> String {
            "printf '<thing><name>\(name)</name><uuid>\(uuid)</uuid></thing>' > \(name).xml"
        }
        try bench.shell("mkdir things; cd things; \(write("two"))")
        #expect(try cache.names() == ["two"])
        // Between two questions.
        try bench.shell("cd ..; rm -r things; mkdir things; cd things; \(write("three"))")
        #expect(try cache.names() == ["three"])
        #expect(try cache.name(of: uuid) == "three")
        try bench.shell("cd ..; mv things old; mkdir things; cd things; \(write("four")); cd ../old; \(write("five"))")
        #expect(try cache.names() == ["four"])
        try bench.shell("cd ../old; \(write("six"))")
        #expect(try cache.names() == ["four"])
        try bench.shell("cd ..; rm -r things; ln -s old things")
        #expect(try cache.names() == ["five", "six", "three"])
        try bench.shell("rm six.xml; \(write("seven"))")
        #expect(try cache.names() == ["five", "seven", "three"])
        // The folder above it, which nobody watches.
        try bench.shell("cd ..; rm things; mv old things")
        try expectNames(cache)
        let above = Files.folder(of: bench.folder)
        try bench.shell("mv '\(bench.folder)' '\(bench.folder).old'; mkdir '\(bench.folder)'; cd '\(above)'")
        #expect(try cache.names() == [])
        try bench.shell("rm -r '\(bench.folder)'; mv '\(bench.folder).old' '\(bench.folder)'")
        try expectNames(cache)
    }

    private func expectNames(_ cache: StoreCache) throws { #expect(try cache.names() == store.names()) }

    @Test("files that change elsewhere, through links, are looked at each time")
    func links() throws {
        let (one, two) = (ID.random(), ID.random())
        try bench.define("ours")
        try bench.shell(
            """
            printf '<thing><name>soft</name><uuid>\(one)</uuid></thing>' > ../soft.xml; ln -s ../soft.xml soft.xml
            printf '<thing><name>hard</name><uuid>\(one)</uuid></thing>' > ../hard.xml; ln ../hard.xml hard.xml
            """)
        let cache = StoreCache(store)
        #expect(try cache.entry(named: "soft")?.uuid == one)
        #expect(try cache.entry(named: "hard")?.uuid == one)
        try bench.shell(
            "sed -i s/\(one)/\(two)/ ../soft.xml; printf '<thing><name>hard</name><uuid>\(two)</uuid></thing>' > ../hard.xml"
        )
        #expect(try cache.entry(named: "soft")?.uuid == two)
        #expect(try cache.entry(named: "hard")?.uuid == two)
        #expect(try cache.name(of: one) == nil)
    }

    @Test("any number of threads ask while others change the store", .timeLimit(.minutes(40)))
    func threads() async throws {
        let cache = StoreCache(store)
        let bench = bench
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<4 {
                group.addTask {
                    for round in 0..<20 {
                        let uuid = try bench.define("w\(worker)r\(round)").uuid
                        #expect(try cache.name(of: uuid) == "w\(worker)r\(round)")
                        if round % 2 == 0 {
                            try bench.store.remove("w\(worker)r\(round)")
                            #expect(try cache.name(of: uuid) == nil)
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<200 {
                        let entries = try cache.entries()
                        #expect(entries.allSatisfy { $0.problem == nil })
                    }
                }
            }
            try await group.waitForAll()
        }
        try expectTrue(cache)
        #expect(try cache.names().count == 40)
    }

    @Test("many changes of all kinds leave the cache with what is there", arguments: [true, false])
    func manyChanges(isWatching: Bool) throws {
        let cache = StoreCache(store, isWatching: isWatching)
        try Folders.make(store.folder)
        var generator = SystemRandomNumberGenerator()
        for round in 0..<60 {
            let commands = (0..<8).map { _ in
                let (a, b) = (Int.random(in: 0..<6, using: &generator), Int.random(in: 0..<6, using: &generator))
                let text = "<thing><name>n\(a)</name><uuid>\(ID.random())</uuid></thing>"
                return [
                    "printf '\(text)' > n\(a).xml", "printf '\(text)' > .t; mv .t n\(a).xml", "rm -f n\(a).xml",
                    "[ \(a) = \(b) ] || [ ! -f n\(a).xml ] || mv n\(a).xml n\(b).xml", "printf x >> n\(a).xml",
                    "chmod -R u+rw .",
                ].randomElement(using: &generator) ?? ":"
            }
            try bench.shell(commands.joined(separator: "\n"))
            try expectTrue(cache, "round \(round): \(commands)")
        }
    }
}
