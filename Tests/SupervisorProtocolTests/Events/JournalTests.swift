import Foundation
import Testing
import VMCore
import VMJSON

@testable import SupervisorProtocol

/// A journal in a folder of its own.
final class JournalFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "vmctl-journal-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func journal(limit: UInt64 = 1 << 20, kept: Int = 8, boot: String = "boot1") -> HostJournal {
        HostJournal(folder: path, limit: limit, kept: kept, bootID: boot)
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

    func append(_ text: String, to file: String) throws {
        let handle = try #require(FileHandle(forWritingAtPath: path + "/" + file))
        handle.seekToEndOfFile()
        handle.write(Data(text.utf8))
        try handle.close()
    }
}

extension JournalReader {
    /// All there is now.
    func all() -> [HostEvent] {
        var events: [HostEvent] = []
        while true {
            let found = next()
            if found.isEmpty { return events }
            events += found
        }
    }

    /// The texts of supervisor events, `-` for a gap.
    func texts() -> [String] {
        all().map { event in
            switch event.kind {
            case .supervisor(let text): text
            case .gap: "-"
            default: "?"
            }
        }
    }
}

extension JournalWriter {
    @discardableResult
    func write(_ text: String) -> UInt64? {
        append(HostEvent(domain: "m", uuid: nil, kind: .supervisor(text)))
    }
}

