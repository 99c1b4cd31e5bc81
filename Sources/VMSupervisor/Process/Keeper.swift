internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The process that replaces a supervisor that was killed: it waits for the supervisor's end, and when the machine still
/// runs then, becomes the new one. So the machine's policies hold on though nobody looks.
///
/// It holds nothing but the supervisor's pidfd and its order, and hardly any memory. The supervisor watches it in turn.
enum Keeper {
    /// A supervisor that lives for less than that has ended soon.
    private static let soon = Duration.seconds(20)

    /// Waits for the end of the process of that number.
    ///
    /// - Returns: the exit status, when there is nothing to be mended.
    static func run(_ pid: Int32) -> Int32 {
        setProcessName("vmctl-keeper")
        Failpoint.disarm()
        let begin = Deadline.now
        do throws(VMError) {
            if let start = ProcessIdentity.startTime(of: pid),
                let handle = try ProcessIdentity(pid: pid, startTime: start).open()
            {
                releaseProgramMemory()
                _ = Poll.isReadable(handle.raw, by: .distantFuture)
            }
        } catch {
            return 1
        }
        return becomeMender(endedSoon: Deadline.now < begin.advanced(by: soon))
    }

    /// How long to wait before a supervisor is replaced that has ended soon for the so-many-th time in a row: not at all
    /// the first time, then two seconds, four and so on, at most about a minute.
    static func pause(beforeMendingAfter failures: Int) -> Duration {
        failures > 1 ? .seconds(1 << min(failures - 1, 6)) : .zero
    }

    /// Runs this program anew, so that nothing of the keeper stays, unless the machine has ended.
    ///
    /// - Parameter endedSoon: the supervisor may end again and again, of whatever keeps it from working: from the second
    ///   time on that is waited for, twice as long each time.
    private static func becomeMender(endedSoon: Bool) -> Int32 {
        let file = FileDescriptor(owning: SupervisorPlan.planDescriptor)
        guard let bytes = try? file.readToEnd("the keeper's order"), let json = try? JSONParser.parse(bytes),
            var order = try? MendOrder(json: json)
        else { return 1 }
        guard Files.exists(order.folder.path) else { return 0 }
        if let state = try? order.folder.readState(), !state.state.isActive, !order.folder.hasLeftovers {
            return 0
        }
        order.failures = endedSoon ? order.failures + 1 : 0
        Poll.sleep(pause(beforeMendingAfter: order.failures))
        guard let fresh = try? FileDescriptor.memory(Array(order.json.description.utf8), name: "vmctl-mend"),
            dup2(fresh.raw, file.raw) >= 0
        else { return 1 }
        let descriptor = file.release()
        _ = fcntl(descriptor, F_SETFD, 0)
        // Nobody waits for the verdict; but a file that was opened later must not be taken for its pipe.
        guard let null = try? FileDescriptor.open("/dev/null", flags: O_RDWR),
            dup2(null.raw, SupervisorPlan.verdictDescriptor) >= 0
        else { return 1 }
        // It is at the right number already when that was the lowest free one, and stays open over execv.
        let number = null.release()
        if number == SupervisorPlan.verdictDescriptor { _ = fcntl(number, F_SETFD, 0) } else { close(number) }
        let words = ["vmctl", SupervisorPlan.verb, SupervisorPlan.Task.mend.rawValue, "\(order.uuid)"]
        var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        pointers.append(nil)
        execv("/proc/self/exe", pointers)
        return 1
    }
}

extension Supervisor {
    /// How long to wait before a keeper that has ended is replaced.
    private static let keeperPause = Duration.seconds(1)

    /// Starts the process that replaces this one should it be killed. Failing to is no failure of the machine.
    func startKeeper() {
        var order = MendOrder(
            uuid: plan.uuid, paths: plan.paths, name: plan.name, definition: plan.definition, log: plan.log,
            hooks: plan.hooks, failureRecord: plan.failureRecord)
        order.failures = plan.failures
        do throws(VMError) {
            let file = try FileDescriptor.memory(Array(order.json.description.utf8), name: "vmctl-keep")
            let request = SpawnRequest(
                executable: "/proc/self/exe",
                arguments: [
                    SupervisorPlan.verb, SupervisorPlan.Task.keep.rawValue, String(getpid()), plan.name,
                ],
                name: "vmctl", descriptors: [.init(file.raw, as: SupervisorPlan.planDescriptor)],
                workingDirectory: "/")
            let handle = try SpawnedProcess.spawn(request).takeHandle()
            let raw = handle.raw
            keeper = .some(handle)
            try reactor.watch(raw) { [unowned self] _ in keeperEnded() }
        } catch {
            log.note("no keeper can be started: \(error)")
        }
    }

    private func keeperEnded() {
        switch keeper {
        case .some(let handle):
            reactor.forget(handle.raw)
            _ = ProcessExit.ofEnded(handle)
        case .none: break
        }
        keeper = nil
        reactor.schedule(at: .after(Self.keeperPause)) { [unowned self] in startKeeper() }
    }
}
