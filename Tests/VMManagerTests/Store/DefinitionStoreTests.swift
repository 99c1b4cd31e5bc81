import Glibc
import TestBench
import Testing
import VMCore
import VMManager

@Suite struct DefinitionStoreTests {
    let bench: Bench

    init() throws { bench = try Bench() }

    @discardableResult
    private func define(_ name: String, uuid: VMCore.UUID? = nil, _ more: String = "") throws -> DefineResult {
        let identity = uuid.map { "<uuid>\($0)</uuid>" } ?? ""
        return try bench.manager.define(
            Array("<domain type='qemu'><name>\(name)</name>\(identity)\(more)</domain>".utf8))
    }

    @Test("a definition gets a UUID and is found by its name and by that")
    func identity() throws {
        let result = try define("one")
        #expect(!result.replaced)
        #expect(result.definition.generation == 1)
        #expect(try bench.manager.find("one").uuid == result.definition.uuid)
        #expect(try bench.manager.find("\(result.definition.uuid)".uppercased()).name == "one")
        #expect(try bench.manager.xml("one").contains("<uuid>\(result.definition.uuid)</uuid>"))
    }

    @Test("a generation ID that is left open is made once, at the definition")
    func generation() throws {
        try define("one", "<genid/>")
        let xml = try bench.manager.xml("one")
        #expect(!xml.contains("<genid/>"))
        #expect(xml.contains("<genid>"))
        #expect(try bench.manager.xml("one") == xml)
    }

    @Test("the same name and UUID replace; one of them alone is a conflict, in libvirt's words")
    func duplicates() throws {
        let uuid = try define("one").definition.uuid
        let again = try define("one", uuid: uuid, "<title>new</title>")
        #expect(again.replaced)
        #expect(again.definition.generation == 2)
        #expect(try bench.manager.xml("one").contains("<title>new</title>"))
        let otherUUID = #expect(throws: VMError.self) { try define("one") }
        #expect(otherUUID?.message == "domain 'one' already exists with uuid \(uuid)")
        let otherName = #expect(throws: VMError.self) { try define("two", uuid: uuid) }
        #expect(otherName?.message == "domain 'one' is already defined with uuid \(uuid)")
        #expect(otherName?.code == .exists)
    }

