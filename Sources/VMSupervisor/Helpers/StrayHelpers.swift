internal import Glibc
internal import SupervisorProtocol
internal import VMCore

/// Helpers whose machine is over and whose supervisor is not there to end them.
enum StrayHelpers {
    /// The environment variable of every helper that names its machine.
    static let variable = "VMCTL_MACHINE"

    /// How long their ends are waited for, all together.
    private static let patience = Duration.milliseconds(500)

    /// Kills the helpers that a state tells of, with what they started, and waits a little for their end. A state is a
    /// file: a process that nothing marks as this machine's helper is left alone.
    static func end(_ helpers: [PublishedState.Helper], of folder: RuntimeFolder) {
        let mark = Array("\(variable)=\(folder.uuid)".utf8)
        let place = Array(folder.path.utf8)
        end(helpers.map(\.process).filter { isMarked($0.pid, mark) || names($0.pid, place) })
    }

    /// Kills helpers that a supervisor had started but not yet recorded when it was killed.
    static func endUnrecorded(of folder: RuntimeFolder) {
        let mark = Array("\(variable)=\(folder.uuid)".utf8)
        let place = Array(folder.path.utf8)
        var strays: [ProcessIdentity] = []
        for pid in ProcessTable.all {
            guard let start = ProcessIdentity.startTime(of: pid), isMarked(pid, mark) || names(pid, place) else {
                continue
            }
            strays.append(ProcessIdentity(pid: pid, startTime: start))
        }
        end(strays)
    }

    /// All are killed before the first is waited for: one that the kernel can't end now must not keep the others alive.
    private static func end(_ processes: [ProcessIdentity]) {
        for process in processes {
            guard let handle = (try? process.open()) ?? nil else { continue }
            if process.pid > 1 { kill(-process.pid, SIGKILL) }
            sendSignal(SIGKILL, to: handle)
        }
        let deadline = Deadline.after(patience)
        for process in processes {
            guard let handle = (try? process.open()) ?? nil else { continue }
            _ = ProcessExit.wait(for: handle, until: deadline)
        }
    }

    private static func isMarked(_ pid: Int32, _ mark: [UInt8]) -> Bool {
        ProcessTable.environment(of: pid).contains { $0.elementsEqual(mark) }
    }

    /// passt hides its environment; but it leads a session of its own and was told a socket in the machine's folder.
    private static func names(_ pid: Int32, _ folder: [UInt8]) -> Bool {
        let words = ProcessTable.commandLine(of: pid)
        guard words.contains(where: { $0.elementsEqual("--one-off".utf8) }) else { return false }
        return words.contains { $0.starts(with: folder) }
    }
}
