import Foundation
import TestBench
import Testing
import VMCore
import VMManager

/// Readers beside machines that are sick: nobody waits, nobody mends, everything is shown.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct SickMachineTests {
    @Test("fifty readers at once see all machines, and leave the sick ones as they are")
    func readers() async throws {
        let bench = try Bench()
        let manager = bench.manager
        for name in ["good", "damaged", "orphan", "foreign", "frozen"] {
            try bench.define(name)
            try manager.start(name)
        }
        let damaged = try bench.runtime("damaged").state
        try Data("{\"name\": 5".utf8).write(to: URL(fileURLWithPath: damaged))
        let orphan = try manager.status("orphan")
        killForGood(supervisor: try #require(orphan.supervisor?.pid))
        try eventually("the supervisor is gone") { orphan.supervisor?.isAlive == false }
        let isRoot = geteuid() == 0
        if isRoot { chown(try bench.runtime("foreign").state, 65534, 65534) }
        let frozen = try #require(try manager.status("frozen").qemu?.pid)
        kill(frozen, SIGSTOP)
        defer { kill(frozen, SIGCONT) }
        let before = try ["damaged", "orphan"].map { try Files.read(bench.runtime($0).state) }

        let seen = await withTaskGroup(of: [String: DomainState].self) { group in
            for number in 0..<50 {
                group.addTask(executorPreference: VMManager.executor) {
                    var found: [String: DomainState] = [:]
                    if number % 2 == 0 {
                        for one in (try? manager.list(.all)) ?? [] { found[one.name] = one.state }
                    } else {
                        for name in ["good", "damaged", "orphan", "foreign", "frozen"] {
                            found[name] = (try? manager.status(name))?.state
                        }
                        _ = try? manager.xml("good")
                    }
                    return found
                }
            }
            var all: [[String: DomainState]] = []
            for await one in group { all.append(one) }
            return all
        }
        for found in seen {
            #expect(found["good"] == .running && found["frozen"] == .running && found["orphan"] == .running)
            #expect(found["damaged"] == .noState)
            #expect(found.count == 5, "\(found)")
        }
        // They have mended nothing: the files are as they were, and no supervisor was brought up.
        let after = try ["damaged", "orphan"].map { try Files.read(bench.runtime($0).state) }
        #expect(after == before)
        #expect(try manager.status("orphan").supervisor == orphan.supervisor)
        #expect(orphan.supervisor?.isAlive == false)
        if isRoot { chown(try bench.runtime("foreign").state, 0, 0) }
        // What may change things mends first.
        #expect(try manager.suspend("orphan").state == .paused)
    }
}