    @Test("of two editors the second is told that the first was quicker")
    func compareAndSwap() throws {
        let first = try define("edited").definition
        let document = Array("<domain type='qemu'><name>edited</name><uuid>\(first.uuid)</uuid></domain>".utf8)
        #expect(try bench.manager.define(document, expectedGeneration: first.generation).definition.generation == 2)
        let error = #expect(throws: VMError.self) {
            try bench.manager.define(document, expectedGeneration: first.generation)
        }
        #expect(error?.code == .busy)
        #expect(error?.message == "domain 'edited' was changed meanwhile")
    }

    @Test("a generation that never was is refused as one that has passed is")
    func otherGenerations() throws {
        let first = try define("edited").definition
        let document = Array("<domain type='qemu'><name>edited</name><uuid>\(first.uuid)</uuid></domain>".utf8)
        for generation in [UInt64(0), 2, 99] {
            let error = #expect(throws: VMError.self) {
                try bench.manager.define(document, expectedGeneration: generation)
            }
            #expect(error?.code == .busy)
        }
    }

    @Test("undo brings back the last one removed, started with the host as it was before")
    func undo() throws {
        for (number, isMarked) in [(1, false), (2, true), (3, false)] {
            try define("again", "<title>number \(number)</title>")
            if isMarked { try bench.manager.setAutostart("again", true) }
            try bench.manager.undefine("again")
            #expect(try bench.manager.discarded().count == number)
            #expect(bench.manager.autostartedNames().isEmpty)
        }
        let removed = try bench.manager.discarded().map(\.removed)
        #expect(removed == removed.sorted(by: >))
        for (number, isMarked) in [(3, false), (2, true), (1, false)] {
            _ = try bench.manager.takeBack("again")
            #expect(try bench.manager.xml("again").contains("<title>number \(number)</title>"))
            #expect(try bench.manager.isAutostarted(bench.manager.find("again")) == isMarked)
            #expect(bench.manager.autostartedNames().contains("again") == isMarked)
            #expect(throws: VMError.self) { try bench.manager.takeBack("again") }
            // Out of the way, so that the one before it can come.
            try bench.manager.rename("again", to: "was \(number)")
        }
        #expect(throws: VMError.self) { try bench.manager.takeBack("again") }
    }

    @Test("a domain that is being renamed is listed once, by its new name")
    func renameUnderWay() throws {
        try define("old")
        let store = bench.manager.store
        let bytes = try Files.read(store.path(of: "old"))
        symlink("old/new", store.folder + "/.rename")
        // The new file isn't there yet: nothing has happened.
        #expect(try store.names() == ["old"])
        try Files.write(bytes, to: store.path(of: "new"))
        #expect(try store.names() == ["new"])
        #expect(!store.contains("old") && store.contains("new"))
        // Whoever changes something next finishes it.
        try define("third")
        #expect(try store.names() == ["new", "third"])
        #expect(!Files.exists(store.path(of: "old")) && Files.linkTarget(store.folder + "/.rename") == nil)
    }

    @Test("a name of 251 bytes is the longest; escapes count with what they take")
    func lengths() throws {
        for name in [
            String(repeating: "n", count: 251), String(repeating: "ü", count: 125) + "n",
            String(repeating: "%", count: 83) + "nn",
        ] {
            try DomainName.check(name)
            #expect(throws: VMError.self) { try DomainName.check(name + "n") }
        }
    }

    @Test("a definition that was changed by hand is read anew, and its generation counts from the beginning")
    func changedByHand() throws {
        let uuid = try define("hand").definition.uuid
        try define("hand", uuid: uuid, "<title>one</title>")
        let path = bench.manager.store.path(of: "hand")
        #expect(try bench.manager.store.read("hand").generation == 2)
        let text = String(decoding: try Files.read(path), as: UTF8.self)
        let other = VMCore.UUID.random()
        // With another UUID in the document the store's own line is no more to be believed.
        let changed = text.split(separator: "\n", maxSplits: 1).map(String.init)
        try Files.write(
            Array((changed[0] + "\n" + changed[1].replacing("\(uuid)", with: "\(other)")).utf8), to: path)
        #expect(try bench.manager.store.read("hand").uuid == other)
        #expect(try bench.manager.store.read("hand").generation == 0)
    }

    @Test(
        "the name of a running machine without a definition is taken",
        .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
    func nameOfRunning() throws {
        try define("passing")
        try bench.manager.start("passing")
        let uuid = try bench.manager.find("passing").uuid
        try bench.manager.undefine("passing")
        let error = #expect(throws: VMError.self) { try define("passing") }
        #expect(error?.message == "domain 'passing' already exists with uuid \(uuid)")
        #expect(try !define("passing", uuid: uuid).replaced)
    }

    @Test(
        "odd names are kept as they are",
        arguments: [
            "-rf", " ", " leading", "a,b=c", "%s%n", "50%", "%25", "$(reboot)", ".hidden", "x.xml", "7", "naïve", "🐧",
            "CaSe",
            "e\u{301}", "'\"", String(repeating: "n", count: 251),
        ])
    func oddNames(name: String) throws {
        try bench.define(name)
        #expect(try bench.manager.store.names() == [name])
        #expect(try bench.manager.find(name).name == name)
        #expect(try bench.manager.list(.all).map(\.name) == [name])
        try bench.manager.undefine(name)
        #expect(try bench.manager.list(.all).isEmpty)
    }

    @Test(
        "names that can't be kept are refused",
        arguments: ["", ".", "..", "a/b", "tab\there", "\u{7f}", String(repeating: "n", count: 252)])
    func refusedNames(name: String) throws {
        #expect(throws: VMError.self) { try DomainName.check(name) }
        let error = #expect(throws: VMError.self) { try bench.manager.find(name) }
        #expect(error?.code == .noDomain)
    }

    @Test("a broken file is listed as broken, with the reason, and disturbs nothing else")
    func brokenFiles() throws {
        try bench.define("good")
        let folder = bench.manager.paths.domains
        for name in ["cut", "changed", "deaf"] { try bench.define(name) }
        let whole = try Files.read(folder + "/cut.xml")
        try Files.write(Array(whole.dropLast(20)), to: folder + "/cut.xml")
        try Files.write(Array("garbage".utf8), to: folder + "/garbage.xml")
        try Files.write([], to: folder + "/empty.xml")
        mkfifo(folder + "/fifo.xml", 0o600)
        symlink("loop.xml", folder + "/loop.xml")
        mkdir(folder + "/folder.xml", 0o700)
        symlink("/dev/zero", folder + "/zero.xml")
        try Files.write(Array("<domain type='qemu'><name>other</name></domain>".utf8), to: folder + "/mislabelled.xml")
        let list = try bench.manager.list(.all)
        let broken = list.filter { $0.problem != nil }.map(\.name)
        #expect(broken == ["cut", "empty", "fifo", "folder", "garbage", "loop", "mislabelled", "zero"])
        #expect(list.first { $0.name == "fifo" }?.problem?.contains("it is a FIFO, not a file") == true)
        #expect(list.filter { $0.problem == nil }.map(\.name) == ["changed", "deaf", "good"])
        #expect(throws: VMError.self) { try bench.manager.xml("cut") }
        // A broken definition can be replaced, and removed.
        try bench.define("cut")
        #expect(try bench.manager.find("cut").name == "cut")
        try bench.manager.undefine("garbage")
        #expect(try !bench.manager.list(.all).map(\.name).contains("garbage"))
    }

    @Test("a file written by hand is taken as it is")
    func foreignFile() throws {
        let uuid = UUID.random()
        try Folders.make(bench.manager.paths.domains)
        try Files.write(
            Array("<domain type='qemu'><name>hand</name><uuid>\(uuid)</uuid></domain>".utf8),
            to: bench.manager.paths.domains + "/hand.xml")
        #expect(try bench.manager.find("\(uuid)").name == "hand")
        let error = #expect(throws: VMError.self) { try define("new", uuid: uuid) }
        #expect(error?.message == "domain 'hand' is already defined with uuid \(uuid)")
        // One that came by hand later is seen as well, and one that went.
        try define("ours")
        let other = VMCore.UUID.random()
        try Files.write(
            Array("<domain type='qemu'><name>late</name><uuid>\(other)</uuid></domain>".utf8),
            to: bench.manager.paths.domains + "/late.xml")
        #expect(throws: VMError.self) { try define("new", uuid: other) }
        try Files.remove(bench.manager.paths.domains + "/late.xml")
        #expect(try define("new", uuid: other).definition.uuid == other)
    }

    @Test("a name that isn't there gets the nearest one suggested")
    func suggestion() throws {
        try bench.define("webserver")
        let error = #expect(throws: VMError.self) { try bench.manager.find("websever") }
        #expect(error?.message == "failed to get domain 'websever'")
        #expect(error?.cause?.message.hasPrefix("Domain not found") == true)
        #expect(error?.firstRemedy == "did you mean 'webserver'?")
    }

    @Test("twenty defines of one name at once: one wins", .timeLimit(.minutes(40)))
    func concurrentDefines() async throws {
        let manager = bench.manager
        let outcomes = await withTaskGroup(of: Bool.self, returning: [Bool].self) { group in
            for _ in 0..<20 {
                group.addTask {
                    (try? manager.define(Array("<domain type='qemu'><name>one</name></domain>".utf8))) != nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        #expect(try manager.list(.all).count == 1)
    }

    @Test(
        "a domain whose name is another one's id or UUID takes none of its calls",
        .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
    func idAndUUIDBeforeName() throws {
        try bench.define("eight")
        let id = try #require(bench.manager.start("eight").id)
        try bench.define("\(id)")
        let uuid = try bench.manager.find("eight").uuid
        try bench.define("\(uuid)")
        #expect(try bench.manager.find("\(id)").name == "eight")
        #expect(try bench.manager.find("\(uuid)").name == "eight")
        #expect(try bench.manager.status("\(id)").name == "eight")
        #expect(try bench.manager.status("\(uuid)").state == .running)
        #expect(try bench.manager.suspend("\(uuid)").name == "eight")
        #expect(try bench.manager.destroy("\(id)").name == "eight")
    }

    @Test(
        "undefining a running machine makes it transient, and it is gone when it ends",
        .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
    func transient() throws {
        try bench.define("passing")
        try bench.manager.start("passing")
        #expect(try bench.manager.undefine("passing").isStillRunning)
        #expect(try bench.manager.find("passing").isPersistent == false)
        #expect(try bench.manager.list().map(\.isPersistent) == [false])
        let error = #expect(throws: VMError.self) { try bench.manager.undefine("passing") }
        #expect(error?.message == "Requested operation is not valid: domain is transient")
        let path = try bench.runtime("passing").path
        try bench.manager.destroy("passing")
        #expect(throws: VMError.self) { try bench.manager.find("passing") }
        #expect(!Files.exists(path))
    }
}
