import Glibc
import TestBench
import Testing
import VMCore
import VMManager

@testable import VMSupervisor

/// The process that replaces a supervisor which was killed.
@Suite("Keepers") struct KeeperTests {
    @Test("a supervisor that ends again and again is replaced ever later, but at least every minute or so")
    func backOff() {
        let pauses = [0, 1, 2, 3, 4, 7, 8, 1000, Int.max].map { Keeper.pause(beforeMendingAfter: $0) }
        #expect(pauses == [0, 0, 2, 4, 8, 64, 64, 64, 64].map { .seconds($0) })
    }

    @Test("a killed supervisor is replaced though nobody looks", .enabled(if: Bench.hasQEMU))
    func replaced() throws {
        let bench = try Bench()
        try bench.define("kept")
        let before = try bench.manager.start("kept")
        kill(try #require(before.supervisor?.pid), SIGKILL)
        // Reading the state mends nothing.
        try eventually("another supervisor is there") {
            let state = try bench.manager.status("kept")
            return state.supervisor?.isAlive == true && state.supervisor != before.supervisor && !state.isTakingOver
        }
        #expect(try bench.manager.status("kept").qemu == before.qemu)
    }
}
