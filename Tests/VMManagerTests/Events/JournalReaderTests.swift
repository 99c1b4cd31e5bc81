import Foundation
import Testing
import VMCore
import VMJSON

@testable import VMManager
@testable import VMSupervisor

@Suite("Reading journals as they grow")
struct JournalReaderTests {
    private final class Folder {
        let path: String
        init() throws {
            path = NSTemporaryDirectory() + "vmctl-journal-\(UInt32.random(in: 0 ... .max))"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
        var journal: String { path + "/events.jsonl" }
    }

    private func numbers(_ reader: inout JournalReader) -> [UInt64] {
        var all: [UInt64] = []
        while true {
            let found = reader.next()
            if found.isEmpty { return all }
            for item in found { if case .event(let event) = item { all.append(event.sequence) } else { all.append(0) } }
        }
    }

    private func write(_ count: Int, _ journal: inout EventJournal, padding: Int = 0) {
        for _ in 0..<count {
            _ = journal.append("qmp", ["name": "X", "data": ["p": .string(String(repeating: "x", count: padding))]])
        }
    }

    @Test("Every event comes once, in order, over any number of portions")
    func growing() throws {
        let folder = try Folder()
        var reader = JournalReader(path: folder.journal, after: 0)
        #expect(numbers(&reader) == [])
        var journal = EventJournal(path: folder.journal, last: 0)
        write(3, &journal)
        #expect(numbers(&reader) == [1, 2, 3])
        #expect(numbers(&reader) == [])
        write(1000, &journal, padding: 100)
        #expect(numbers(&reader) == Array(4...1003))
    }

    @Test("A journal that is moved aside is read to its end first")
    func rotation() throws {
        let folder = try Folder()
        var journal = EventJournal(path: folder.journal, last: 0)
        var reader = JournalReader(path: folder.journal, after: 0)
        write(1, &journal)
        #expect(numbers(&reader) == [1])
        // Between two looks the file is full once.
        write(300, &journal, padding: 1000)
        #expect(FileManager.default.fileExists(atPath: folder.journal + ".1"))
        #expect(numbers(&reader) == Array(2...301))
        var late = JournalReader(path: folder.journal, after: 200)
        #expect(numbers(&late) == Array(201...301))
    }

    @Test("What the journal dropped is a gap with its size")
    func gap() throws {
        let folder = try Folder()
        var journal = EventJournal(path: folder.journal, last: 0)
        var reader = JournalReader(path: folder.journal, after: 0)
        write(1, &journal)
        #expect(numbers(&reader) == [1])
        write(1000, &journal, padding: 1000)
        let found = reader.next()
        guard case .gap(let lost?) = found.first, case .event(let next) = found.dropFirst().first else {
            Issue.record("no gap: \(found.prefix(2))")
            return
        }
        #expect(lost > 0 && next.sequence == lost + 2)
        #expect(numbers(&reader).last == 1001)
    }

    @Test("Each missing event is counted, and none where none is missing")
    func counted() throws {
        let folder = try Folder()
        let line = { (number: Int) in "{\"seq\":\(number),\"time\":1,\"event\":\"qmp\",\"name\":\"A\",\"data\":{}}\n" }
        func gaps(_ numbers: [Int], after last: UInt64?) throws -> [UInt64?] {
            try numbers.map(line).joined().write(toFile: folder.journal, atomically: false, encoding: .utf8)
            var reader = JournalReader(path: folder.journal, after: last)
            return reader.next().compactMap { if case .gap(let count) = $0 { .some(count) } else { nil } }
        }
        #expect(try gaps([1, 2, 3], after: nil) == [])
        #expect(try gaps([2, 3], after: nil) == [1])
        #expect(try gaps([7], after: nil) == [6])
        #expect(try gaps([1, 2], after: 0) == [])
        #expect(try gaps([3, 4], after: 0) == [2])
        #expect(try gaps([3, 4, 6, 10], after: 3) == [1, 3])
        #expect(try gaps([1, 2, 4], after: 2) == [1])
    }

    @Test("A journal that is moved aside after it was read to its end goes on in the new file")
    func rotationBetween() throws {
        let folder = try Folder()
        var journal = EventJournal(path: folder.journal, last: 0)
        var reader = JournalReader(path: folder.journal, after: 0)
        var next: UInt64 = 1
        for _ in 0..<4 {
            // Just before the file is full, and then over the edge.
            write(250, &journal, padding: 1000)
            #expect(numbers(&reader) == Array(next..<(next + 250)))
            write(40, &journal, padding: 1000)
            #expect(numbers(&reader) == Array((next + 250)..<(next + 290)))
            next += 290
        }
    }

    @Test("Numbers that began anew are a gap of unknown size, never silence")
    func anew() throws {
        let folder = try Folder()
        var journal = EventJournal(path: folder.journal, last: 0)
        write(2, &journal)
        var reader = JournalReader(path: folder.journal, after: 500)
        let found = reader.next()
        #expect(found.first == .gap(nil))
        #expect(found.count == 3)
        let missed = journal.entries(after: 500)
        #expect(missed.hasGap && missed.entries.count == 2)
        #expect(!journal.entries(after: 2).hasGap)
    }

    @Test("A line that is still being written is waited for, damage is passed over and shows as a gap")
    func damage() throws {
        let folder = try Folder()
        let line = { (number: Int) in "{\"seq\":\(number),\"time\":1,\"event\":\"qmp\",\"name\":\"A\",\"data\":{}}" }
        try (line(1) + "\n" + line(2).prefix(20)).write(toFile: folder.journal, atomically: false, encoding: .utf8)
        var reader = JournalReader(path: folder.journal, after: nil)
        #expect(numbers(&reader) == [1])
        let file = try #require(FileHandle(forWritingAtPath: folder.journal))
        file.seekToEndOfFile()
        file.write(Data((String(line(2).dropFirst(20)) + "\nrubbish\n" + line(4) + "\n").utf8))
        #expect(numbers(&reader) == [2, 0, 4])
    }

    @Test("Tokens are read as they are written, and nothing else is", arguments: ["x", "1", "a:b", ":", "1:2:3", ""])
    func tokens(wrong: String) throws {
        let uuid = try #require(UUID("5a953599-a914-4252-b6c8-9974b8b3d84d"))
        let token = EventToken(sequences: [uuid: 7])
        #expect(try EventToken(parsing: token.description, machine: nil) == token)
        #expect(try EventToken(parsing: "7", machine: uuid) == token)
        #expect(try EventToken(parsing: "0", machine: nil) == .beginning)
        #expect(throws: VMError.self) { try EventToken(parsing: wrong, machine: nil) }
    }
}
