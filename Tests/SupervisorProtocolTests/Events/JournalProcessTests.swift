import Foundation
import Testing
import VMCore
import VMTestSupport

@testable import SupervisorProtocol

/// A process that writes events as quickly as it can.
struct Flood: ~Copyable {
    let process: SpawnedProcess
    let notes: String

    /// - Parameters:
    ///   - failpoint: where it kills itself.
    ///   - sizeLimit: the largest file that it may write, in units of 512 bytes.
    init(
        folder: String, limit: UInt64, kept: Int, boot: String, writer: Int, count: Int, size: Int, notes: String,
        failpoint: String? = nil, sizeLimit: Int? = nil
    ) throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = (own as NSString).deletingLastPathComponent + "/journal-flood"
        let words = [folder, "\(limit)", "\(kept)", boot, "\(writer)", "\(count)", "\(size)", notes]
        var environment = ProcessInfo.processInfo.environment.map { (name: $0.key, value: $0.value) }
        if let failpoint { environment.append(("VMCTL_FAILPOINT", failpoint)) }
        var request = SpawnRequest(executable: program, arguments: words, environment: environment)
        if let sizeLimit {
            request.executable = "/bin/sh"
            request.arguments = ["-c", "trap '' XFSZ; ulimit -f \(sizeLimit); exec \"$@\"", "sh", program] + words
        }
        process = try SpawnedProcess.spawn(request)
        self.notes = notes
    }

    func signal(_ number: Int32) { kill(process.identity.pid, number) }

    func wait() -> ProcessExit? { ProcessExit.wait(for: process.handle, until: .after(.seconds(60))) }
}

@Suite("Many processes write one journal", .serialized, .timeLimit(.minutes(40)))
struct JournalProcessTests {
    /// Runs `writers` processes side by side over and over, some of which are killed, some stopped for a while.
    ///
    /// - Returns: what each has noted: its events with their numbers.
    private func storm(
        _ folder: String, limit: UInt64, kept: Int, writers: Int, rounds: Int
    ) throws -> [Int: [(Int, UInt64)]] {
        var noted: [Int: [(Int, UInt64)]] = [:]
        for round in 0..<rounds {
            let numbers = (0..<writers).map { round * writers + $0 }
            let outcomes = numbers.map { number in
                Background {
                    let notes = folder + ".notes-\(number)"
                    guard
                        let child = try? Flood(
                            folder: folder, limit: limit, kept: kept, boot: "boot1", writer: number, count: 1500,
                            size: number % 3 * 100, notes: notes)
                    else { return false }
                    let until = Deadline.after(.milliseconds(400))
                    while !until.hasPassed {
                        Poll.sleep(.microseconds(Int.random(in: 100..<9000)))
                        child.signal(SIGSTOP)
                        Poll.sleep(.microseconds(Int.random(in: 0..<6000)))
                        if number % 2 == 0, Int.random(in: 0..<12) == 0 { child.signal(SIGKILL) }
                        child.signal(SIGCONT)
                    }
                    return child.wait() != nil
                }
            }
            for outcome in outcomes { #expect(outcome.wait() == true) }
            for number in numbers {
                // One that was killed soon enough has none.
                let text = (try? String(contentsOfFile: folder + ".notes-\(number)", encoding: .utf8)) ?? ""
                unlink(folder + ".notes-\(number)")
                noted[number] = try text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1).map { line in
                    let words = line.split(separator: " ")
                    return (try #require(Int(words[0])), try #require(UInt64(words[1])))
                }
            }
        }
        return noted
    }

    /// The writer, its count and the number of each event.
    private func parts(_ event: HostEvent) -> (writer: Int, count: Int, number: UInt64)? {
        guard case .supervisor(let text) = event.kind else { return nil }
        let words = text.split(separator: " ")
        guard words.count >= 2, let writer = Int(words[0]), let count = Int(words[1]) else { return nil }
        return (writer, count, event.number)
    }

    @Test(
        "Killed and stopped at any moment, over many rotations: no event is lost, none comes twice, numbers only grow")
    func storm() throws {
        let folder = try JournalFolder()
        // Small segments, so that there are thousands of rotations.
        let journal = folder.journal(limit: 5000, kept: 100_000)
        let isOver = Flag()
        let live = Background {
            let reader = JournalReader(journal, .after(0))
            var events: [HostEvent] = []
            while true {
                let wasOver = isOver.isSet
                let found = reader.all()
                events += found
                if found.isEmpty {
                    if wasOver { return events }
                    Poll.sleep(.milliseconds(1))
                }
            }
        }
        let noted = try storm(folder.path, limit: 5000, kept: 100_000, writers: 8, rounds: 3)
        isOver.set()
        let seen = live.wait() ?? []
        let whole = JournalReader(journal, .after(0)).all()
        #expect(folder.files.count > 100)
        #expect(seen == whole)
        #expect(zip(whole, whole.dropFirst()).allSatisfy { $0.number < $1.number })
        var counts: [Int: [(Int, UInt64)]] = [:]
        for event in whole {
            guard let part = parts(event) else { continue }
            counts[part.writer, default: []].append((part.count, part.number))
        }
        for (writer, list) in noted {
            let read = counts[writer] ?? []
            // One event may have been written whose note wasn't.
            #expect(read.count == list.count || read.count == list.count + 1)
            #expect(zip(read, list).allSatisfy { $0 == $1 }, "writer \(writer)")
            #expect(read.map(\.0) == Array(0..<read.count), "writer \(writer)")
        }
        // The only damage there can be is half a line of one that was killed.
        #expect(whole.filter { $0.kind == .gap }.count <= noted.count)
    }

    @Test("With few segments kept, what is read is still in order and complete but for gaps")
    func bounded() throws {
        let folder = try JournalFolder()
        let journal = folder.journal(limit: 20_000, kept: 3)
        let isOver = Flag()
        // From an event on that is there before: what is dropped before the reader has come to it is a gap then.
        let first = try #require(JournalWriter(journal).write("first"))
        let live = Background {
            let reader = JournalReader(journal, .after(first))
            var events: [HostEvent] = []
            while true {
                let wasOver = isOver.isSet
                let found = reader.all()
                events += found
                if found.isEmpty, wasOver { return events }
            }
        }
        _ = try storm(folder.path, limit: 20_000, kept: 3, writers: 8, rounds: 2)
        isOver.set()
        let seen = live.wait() ?? []
        #expect(seen.count > 1000)
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.number <= $1.number })
        var last: [Int: Int] = [:]
        var isAfterGap = false
        for event in seen {
            if event.kind == .gap { isAfterGap = true }
            guard let part = parts(event) else { continue }
            let expected = (last[part.writer] ?? -1) + 1
            #expect(part.count == expected || (isAfterGap && part.count > expected))
            last[part.writer] = part.count
        }
        #expect(folder.files.filter { $0.hasPrefix("events-") }.count <= 4)
    }
}

private final class Flag: @unchecked Sendable {
    // SAFETY: touched only under the lock.
    private let lock = NSLock()
    private var value = false
    var isSet: Bool { lock.withLock { value } }
    func set() { lock.withLock { value = true } }
}
