import Foundation
import Testing
import VMJSON

private let fakeClock = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
    .map { "/usr/lib/\($0)/faketime/libfaketime.so.1" }.first { FileManager.default.fileExists(atPath: $0) }

/// The clock is set back and forth by more than a year while machines run.
@Suite(.enabled(if: fakeClock != nil && Program.hasQEMU, "needs QEMU and the package libfaketime"))
struct ClockTests {
    private let program = Program()

    private func set(_ offset: String) throws { _ = try program.file("clock", offset + "\n") }

    private func run(_ words: String...) -> Program.Result {
        program.run(
            words,
            environment: [
                "LD_PRELOAD": fakeClock ?? "", "FAKETIME_TIMESTAMP_FILE": program.home + "/clock",
                "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            ])
    }

    @Test("readers, changes, events and deadlines don't care", arguments: ["-500d", "+500d"])
    func jumps(_ offset: String) throws {
        try set("+0d")
        #expect(run("define", try program.domain("clock")).status == 0)
        let started = run("start", "clock")
        try #require(started.status == 0, "\(started.errors)")
        let first = run("events", "clock", "--output", "jsonl").output.split(separator: "\n").count
        try set(offset)
        #expect(run("domstate", "clock").output == "running\n")
        #expect(run("suspend", "clock").status == 0)
        #expect(run("list", "--all").output.contains("clock   paused"))
        #expect(run("resume", "clock").status == 0)
        let figures = run("domstats", "clock")
        #expect(figures.status == 0 && figures.errors.isEmpty, "\(figures.errors)")
        try set("+0d")
        #expect(run("status", "clock").status == 0)
        #expect(run("suspend", "clock").status == 0)
        let events = try run("events", "clock", "--output", "jsonl").output.split(separator: "\n").map {
            try JSONParser.parse(String($0))
        }
        #expect(events.count > first)
        let numbers = events.compactMap { $0["seq"]?.int ?? $0["sequence"]?.int }
        #expect(numbers.count == events.count && numbers == numbers.sorted() && Set(numbers).count == numbers.count)
        // Nothing waits for a time that has gone.
        #expect(run("events", "clock", "--follow", "--timeout", "1").status == 0)
        #expect(run("destroy", "clock").status == 0)
        #expect(run("start", "clock").status == 0)
    }

    @Test("a supervisor is replaced in another year than it was started in")
    func takeOver() throws {
        try set("+500d")
        #expect(run("define", try program.domain("year")).status == 0)
        try #require(run("start", "year").status == 0)
        let pid = try #require(run("status", "year", "--output", "json").json["supervisor_pid"]?.int)
        kill(pid_t(pid), SIGKILL)
        try set("-500d")
        #expect(run("suspend", "year").status == 0)
        #expect(run("domstate", "year", "--reason").output == "paused (user)\n")
        #expect(run("destroy", "year").status == 0)
    }

    @Test("a clock that is wrong for a while empties no trash; a month that passes does")
    func trash() throws {
        func undefine(_ name: String, _ offset: String) throws {
            try set(offset)
            #expect(run("define", try program.domain(name)).status == 0)
            let removed = run("undefine", name, "--yes")
            #expect(removed.status == 0, "\(removed.errors)")
        }
        func isThere(_ name: String) -> Bool { run("list", "--undefined", "--name").output.contains(name) }
        try undefine("old", "+0d")
        try undefine("wrong-clock", "+500d")
        #expect(isThere("old"))
        try undefine("right-clock", "+0d")
        #expect(isThere("old"))
        try undefine("month-passed", "+500d")
        #expect(isThere("old"))
        try undefine("day-passed", "+502d")
        #expect(!isThere("old"))
    }
}