@Suite("The host's journal", .timeLimit(.minutes(40)))
struct JournalTests {
    @Test("An event's number is where its line ends, and goes on behind it as a token")
    func numbers() throws {
        let folder = try JournalFolder()
        let journal = folder.journal()
        let reader = JournalReader(journal, .after(0))
        #expect(reader.all().isEmpty)
        let writer = JournalWriter(journal)
        let numbers = try ["a", "b", "c"].map { try #require(writer.write($0)) }
        #expect(folder.files == ["events-0-boot1.jsonl"])
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: folder.path + "/" + folder.files[0])).count == Int(numbers[2]))
        let events = reader.all()
        #expect(events.map(\.number) == numbers && reader.position == numbers[2])
        #expect(events.map(\.kind) == ["a", "b", "c"].map { .supervisor($0) })
        #expect(reader.all().isEmpty)
        for (index, number) in numbers.enumerated() {
            #expect(JournalReader(journal, .after(number)).texts() == Array(["a", "b", "c"][(index + 1)...]))
        }
        let late = JournalReader(journal, .now)
        #expect(late.all().isEmpty && late.position == numbers[2])
        writer.write("d")
        #expect(late.texts() == ["d"] && reader.texts() == ["d"])
    }

    @Test("Segments follow on each other without a hole, and the newest are kept", arguments: [1, 2, 5])
    func rotation(writers: Int) throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 1000, kept: 4)
        let all = (0..<writers).map { _ in JournalWriter(journal) }
        let reader = JournalReader(journal, .after(0))
        var seen: [String] = []
        var last: UInt64 = 0
        for number in 0..<500 {
            let place = try #require(all[number % writers].write("\(number)"))
            #expect(place > last)
            last = place
            if number % 7 == 0 { seen += reader.texts() }
        }
        seen += reader.texts()
        #expect(seen == (0..<500).map { "\($0)" })
        #expect(folder.files.count == 4)
        let rest = JournalReader(journal, .after(0)).texts()
        #expect(rest.count > 30 && rest == Array(seen.suffix(rest.count)))
        // A token that is older than what is kept.
        #expect(JournalReader(journal, .after(1)).texts() == ["-"] + rest)
    }

    @Test("A reader that is far behind reads what it has open, then finds a gap")
    func behind() throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 1000, kept: 3)
        let writer = JournalWriter(journal)
        writer.write("first")
        let reader = JournalReader(journal, .after(0))
        #expect(reader.next().count == 1)
        for number in 0..<300 { writer.write("\(number)") }
        let seen = reader.texts()
        let gap = try #require(seen.firstIndex(of: "-"))
        #expect(Array(seen[..<gap]) == (0..<gap).map { "\($0)" })
        #expect(seen.last == "299" && seen.filter { $0 == "-" }.count == 1 && seen.count < 301)
    }

    @Test("Tokens of any size give what there is behind them, or a gap")
    func tokens() throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 1000)
        let writer = JournalWriter(journal)
        var numbers: [UInt64] = []
        for number in 0..<40 { numbers.append(try #require(writer.write("\(number)"))) }
        let all = (0..<40).map { "\($0)" }
        for token in 0...numbers[39] {
            let texts = JournalReader(journal, .after(token)).texts()
            let rest = numbers.firstIndex { $0 > token } ?? 40
            // The place behind a seal counts as the end of the event before it.
            let isExact = token == 0 || numbers.contains(token) || folder.files.contains("events-\(token)-boot1.jsonl")
            if isExact {
                #expect(texts == Array(all[rest...]), "\(token)")
            } else {
                #expect(texts.first == "-" && texts.count <= 41 - rest && texts.count >= 40 - rest, "\(token)")
                #expect(Array(texts.dropFirst()) == Array(all.suffix(texts.count - 1)), "\(token)")
            }
        }
        for token in [numbers[39] + 100, 1 << 40, UInt64(Int64.max), .max] {
            #expect(JournalReader(journal, .after(token)).texts() == ["-"] + all)
        }
    }

    @Test("Another boot of the host begins a segment further on: no number comes twice though the last events are lost")
    func boots() throws {
        let folder = try JournalFolder()
        let reader = JournalReader(folder.journal(boot: "boot2"), .after(0))
        let first = JournalWriter(folder.journal())
        let kept = try #require(first.write("a"))
        let lost = try #require(first.write("b"))
        // What the power cut left on the disk.
        truncate(folder.path + "/events-0-boot1.jsonl", off_t(kept))
        #expect(reader.texts() == ["a"])
        let later = folder.journal(boot: "boot2")
        // Somebody who saw the lost event asks before anything has happened, and after.
        let early = JournalReader(later, .after(lost))
        #expect(early.texts() == ["-"])
        let number = try #require(JournalWriter(later).write("c"))
        #expect(number > lost)
        #expect(folder.files == ["events-0-boot1.jsonl", "events-\(HostJournal.bootStep)-boot2.jsonl"])
        #expect(early.texts() == ["c"])
        #expect(JournalReader(later, .after(lost)).texts() == ["-", "c"])
        #expect(reader.texts() == ["c"])
        #expect(JournalReader(later, .after(kept)).texts() == ["c"])
        // Half a line at the end of the old segment is a loss.
        try folder.append("{\"time\":1,\"ev", to: "events-0-boot1.jsonl")
        #expect(JournalReader(later, .after(0)).texts() == ["a", "-", "c"])
    }

    @Test("Half a line of a killed writer costs nobody else's event")
    func halfALine() throws {
        let folder = try JournalFolder()
        let journal = folder.journal()
        let writer = JournalWriter(journal)
        writer.write("a")
        let reader = JournalReader(journal, .after(0))
        #expect(reader.texts() == ["a"])
        try folder.append("{\"time\":17,\"domain\":\"m\",\"ev", to: "events-0-boot1.jsonl")
        #expect(reader.texts() == [])
        let number = try #require(writer.write("b"))
        let other = JournalWriter(journal)
        other.write("c")
        #expect(reader.texts() == ["-", "b", "c"])
        #expect(JournalReader(journal, .after(number)).texts() == ["c"])
    }

    @Test(
        "A seal that only half is there, or is in the wrong place, is none",
        arguments: ["{\"event\":\"se", "{\"event\":\"seal\"}", "{\"event\":\"seal\"} \n"])
    func halfASeal(text: String) throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 100)
        let writer = JournalWriter(journal)
        try folder.append(
            "",
            to: {
                writer.write("a"); return folder.files[0]
            }())
        try folder.append(text, to: folder.files[0])
        for number in 0..<3 { writer.write("\(number)") }
        let texts = JournalReader(journal, .after(0)).texts()
        #expect(texts == ["a", "-", "0", "1", "2"])
    }

    @Test(
        "A writer that was killed between its steps is followed by others",
        arguments: [
            "journal.written", "journal.sealed", "journal.begun",
        ])
    func killedBetween(failpoint: String) throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 500)
        let notes = folder.path + "/notes"
        for number in 0..<8 {
            let child = try Flood(
                folder: folder.path, limit: 500, kept: 8, boot: "boot1", writer: number, count: 20, size: 20,
                notes: notes, failpoint: failpoint)
            #expect(child.wait() == .signalled(SIGKILL))
            JournalWriter(journal).write("between \(number)")
        }
        let texts = JournalReader(journal, .after(0)).texts()
        #expect(!texts.contains("-"))
        #expect(texts.filter { $0.hasPrefix("between") } == (0..<8).map { "between \($0)" })
        #expect(Set(texts).count == texts.count)
    }

    @Test("A writer that slept while others filled and dropped many segments goes on in the newest")
    func sleeper() throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 500, kept: 2)
        let sleeper = JournalWriter(journal)
        sleeper.write("early")
        let reader = JournalReader(journal, .after(0))
        var seen = reader.texts()
        let other = JournalWriter(journal)
        for number in 0..<200 {
            other.write("\(number)")
            seen += reader.texts()
        }
        sleeper.write("late")
        seen += reader.texts()
        #expect(seen == ["early"] + (0..<200).map { "\($0)" } + ["late"])
        #expect(folder.files.count == 2)
    }

    @Test("A long event is cut and says so")
    func long() throws {
        let folder = try JournalFolder()
        let journal = folder.journal()
        let writer = JournalWriter(journal)
        let large: JSONValue = .array(Array(repeating: .string(String(repeating: "\u{1}", count: 100)), count: 2000))
        let qemu = HostEvent.QEMUEvent(name: "BIG", data: large)
        writer.append(HostEvent(domain: "m", uuid: nil, kind: .qmp(name: "BIG", data: large), qemu: qemu))
        writer.write(String(repeating: "\u{1}é", count: 100_000))
        writer.write(String(repeating: "x", count: HostJournal.lineLimit - 200))
        let events = JournalReader(journal, .after(0)).all()
        try #require(events.count == 3)
        #expect(events[0].qemu?.name == "BIG" && events[0].cut == ["data"] && events[0].qemu?.data == .null)
        if case .supervisor(let text) = events[1].kind { #expect(text.hasPrefix("\u{1}é\u{1}") && text.count < 2000) }
        #expect(events[1].cut == ["detail"] && events[2].cut == [])
        for (last, event) in zip([0] + events.map(\.number), events) {
            #expect(event.number - last <= UInt64(HostJournal.lineLimit))
        }
    }

    @Test("Damage of every kind is a gap and no more")
    func damage() throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 1 << 20)
        let writer = JournalWriter(journal)
        writer.write("a")
        let file = folder.files[0]
        let reader = JournalReader(journal, .after(0))
        #expect(reader.texts() == ["a"])
        try folder.append("rubbish\n\n{}\n[1,2]\n", to: file)
        writer.write("b")
        #expect(reader.texts() == ["-", "b"])
        // A line without end, longer than any.
        try folder.append(String(repeating: "y", count: 3 * HostJournal.lineLimit), to: file)
        #expect(reader.texts() == ["-"])
        try folder.append("\n", to: file)
        writer.write("c")
        #expect(reader.texts() == ["c"])
        // Emptied, and written to again.
        truncate(folder.path + "/" + file, 0)
        writer.write("d")
        #expect(reader.texts() == ["-", "d"])
        // Removed with its folder.
        try FileManager.default.removeItem(atPath: folder.path)
        #expect(reader.texts() == ["-"])
        writer.write("e")
        #expect(reader.texts() == ["e"])
        #expect(JournalReader(journal, .after(0)).texts() == ["e"])
    }

    @Test("Other things in the folder are left alone, and hold nobody up")
    func foreign() throws {
        let folder = try JournalFolder()
        let journal = folder.journal()
        mkfifo(folder.path + "/events-5-boot1.jsonl", 0o600)
        #expect(JournalReader(journal, .after(0)).texts() == [])
        #expect(JournalReader(journal, .now).all().isEmpty)
        #expect(JournalWriter(journal).write("x") == nil)
        unlink(folder.path + "/events-5-boot1.jsonl")
        symlink("/etc/passwd", folder.path + "/events-5-boot1.jsonl")
        #expect(JournalReader(journal, .after(0)).texts() == [])
        unlink(folder.path + "/events-5-boot1.jsonl")
        for name in [
            "events-18446744073709551615-boot1.jsonl", "events-99999999999999999999999-boot1.jsonl",
            "events-00-boot1.jsonl", "events--1-boot1.jsonl", "events-1.jsonl", "events-x-y.jsonl", "other",
        ] { try "x".write(toFile: folder.path + "/" + name, atomically: false, encoding: .utf8) }
        #expect(JournalWriter(journal).write("a") != nil)
        #expect(JournalReader(journal, .after(0)).texts() == ["a"])
    }

    @Test("A full disk costs the record and nothing else")
    func fullDisk() throws {
        let folder = try JournalFolder()
        // A file that may not grow stands for a disk that is full.
        let child = try Flood(
            folder: folder.path, limit: 1 << 20, kept: 8, boot: "boot1", writer: 0, count: 50, size: 100,
            notes: folder.path + "/notes", sizeLimit: 2)
        #expect(child.wait() == .exited(0))
        let notes = try String(contentsOfFile: folder.path + "/notes", encoding: .utf8)
        #expect(notes.contains("49 -\n") && !notes.contains("0 -\n0"))
        let journal = folder.journal()
        JournalWriter(journal).write("again")
        let texts = JournalReader(journal, .after(0)).texts()
        #expect(texts.first?.hasPrefix("0 0 ") == true && Array(texts.suffix(2)) == ["-", "again"])
    }
}
