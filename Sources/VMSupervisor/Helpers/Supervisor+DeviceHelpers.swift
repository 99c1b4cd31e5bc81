internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Helper programs of devices that are attached to the running machine: each is brought up before its device comes, and
/// ended when that has left or couldn't be attached.
extension Supervisor {
    /// Starts a helper.
    ///
    /// - Parameter finish: called when QEMU can connect to it, or with why it can't.
    func bringUp(_ helperPlan: HelperPlan, _ deadline: Deadline, _ finish: @escaping (Result<Void, VMError>) -> Void) {
        // There may be one of an attempt that was cut short, and its socket.
        dismissHelper(of: helperPlan.device) { [unowned self] in
            plan.helpers.append(helperPlan)
            do throws(VMError) {
                // The next supervisor has to know of it before it runs.
                try writePlan()
                let helper = Helper(helperPlan)
                helpers.append(helper)
                let timer = reactor.schedule(at: deadline) { [unowned self] in
                    guard let answer = helper.whenReady else { return }
                    helper.whenReady = nil
                    dismissHelper(of: helperPlan.device)
                    answer(.failure(VMError(.timeout, "\(helper.description) did not get ready in time")))
                }
                helper.whenReady = { [unowned self] result in
                    reactor.cancel(timer)
                    finish(result)
                }
                try advance(helper)
            } catch {
                helpers.last { $0.plan == helperPlan }?.whenReady = nil
                dismissHelper(of: helperPlan.device)
                finish(.failure(error))
            }
        }
    }

    /// QEMU could connect to it. One that inherits its socket may find something wrong and end at once: that is waited
    /// for a moment, since QEMU would stand still while it waits for the helper's first words.
    func attachedHelperIsReady(_ helper: Helper) {
        let pause: Duration = helper.plan.listening == .inherited ? .milliseconds(60) : .zero
        reactor.schedule(at: .after(pause)) {
            guard let answer = helper.whenReady, !helper.isDismissed else { return }
            helper.whenReady = nil
            answer(.success(()))
        }
    }

    /// One that was dismissed, or one whose device isn't there yet, has ended.
    func attachedHelperEnded(_ helper: Helper, _ exit: ProcessExit) {
        published.helpers.removeAll { $0.process == helper.identity }
        helpers.removeAll { $0 === helper }
        publish()
        forget(helper.plan)
        if let answer = helper.whenReady {
            helper.whenReady = nil
            answer(.failure(explain(helper, exit, "while its device was attached")))
        }
        for next in helper.whenEnded { next() }
        helper.whenEnded = []
    }

    /// The device's end is near, and its helper may end by itself when QEMU lets go of it.
    func helperIsNotNeeded(of device: String) {
        for helper in helpers where helper.plan.device == device { helper.isDismissed = true }
    }

    /// Ends the helper of a device that has left, or that couldn't be attached.
    ///
    /// - Parameter next: called when it has ended.
    func dismissHelper(of device: String, then next: (() -> Void)? = nil) {
        guard !isStarting, let helper = helpers.last(where: { $0.plan.device == device }) else { return next?() ?? () }
        helper.isDismissed = true
        forget(helper.plan)
        guard helper.isRunning else {
            helpers.removeAll { $0 === helper }
            published.helpers.removeAll { $0.process == helper.identity }
            publish()
            return next?() ?? ()
        }
        if let next { helper.whenEnded.append(next) }
        helper.signal(SIGTERM)
        reactor.schedule(at: .after(.milliseconds(500))) { helper.signal(SIGKILL) }
    }

    /// Why a device couldn't be attached, as its helper says it: nil when that still runs.
    func wordsOfEndedHelper(of device: String) -> VMError? {
        guard let helper = helpers.last(where: { $0.plan.device == device }), !helper.isRunning else { return nil }
        let words = helper.lastWords
        guard !words.isEmpty else { return nil }
        return VMError(
            .launchFailed, "\(helper.description) ended: \(words)", remedy: "its log is '\(helper.plan.log)'")
    }

    /// Ends helpers whose devices the machine doesn't have: an attempt to attach one was cut short.
    func dismissStrayHelpers() {
        guard !helpers.isEmpty, changes.unsettled == nil, let domain = try? definition() else { return }
        for helper in helpers where DevicePlace(alias: helper.plan.device, in: domain) == nil {
            helperIsNotNeeded(of: helper.plan.device)
            dismissHelper(of: helper.plan.device)
        }
    }

    private func forget(_ helperPlan: HelperPlan) {
        unlink(helperPlan.socket)
        guard plan.helpers.contains(helperPlan) else { return }
        plan.helpers.removeAll { $0 == helperPlan }
        do throws(VMError) { try writePlan() } catch { log.note("cannot write the plan: \(error)") }
    }

    private func writePlan() throws(VMError) {
        try Files.write(Array(plan.json.description.utf8), to: folder.plan, durable: false)
    }
}
