import Glibc
import SupervisorProtocol
import TestBench
import Testing
import VMCore
import VMJSON
import VMManager

/// Every file of a running machine, spoilt in every way: readers answer, whoever mends finds the machine running, and it
/// can be ended.
@Suite("Damaged files", .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"))
struct DamageMatrixTests {
    private static let ways = [
        "garbage", "truncated", "empty", "huge", "nested", "FIFO", "folder", "link loop", "link", "socket", "removed",
    ]

    /// The machine's supervisor may have put a folder back in between.
    private func spoil(_ path: String, _ how: String) throws {
        for _ in 0..<20 {
            do { return try spoilOnce(path, how) } catch  where Files.isFolder(path) {}
        }
        try spoilOnce(path, how)
    }

    private func spoilOnce(_ path: String, _ how: String) throws {
        if how == "truncated" { return try Files.write(Array(((try? Files.read(path)) ?? []).prefix(40)), to: path) }
        Folders.removeTree(path)
        unlink(path)
        switch how {
        case "garbage": try Files.write(Array("\u{1b}[31mgarbage \u{0}".utf8), to: path)
        case "empty": try Files.write([], to: path)
        case "huge":
            try Files.write([UInt8(ascii: "{")], to: path)
            truncate(path, 1 << 40)
        case "nested": try Files.write([UInt8](repeating: UInt8(ascii: "["), count: 1 << 20), to: path)
        case "FIFO": mkfifo(path, 0o600)
        case "folder": mkdir(path, 0o700)
        case "link loop": symlink(path, path)
        case "link": symlink("/etc/shadow", path)
        case "socket": _ = try Socket.listen(at: .unix(path: path))
        default: break
        }
    }

    /// What readers do; none of it may trap, wait or take the others' answers away.
    private func read(_ bench: Bench, _ name: String) {
        _ = try? bench.manager.status(name)
        _ = try? bench.manager.xml(name)
        _ = try? bench.manager.job(name)
        _ = try? bench.manager.statistics(of: name, patience: .milliseconds(20))
        _ = try? bench.manager.journalText(name)
        _ = try? bench.manager.lastFailure(name)
    }

    @Test(
        "A machine survives each of its files",
        arguments: [
            "state.json", "plan.json", "greeting.json", "domain.xml", "change.json", "change-done.json",
            "removals.json", "job.json", "statistics.json", "pending", "processors.left", "media.change",
            "qemu-qmp.conf", "console-pty0.request",
        ])
    func spoilt(file: String) throws {
        let bench = try Bench()
        try bench.define("spoilt")
        try bench.define("other")
        let before = try bench.manager.start("spoilt", paused: true)
        let path = try bench.runtime("spoilt").path + "/" + file
        for how in Self.ways {
            try spoil(path, how)
            #expect(try bench.manager.list(.all).map(\.name).sorted() == ["other", "spoilt"], "\(how)")
            read(bench, "spoilt")
            let beside = try bench.manager.mend("spoilt")
            #expect(beside.qemu == before.qemu && beside.state == .paused, "\(how)")
            // Once more, with nobody there who remembers.
            try spoil(path, how)
            killForGood(supervisor: try #require(beside.supervisor?.pid))
            try eventually("the supervisor is gone") { beside.supervisor?.isAlive == false }
            read(bench, "spoilt")
            let mended = try bench.manager.mend("spoilt")
            #expect(mended.qemu == before.qemu && mended.state == .paused, "\(how)")
        }
        #expect(try bench.manager.destroy("spoilt").reason == .destroyed)
    }

    @Test(
        "What leads to a machine, and what it is locked by, may be anything: readers answer, and no machine that runs is lost",
        arguments: [
            "active/ID", "active", "names/spoilt", "names", "NAME/qemu.lock", "NAME/supervisor.lock",
            "NAME/create.lock",
            "NAME/destroy.asked", "NAME/console", "NAME/qemu", "NAME/job-vda.json", "next-id", "id.lock",
        ])
    func around(file: String) throws {
        let bench = try Bench()
        try bench.define("spoilt")
        try bench.define("other")
        let before = try bench.manager.start("spoilt", paused: true)
        let runtime = try bench.runtime("spoilt")
        let path =
            runtime.base + "/"
            + file.replacing("NAME", with: "\(runtime.uuid)").replacing("ID", with: "\(before.id ?? 0)")
        for how in Self.ways where how != "removed" && how != "truncated" {
            // Links that are gone without a trace aren't missed.
            if file == "active", how == "folder" { continue }
            try spoil(path, how)
            let domains = try bench.manager.list(.all)
            #expect(domains.map(\.name).sorted() == ["other", "spoilt"], "\(how)")
            #expect(domains.first { $0.name == "spoilt" }?.state == .paused, "\(how)")
            #expect(try bench.manager.list(.active).map(\.name) == ["spoilt"], "\(how)")
            #expect(try bench.manager.status("spoilt").qemu == before.qemu, "\(how)")
            read(bench, "spoilt")
        }
        Folders.removeTree(path)
        #expect(try bench.manager.destroy("spoilt").reason == .destroyed)
    }

    @Test("A state of another user's is not believed, and its machine is told as one whose state can't be read")
    func foreignState() throws {
        guard getuid() == 0 else { return }
        let bench = try Bench()
        try bench.define("sick")
        try bench.manager.start("sick", paused: true)
        let path = try bench.runtime("sick").state
        // One that everybody may write is as good as somebody else's.
        #expect(chmod(path, 0o666) == 0)
        let found = try #require(try bench.manager.list(.all).first)
        #expect(found.name == "sick" && found.state.rawValue == "no state")
        #expect(found.problem?.hasPrefix("the state of domain 'sick' can't be read: ") == true)
        #expect(chown(path, 12345, 12345) == 0 && chmod(path, 0o600) == 0)
        #expect(try bench.manager.list(.all).first?.problem?.contains("belongs to user 12345") == true)
        #expect(try bench.manager.status("sick").state.rawValue == "no state")
    }

    private static let values: [JSONValue] = [
        .integer(.max), .integer(.min), .integer(-1), .integer(0), JSONValue(UInt64.max), .double(1e300),
        .double(-1e300),
        .double(0.5), .string(""), .string(String(repeating: "a/../", count: 2000)), .string("\u{0}\u{1b}\n"),
        .bool(true),
        .null, .array([]), .object([:]),
    ]

    /// `value` with one of its leaves replaced, for every leaf and every odd value.
    private func variants(_ value: JSONValue) -> [JSONValue] {
        switch value {
        case .object(let object):
            return object.flatMap { key, inner in
                (Self.values + variants(inner)).map { odd in .object(object.merging([key: odd])) }
            }
        case .array(let items):
            return items.indices.prefix(3).flatMap { index in
                (Self.values + variants(items[index])).map { odd in
                    var items = items
                    items[index] = odd
                    return .array(items)
                }
            }
        default: return []
        }
    }

    @Test(
        "No value of any field of a machine's files ends a reader, or keeps the machine from being ended",
        arguments: ["state.json", "plan.json", "job.json", "removals.json", "statistics.json"])
    func fields(file: String) throws {
        let bench = try Bench()
        try bench.define("odd")
        let before = try bench.manager.start("odd", paused: true)
        let path = try bench.runtime("odd").path + "/" + file
        let whole =
            (try? Files.read(path)).flatMap { try? JSONParser.parse($0) }
            ?? [
                "id": "1", "kind": "save", "phase": "running", "path": "/tmp/x", "started": 1, "bytesTotal": 1,
                "bytesRemaining": 1, "bytesProcessed": 1, "offset": 1, "ended": 2, "speed": 3,
            ]
        var count = 0
        for variant in variants(whole) {
            try Files.write(Array(variant.description.utf8), to: path, durable: false)
            let names = try bench.manager.list().map(\.name)
            if names.count != 1 || file != "state.json" && names != ["odd"] {
                Issue.record("\(names.count) machines with \(variant.description.prefix(600))")
                break
            }
            read(bench, "odd")
            count += 1
        }
        #expect(count > 20)
        let qemu = try #require(before.qemu)
        _ = try bench.manager.mend("odd")
        #expect(qemu.isAlive)
        #expect(try bench.manager.destroy("odd").state == .shutOff)
        #expect(!qemu.isAlive)
    }

    @Test("No value of any field of the journal ends a reader, a writer or a machine")
    func journal() throws {
        let bench = try Bench()
        try bench.define("told")
        try bench.manager.start("told", paused: true)
        let folder = bench.manager.paths.state + "/events"
        let segments = try Folders.list(folder)
        let segment = try #require(segments.last { $0.hasPrefix("events-") }.map { folder + "/" + $0 })
        let lines = try Files.read(segment).split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
        let line = try #require(lines.last { (try? JSONParser.parse($0)) != nil })
        for variant in variants(try JSONParser.parse(line)) {
            try Files.write(Array("\(variant.description)\n\(line)\n".utf8), to: segment, durable: false)
            _ = try? bench.manager.journalText("told")
        }
        // The supervisor goes on writing into whatever is there.
        #expect(try bench.manager.resume("told").state == .running)
        #expect(try bench.manager.list().map(\.name) == ["told"])
        #expect(try bench.manager.destroy("told").reason == .destroyed)
    }
}
