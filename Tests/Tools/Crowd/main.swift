// A program that holds many machines: asks all of them for their state, RATE times a second in all, for SECONDS, while
// CALLS calls to one that is frozen wait for their deadlines; then prints what came of it as JSON.
//     crowd HOME SECONDS RATE CALLS FROZEN|- NAME…
// Everything runs on the manager's own threads, as a server would have it.
import Glibc
import MonitorJSON
import VMCore
import VMJSON
import VMManager

let words = CommandLine.arguments
guard words.count > 6, let seconds = Int(words[2]), let rate = Int(words[3]), let calls = Int(words[4]), rate > 0 else {
    exit(2)
}
let manager = VMManager(paths: UserPaths(root: words[1]))
let frozen = words[5] == "-" ? nil : words[5]
let names = Array(words[6...])

struct Tally: Sendable {
    var done = 0
    var failed = 0
    var slowest = Duration.zero
}

/// One machine's share of the calls, each at its time.
@Sendable func ask(_ machine: VirtualMachine, count: Int, every interval: Duration) async -> Tally {
    var tally = Tally()
    let begin = ContinuousClock.now
    for number in 0..<count {
        let due = begin + interval * number
        if .now < due { try? await AsyncWait.sleep(until: .after(due - .now)) }
        let asked = ContinuousClock.now
        do throws(VMError) {
            if try await machine.status().state.isActive { tally.done += 1 } else { tally.failed += 1 }
        } catch {
            tally.failed += 1
        }
        tally.slowest = max(tally.slowest, .now - asked)
    }
    return tally
}

/// Calls to a machine that doesn't answer: how each of them ends.
@Sendable func wait(_ machine: VirtualMachine, _ number: Int) async -> (late: Duration, code: String) {
    let patience = Duration.milliseconds(500 + number % 10 * 50)
    let asked = ContinuousClock.now
    do throws(VMError) {
        if number % 2 == 0 {
            try await machine.execute("query-status", timeout: patience)
        } else {
            try await machine.suspend(timeout: patience)
        }
        return (.now - asked - patience, "answered")
    } catch {
        return (.now - asked - patience, error.code.name)
    }
}

@Sendable func threads() -> Int { ((try? Folders.list("/proc/self/task")) ?? []).count }

@Sendable func run() async throws(VMError) -> JSONObject {
    var machines: [VirtualMachine] = []
    for name in names { machines.append(try await manager.machine(name)) }
    let stuck: VirtualMachine? = if let frozen { try await manager.machine(frozen) } else { nil }
    let share = max(1, rate * seconds / machines.count)
    let interval = Duration.seconds(seconds) / share
    let begin = ContinuousClock.now
    async let waits = withTaskGroup(of: (late: Duration, code: String).self) { group in
        if let stuck { for number in 0..<calls { group.addTask { await wait(stuck, number) } } }
        var all: [(late: Duration, code: String)] = []
        for await one in group { all.append(one) }
        return all
    }
    var most = 0
    let tallies = await withTaskGroup(of: Tally?.self) { group in
        for machine in machines { group.addTask { await ask(machine, count: share, every: interval) } }
        group.addTask {
            for _ in 0..<seconds * 20 { try? await AsyncWait.sleep(until: .after(.milliseconds(50))) }
            return nil
        }
        var all: [Tally] = []
        for await one in group {
            if let one { all.append(one) }
            most = max(most, threads())
        }
        return all
    }
    let took = ContinuousClock.now - begin
    let ends = await waits
    most = max(most, threads())
    var codes: JSONObject = [:]
    for end in ends { codes[end.code] = .integer((codes[end.code]?.int64 ?? 0) + 1) }
    return [
        "status": .integer(Int64(tallies.map(\.done).reduce(0, +))),
        "failed": .integer(Int64(tallies.map(\.failed).reduce(0, +))),
        "slowest": .integer((tallies.map(\.slowest).max() ?? .zero).inNanoseconds / 1000),
        "milliseconds": .integer(took.inNanoseconds / 1_000_000), "threads": .integer(Int64(most)),
        "waits": .object(codes), "latest": .integer((ends.map(\.late).max() ?? .zero).inNanoseconds / 1000),
        "earliest": .integer((ends.map(\.late).min() ?? .zero).inNanoseconds / 1000),
    ]
}

let done = Handoff<String>()
Task(executorPreference: VMManager.executor) {
    do {
        done.fulfil("\(try await run())")
    } catch {
        done.fulfil("\(error)")
    }
}
print(done.wait(until: .after(.seconds(120))) ?? "nothing ended")
