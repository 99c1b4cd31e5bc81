import Foundation
import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol
@testable import VMSupervisor

@Suite("The journal of a machine")
struct EventJournalTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "vmctl-journal-\(UInt32.random(in: 0 ... .max))"
        var journal: String { path + "/events.jsonl" }
        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        func lines(_ name: String = "/events.jsonl") throws -> [String] {
            try String(contentsOfFile: path + name, encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    private func append(_ count: Int, _ journal: inout EventJournal, padding: Int = 0) {
        for _ in 0..<count {
            _ = journal.append("qmp", ["name": "X", "data": .string(String(repeating: "x", count: padding))])
        }
    }

    @Test("Numbers go on behind the last one that was published or written, whichever is later")
    func numbers() throws {
        let folder = try Folder()
        var first = EventJournal(path: folder.journal, last: 0)
        append(5, &first)
        #expect(first.last == 5)
        // A supervisor that was killed had written more than it had published, or published more than is left.
        for (published, next) in [(UInt64(0), UInt64(6)), (3, 7), (20, 21)] {
            var later = EventJournal(path: folder.journal, last: published)
            #expect(later.append("state", [:])["seq"]?.uint64 == next)
        }
        // A line that was cut off by a crash counts for nothing.
        let file = try #require(FileHandle(forWritingAtPath: folder.journal))
        file.seekToEndOfFile()
        file.write(Data("{\"seq\":99,\"ti".utf8))
        #expect(EventJournal(path: folder.journal, last: 0).last == 21)
    }

    @Test("What is asked for behind a number: all of it, a gap only where something is missing")
    func entries() throws {
        let folder = try Folder()
        var journal = EventJournal(path: folder.journal, last: 10)
        append(4, &journal)
        func numbers(after since: UInt64) -> ([UInt64], Bool) {
            let found = journal.entries(after: since)
            return (found.entries.compactMap { $0["seq"]?.uint64 }, found.hasGap)
        }
        #expect(numbers(after: 14) == ([], false))
        #expect(numbers(after: 13) == ([14], false))
        #expect(numbers(after: 10) == ([11, 12, 13, 14], false))
        #expect(numbers(after: 9) == ([11, 12, 13, 14], true))
        #expect(numbers(after: 0) == ([11, 12, 13, 14], true))
        // A number from before the journal began anew.
        #expect(numbers(after: 15) == ([11, 12, 13, 14], true))
    }

    @Test("A full file is moved aside, and the next one takes as many again")
    func rotation() throws {
        let folder = try Folder()
        var journal = EventJournal(path: folder.journal, last: 0)
        append(200, &journal, padding: 2000)
        let (older, newer) = (try folder.lines("/events.jsonl.1"), try folder.lines())
        #expect(older.count > 100 && newer.count > 1 && older.count + newer.count == 200)
        // A supervisor that takes over knows how full the file is.
        var later = EventJournal(path: folder.journal, last: 0)
        append(older.count - newer.count, &later, padding: 2000)
        #expect(try folder.lines("/events.jsonl.1") == older)
        append(1, &later, padding: 2000)
        #expect(try folder.lines("/events.jsonl.1").first == newer.first)
        #expect(later.entries(after: UInt64(older.count)).hasGap == false)
        #expect(later.entries(after: 0).hasGap)
    }

    @Test("An event has its number, its time and its kind before its members")
    func form() throws {
        let folder = try Folder()
        var journal = EventJournal(path: folder.journal, last: 0)
        let entry = journal.append("state", ["state": "running"])
        #expect(entry.keys == ["seq", "time", "event", "state"])
        #expect(try folder.lines() == [entry.description])
    }
}
