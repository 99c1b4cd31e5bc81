import Foundation
import Testing
import VMCore

@testable import VMStorage

/// Programs that work on images, and work that can be stopped.
@Suite struct ImageToolTests {
    @Test("A program that isn't there is said to be missing, by its name")
    func missing() {
        for name in ["no-such-program", "../../tmp/x", ""] {
            let error = #expect(throws: VMError.self) { _ = try ImageTool(name) }
            #expect(error?.code == .unsupported)
        }
    }

    @Test("What a program complains of is in the error, bounded", .enabled(if: access("/bin/sh", X_OK) == 0))
    func complaint() throws {
        let shell = try ImageTool("sh")
        let error = #expect(throws: VMError.self) {
            try shell.run(["-c", "echo one >&2; echo two >&2; exit 3"], Work())
        }
        #expect(error?.message.contains("one; two") == true)
        let flood = #expect(throws: VMError.self) {
            try shell.run(["-c", "yes | head -c 1000000 >&2; exit 1"], Work())
        }
        #expect((flood?.message.utf8.count ?? 0) < 1 << 17)
        try shell.run(["-c", "exit 0"], Work())
    }

    @Test("It gets nothing of the caller's environment", .enabled(if: access("/bin/sh", X_OK) == 0))
    func environment() throws {
        setenv("VMCTL_TEST_SECRET", "x", 1)
        defer { unsetenv("VMCTL_TEST_SECRET") }
        try ImageTool("sh").run(["-c", "test -z \"$VMCTL_TEST_SECRET\" && test \"$PWD\" = /"], Work())
    }

    @Test("Work ends at its deadline, and when nobody wants it any more", .enabled(if: access("/bin/sh", X_OK) == 0))
    func stop() throws {
        let shell = try ImageTool("sh")
        let late = #expect(throws: VMError.self) {
            try shell.run(["-c", "sleep 600"], Work(deadline: .after(.milliseconds(200))))
        }
        #expect(late?.code == .timeout)
        let flag = StopFlag()
        flag.stop()
        let stopped = #expect(throws: VMError.self) { try shell.run(["-c", "sleep 600"], Work(flag: flag)) }
        #expect(stopped?.code == .cancelled)
    }
}
