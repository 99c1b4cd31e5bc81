import Foundation
import TestBench
import Testing
import VMCore
import VMManager

/// Where the kernel can't watch a descriptor, what it would have told of is found out all the same.
@Suite(.enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct UnwatchedEndTests {
    @Test("QEMU's end is noticed")
    func end() throws {
        let bench = try LiveBench()
        try bench.start("unwatched", failpoint: "fail:watch.QEMU")
        let state = try bench.manager.status("unwatched")
        let log = try String(contentsOfFile: bench.manager.logPath(state.uuid), encoding: .utf8)
        #expect(log.contains("the end of QEMU is looked for now and then"))
        kill(try #require(state.qemu?.pid), SIGKILL)
        try eventually("its end is noticed") { try bench.manager.status("unwatched").state == .shutOff }
        #expect(try bench.manager.status("unwatched").reason == .crashed)
        #expect(try bench.manager.start("unwatched").state == .running)
    }
}
