internal import Glibc
internal import QEMULauncher
internal import SupervisorProtocol
internal import VMCore
internal import VMJSON

/// Starting from a saved state.
extension Supervisor {
    /// Makes the machine what it was when its state was saved, then has QEMU read it.
    func readState(_ deadline: Deadline) {
        plugProcessors(plan.pluggedProcessors[...], deadline) { [unowned self] in
            if let snapshot = plan.snapshot { return load(snapshot, deadline) }
            let uri: JSONValue = .string("fd:\(SupervisorPlan.stateDescriptor)")
            link?.execute("migrate-incoming", ["uri": uri], deadline: deadline) { [unowned self] result in
                guard case .success = result else { return fail(result) }
                waitForState(deadline)
            }
        }
    }

    /// Plugs in what may leave again while the machine runs.
    func plugProcessors(_ numbers: ArraySlice<Int>, _ deadline: Deadline, _ next: @escaping () -> Void) {
        guard !numbers.isEmpty else { return next() }
        link?.execute("query-hotpluggable-cpus", deadline: deadline) { [unowned self] result in
            guard case .success(let value) = result, let all = value.array else { return fail(result) }
            plug(numbers, all, deadline, next)
        }
    }

    private func plug(
        _ numbers: ArraySlice<Int>, _ all: [JSONValue], _ deadline: Deadline, _ next: @escaping () -> Void
    ) {
        guard let number = numbers.first else { return next() }
        // A piece of hardware may be several processors, a core with threads. QEMU lists them with the highest first.
        let threads = max(all.first?["vcpus-count"]?.int ?? 1, 1)
        guard number % threads == 0 else { return plug(numbers.dropFirst(), all, deadline, next) }
        let place = all.count - 1 - number / threads
        guard all.indices.contains(place), let type = all[place]["type"]?.string,
            let properties = all[place]["props"]?.object
        else { return giveUp(VMError(.unsupported, "the machine has no place for its processor \(number)")) }
        let device: JSONObject = ["driver": .string(type), "id": .string("vcpu\(number)")]
        link?.execute("device_add", device.merging(properties), deadline: deadline) { [unowned self] result in
            guard case .success = result else { return fail(result) }
            plug(numbers.dropFirst(), all, deadline, next)
        }
    }

    // MARK: From inside the images

    private static let loadJob = "vmctl-snapshot-load"

    /// Has QEMU read its state from a snapshot inside the machine's images.
    private func load(_ snapshot: SnapshotLoad, _ deadline: Deadline) {
        link?.execute("query-block", deadline: deadline) { [unowned self] result in
            guard case .success(let drives) = result else { return fail(result) }
            var nodes = snapshot.aliases.compactMap { alias in
                DriveEntry.find(alias, in: drives)?["inserted"]?["node-name"]?.string
            }
            guard let first = nodes.first, nodes.count == snapshot.aliases.count else {
                return giveUp(VMError(.notFound, "a disk of snapshot '\(snapshot.name)' isn't there"))
            }
            if snapshot.includesVariables { nodes.append("libvirt-pflash1-format") }
            let arguments: JSONObject = [
                "job-id": .string(Self.loadJob), "tag": .string(snapshot.name), "vmstate": .string(first),
                "devices": .array(nodes.map { .string($0) }),
            ]
            link?.execute("snapshot-load", arguments, deadline: deadline) { [unowned self] result in
                guard case .success = result else { return fail(result) }
                Failpoint.reached("snapshot.loading")
                waitForLoad(deadline)
            }
        }
    }

    private func waitForLoad(_ deadline: Deadline) {
        link?.execute("query-jobs", deadline: deadline) { [unowned self] result in
            guard case .success(let jobs) = result else { return fail(result) }
            let job = (jobs.array ?? []).first { $0["id"]?.string == Self.loadJob }
            guard let job, job["status"]?.string == "concluded" else {
                reactor.schedule(at: .after(.milliseconds(10))) { [unowned self] in waitForLoad(deadline) }
                return
            }
            if let words = job["error"]?.string {
                return giveUp(VMError(.launchFailed, "QEMU can't read the snapshot: \(words)"))
            }
            link?.execute("job-dismiss", ["id": .string(Self.loadJob)], deadline: deadline) { [unowned self] result in
                guard case .success = result else { return fail(result) }
                applySettings(deadline) { [unowned self] in stateIsRead(deadline) }
            }
        }
    }

    // MARK: From a file

    /// QEMU reads its state first, which it says by leaving the state `inmigrate`; when it can't, it ends.
    private func waitForState(_ deadline: Deadline) {
        link?.execute("query-status", deadline: deadline) { [unowned self] result in
            guard case .success(let value) = result else { return fail(result) }
            guard value["status"]?.string != "inmigrate" else {
                reactor.schedule(at: .after(.milliseconds(10))) { [unowned self] in waitForState(deadline) }
                return
            }
            applySettings(deadline) { [unowned self] in stateIsRead(deadline) }
        }
    }

    /// A managed image is put aside before the CPUs run: run from there a second time, the guest would find its disks in
    /// a state that it doesn't know.
    private func stateIsRead(_ deadline: Deadline) {
        let aside = plan.managedSave.map { $0 + SaveImage.resumedSuffix }
        if let image = plan.managedSave, let aside {
            let read = image + SaveImage.readSuffix
            guard rename(image, read) == 0 else { return giveUp(.system("cannot rename '\(image)'", errno: errno)) }
            Failpoint.reached("restore.read")
            // Under this name it may have been run from.
            guard rename(read, aside) == 0 else { return giveUp(.system("cannot rename '\(read)'", errno: errno)) }
        }
        Failpoint.reached("restore.told")
        link?.execute(plan.isPaused ? "query-status" : "cont", deadline: deadline) { [unowned self] result in
            if case .failure(let error) = result {
                // A QEMU that didn't answer may have let the CPUs run.
                if error.code == .monitor, let image = plan.managedSave, let aside { _ = rename(aside, image) }
                return fail(result)
            }
            Failpoint.reached("restore.runs")
            if let aside { unlink(aside) }
            started()
        }
    }

    // MARK: Settings

    /// Sets what has no option on the command line.
    func applySettings(_ deadline: Deadline, _ next: @escaping () -> Void) {
        limitThreads(deadline) { [unowned self] in setUp(deadline, next) }
    }

    private func setUp(_ deadline: Deadline, _ next: @escaping () -> Void) {
        guard !plan.settings.isEmpty else { return next() }
        link?.execute("query-block", deadline: deadline) { [unowned self] result in
            guard case .success(let value) = result else { return fail(result) }
            let drives = (value.array ?? []).compactMap { $0["qdev"]?.string }
            apply(plan.settings[...], drives, deadline, next)
        }
    }

    private func apply(
        _ settings: ArraySlice<QMPCall>, _ drives: [String], _ deadline: Deadline, _ next: @escaping () -> Void
    ) {
        guard var call = settings.first else { return next() }
        if call.command == "block_set_io_throttle", let alias = call.arguments["id"]?.string {
            let drive = drives.first { $0.split(separator: "/").contains { $0 == alias } }
            call.arguments["id"] = drive.map { .string($0) } ?? call.arguments["id"]
        }
        link?.execute(call.command, call.arguments, deadline: deadline) { [unowned self] result in
            guard case .success = result else { return fail(result) }
            apply(settings.dropFirst(), drives, deadline, next)
        }
    }
}
