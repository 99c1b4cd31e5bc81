import Testing
import VMCore
import VMDomain
import VMXML

@testable import SupervisorProtocol
@testable import VMSupervisor

@Suite("Waiting for space")
struct SpaceWatchTests {
    @Test("The first look comes after a second; each failure soon after a resumption doubles that, up to a minute")
    func backOff() {
        var backOff = ResumeBackOff()
        func at(_ seconds: UInt64) -> Deadline { Deadline(nanoseconds: seconds * 1_000_000_000) }
        #expect(backOff.pause(at: at(0)) == .seconds(1))
        var now: UInt64 = 1000
        for pause in [2, 4, 8, 16, 32, 60, 60] {
            backOff.resumed(at: at(now))
            #expect(backOff.pause(at: at(now + 59)) == .seconds(pause))
            now += 100
        }
        // Long after a resumption it is another failure.
        backOff.resumed(at: at(now))
        #expect(backOff.pause(at: at(now + 60)) == .seconds(1))
        #expect(backOff.pause(at: at(now + 61)) == .seconds(1))
        backOff.resumed(at: at(now + 100))
        #expect(backOff.pause(at: at(now + 101)) == .seconds(2))
    }

    @Test("a machine waits for space when all its failed disks are full files, and it is told to")
    func need() throws {
        func failure(_ file: String?, full: Bool = true) -> DiskFailure {
            DiskFailure(target: "vda", file: file, error: "no", isNoSpace: full, since: 0, node: "n")
        }
        var policy = IOErrorPolicy()
        policy.resume = .whenSpaceReturns
        policy.free = .mebibytes(5)
        #expect(SpaceWatch.Need(for: [], policy) == nil)
        #expect(
            SpaceWatch.Need(for: [failure("/a"), failure("/b")], policy)
                == .init(files: ["/a", "/b"], bytes: 5 << 20))
        // One that has failed otherwise, or whose space nobody can see, keeps it paused.
        #expect(SpaceWatch.Need(for: [failure("/a"), failure("/b", full: false)], policy) == nil)
        #expect(SpaceWatch.Need(for: [failure("/a"), failure(nil)], policy) == nil)
        policy.resume = .never
        #expect(SpaceWatch.Need(for: [failure("/a")], policy) == nil)
    }
}
