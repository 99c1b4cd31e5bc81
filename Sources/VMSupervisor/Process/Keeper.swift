internal import Glibc
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// The process that replaces a supervisor that was killed: it waits for the supervisor's end, and when the machine still
/// runs then, becomes the new one. So the machine's policies hold on though nobody looks.
///
/// It holds nothing but the supervisor's pidfd and its order, and hardly any memory. The supervisor watches it in turn.
enum Keeper {
    /// Waits for the end of the process of that number.
    ///
    /// - Returns: the exit status, when there is nothing to be mended.
    static func run(_ pid: Int32) -> Int32 {
        setProcessName("vmctl-keeper")
        guard let start = ProcessIdentity.startTime(of: pid) else { return becomeMender() }
        let supervisor = ProcessIdentity(pid: pid, startTime: start)
        do throws(VMError) {
            guard let handle = try supervisor.open() else { return becomeMender() }
            releaseProgramMemory()
            _ = Poll.isReadable(handle.raw, by: .distantFuture)
        } catch {
            return 1
        }
        return becomeMender()
    }

    /// Runs this program anew, so that nothing of the keeper stays, unless the machine has ended.
    private static func becomeMender() -> Int32 {
        let file = FileDescriptor(owning: SupervisorPlan.planDescriptor)
        guard let bytes = try? file.readToEnd("the keeper's order"), let json = try? JSONParser.parse(bytes),
            let order = try? MendOrder(json: json)
        else { return 1 }
        guard Files.exists(order.folder.path) else { return 0 }
        if let state = try? order.folder.readState(), !state.state.isActive { return 0 }
        lseek(file.raw, 0, SEEK_SET)
        let descriptor = file.release()
        _ = fcntl(descriptor, F_SETFD, 0)
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
        let order = MendOrder(
            uuid: plan.uuid, paths: plan.paths, name: plan.name, definition: plan.definition, log: plan.log,
            hooks: plan.hooks, failureRecord: plan.failureRecord)
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
