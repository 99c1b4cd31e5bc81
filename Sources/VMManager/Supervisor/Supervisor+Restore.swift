internal import Glibc
internal import VMCore
internal import VMJSON

/// Starting from a saved state.
extension Supervisor {
    /// QEMU reads its state first, which it says by leaving the state `inmigrate`; when it can't, it ends.
    func waitForState(_ deadline: Deadline) {
        link?.execute("query-status", deadline: deadline) { [unowned self] result in
            guard case .success(let value) = result else { return fail(result) }
            guard value["status"]?.string != "inmigrate" else {
                reactor.schedule(at: .after(.milliseconds(10))) { [unowned self] in waitForState(deadline) }
                return
            }
            stateIsRead(deadline)
        }
    }

    /// A managed image is put aside before the CPUs run: run from there a second time, the guest would find its disks in
    /// a state that it doesn't know.
    private func stateIsRead(_ deadline: Deadline) {
        let aside = plan.managedSave.map { $0 + ".restoring" }
        if let image = plan.managedSave, let aside, rename(image, aside) != 0 {
            return giveUp(.system("cannot rename '\(image)'", errno: errno))
        }
        Failpoint.reached("restore.read")
        link?.execute(plan.isPaused ? "query-status" : "cont", deadline: deadline) { [unowned self] result in
            if case .failure = result {
                if let image = plan.managedSave, let aside { _ = rename(aside, image) }
                return fail(result)
            }
            Failpoint.reached("restore.runs")
            if let aside { unlink(aside) }
            started()
        }
    }
}
