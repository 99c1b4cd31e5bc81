import Glibc
import Testing
import VMCore

@Suite("Processes")
struct ProcessIdentityTests {
    @Test("A zombie is no running process; a stopped one is, and says that it is stopped")
    func states() throws {
        let process = try SpawnedProcess.spawn(SpawnRequest(executable: "/bin/sleep", arguments: ["100"]))
        let identity = process.identity
        #expect(identity.isAlive && !identity.isStopped)
        sendSignal(SIGSTOP, to: process.handle)
        #expect(wait { identity.isStopped } && identity.isAlive)
        sendSignal(SIGKILL, to: process.handle)
        // Nobody has asked for its end: until then it is a zombie.
        #expect(wait { !identity.isAlive })
        #expect(ProcessIdentity.startTime(of: identity.pid) == identity.startTime)
        let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(10)))
        #expect(exit == .signalled(9))
        #expect(ProcessIdentity.startTime(of: identity.pid) != identity.startTime)
    }

    @Test("Another process with the number isn't the one that was meant")
    func reused() {
        let own = ProcessIdentity.current
        #expect(own.isAlive)
        #expect(!ProcessIdentity(pid: own.pid, startTime: own.startTime &+ 1).isAlive)
        #expect(!ProcessIdentity(pid: 0, startTime: 0).isAlive)
        #expect(!ProcessIdentity(pid: -1, startTime: own.startTime).isAlive)
    }

    private func wait(_ isSo: () -> Bool) -> Bool {
        let deadline = Deadline.after(.seconds(10))
        while !isSo() {
            if deadline.hasPassed { return false }
            Poll.sleep(.milliseconds(1))
        }
        return true
    }
}
