internal import SupervisorProtocol
public import VMCore
internal import VMDomain
internal import VMImage

/// Jobs of disks of running machines: committing, pulling, copying.
extension VMManager {
    /// Begins a job of a disk. It goes on by itself: with this process, its supervisor and QEMU, of which only the last one
    /// must not end.
    ///
    /// - Throws: `busy` when the disk has a job already, or when somebody else uses an image that would be written;
    ///   `invalid-argument` for images that aren't in the disk's chain.
    @discardableResult
    public func startBlockJob(
        _ key: String, _ order: BlockJobOrder, timeout: Duration = patience
    ) throws(VMError) -> MachineJob {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.startBlockJob(machine, order, timeout: timeout)
        }
    }

    func startBlockJob(
        _ machine: Machine, _ order: BlockJobOrder, timeout: Duration
    ) async throws(VMError) -> MachineJob {
        _ = try resolve(.live, machine)
        if case .copy(let copy) = order.work, machine.isPersistent, !copy.isTransient {
            throw VMError(
                .wrongState, "Requested operation is not valid: domain is not transient",
                remedy: "a copy doesn't outlive the machine's run; agree to that with \(option: "transient-job")")
        }
        try checkUsers(machine, order)
        return try await beginBlockJob(machine, order, timeout: timeout)
    }

    /// Begins a job by which nobody else is ruined, as whoever asks for it has made sure of.
    func beginBlockJob(
        _ machine: Machine, _ order: BlockJobOrder, timeout: Duration
    ) async throws(VMError) -> MachineJob {
        do throws(VMError) {
            guard case .job(let job) = try await request(.startBlockJob(order), of: machine, timeout: timeout) else {
                throw VMManager.unreadableAnswer
            }
            return job
        } catch {
            // A supervisor that ended may have begun it, and the one that takes over says so.
            guard error.code == .connection else { throw error }
            return try await findBegun(order, machine, .after(timeout), error)
        }
    }

    private func findBegun(
        _ order: BlockJobOrder, _ machine: Machine, _ deadline: Deadline, _ failure: VMError
    ) async throws(VMError) -> MachineJob {
        try await mend(machine)
        while true {
            let job = machine.runtime.readJobs().first { $0.block?.qemuID.hasSuffix("-" + order.id) == true }
            guard let job, let block = job.block else { throw failure }
            if job.phase == .failed { throw job.error ?? failure }
            if block.hasBegun || job.phase != .running { return job }
            if deadline.hasPassed { throw failure }
            try await pause(.milliseconds(20))
        }
    }

    /// A disk's job with how far it is; nil when it has none.
    public func blockJob(
        _ key: String, disk: String, timeout: Duration = patience
    ) throws(VMError) -> MachineJob? {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.blockJob(machine, disk: disk, timeout: timeout)
        }
    }

    func blockJob(_ machine: Machine, disk: String, timeout: Duration) async throws(VMError) -> MachineJob? {
        _ = try resolve(.live, machine)
        let reply = try await request(.blockJob(disk: disk), of: machine, timeout: timeout)
        if case .job(let job) = reply { return job }
        return nil
    }

    /// The last job that a disk had in this run, however far it is.
    public func lastBlockJob(_ key: String, disk: String) throws(VMError) -> MachineJob? {
        let machine = try find(key)
        guard let live = try liveDomain(machine) else { return nil }
        return machine.runtime.readJob(of: live.devices.disks[try live.disk(disk)].target?.dev ?? "")
    }

    /// Ends a disk's job.
    ///
    /// - Parameters:
    ///   - pivot: the disk goes over to the other image; else it stays where it is.
    ///   - asynchronously: don't wait for the end.
    /// - Throws: `busy` when it isn't far enough for a pivot.
    public func endBlockJob(
        _ key: String, disk: String, pivot: Bool, asynchronously: Bool = false, timeout: Duration = .seconds(60)
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.endBlockJob(
                machine, disk: disk, pivot: pivot, asynchronously: asynchronously, timeout: timeout)
        }
    }

    func endBlockJob(
        _ machine: Machine, disk: String, pivot: Bool, asynchronously: Bool, timeout: Duration
    ) async throws(VMError) {
        _ = try resolve(.live, machine)
        let target = try liveDomain(machine).map { live throws(VMError) in
            live.devices.disks[try live.disk(disk)].target?.dev ?? ""
        }
        let before = target.flatMap { machine.runtime.readJob(of: $0) }
        do throws(VMError) {
            try await request(
                .endBlockJob(disk: disk, pivot ? .pivot : .abort, isAsynchronous: asynchronously), of: machine,
                timeout: timeout)
        } catch {
            guard error.code == .connection, let before, let target else { throw error }
            try await waitForEnd(of: before, target, machine, .after(timeout), error)
        }
        notePending(machine)
    }

    /// The supervisor ended before it answered. The next one brings to its end what was begun; what wasn't begun goes on.
    private func waitForEnd(
        of job: MachineJob, _ target: String, _ machine: Machine, _ deadline: Deadline, _ failure: VMError
    ) async throws(VMError) {
        try await mend(machine)
        while let now = machine.runtime.readJob(of: target), now.id == job.id, now.phase == .running {
            if now.block?.ending == nil || deadline.hasPassed || !observe(machine).state.isActive { throw failure }
            try await pause(.milliseconds(20))
        }
        if let error = machine.runtime.readJob(of: target)?.error { throw error }
    }

    /// Bytes a second that a disk's job may take at most; 0 is as fast as it goes.
    public func setBlockJobSpeed(
        _ key: String, disk: String, bytes: UInt64, timeout: Duration = patience
    ) throws(VMError) {
        try blocking(key) { (manager, machine) async throws(VMError) in
            try await manager.requestLive(machine, .setBlockJobSpeed(disk: disk, bytes: bytes), timeout)
        }
    }

    // MARK: Who else uses the images

    private func checkUsers(_ machine: Machine, _ order: BlockJobOrder) throws(VMError) {
        guard let live = try liveDomain(machine) else { return }
        let disk = live.devices.disks[try live.disk(order.disk)]
        let chain = Self.images(of: disk)
        let users = ImageUsers(paths, machine: machine.uuid, target: disk.target?.dev ?? "", chain: chain)
        switch order.work {
        case .commit(let commit):
            // What can't be found there the supervisor says, which asks QEMU.
            guard let plan = CommitPlan(commit, disk, chain) else { return }
            try users.check([plan.base] + plan.merged, "committing into")
        case .copy(let copy):
            let wanted = try Disk(fragment: copy.destination)
            guard let path = wanted.source.file ?? wanted.source.dev, Files.exists(path) else { return }
            try users.check([path], "copying to")
        case .pull: return
        }
    }

    /// The paths of a disk's images, the topmost first: those that its element names, then those that they name.
    static func images(of disk: Disk) -> [String] {
        var paths = disk.chain.compactMap(\.path)
        if let (path, _) = disk.headerOfChain {
            paths += BackingChain(walking: path).images.filter { !paths.contains($0) }
        }
        return paths
    }

    /// What committing a disk's images would come to; nothing is done.
    ///
    /// - Throws: what the commit would be refused for, as far as that can be known before.
    public func commitPlan(_ key: String, disk name: String, _ commit: BlockJobOrder.Commit) throws(VMError)
        -> CommitPlan
    {
        let machine = try find(key)
        _ = try resolve(.live, machine)
        guard let live = try liveDomain(machine) else { throw VMManager.notRunning }
        let disk = live.devices.disks[try live.disk(name)]
        let chain = Self.images(of: disk)
        guard var plan = CommitPlan(commit, disk, chain) else {
            throw VMError(
                .invalidArgument,
                "disk '\(name)' has no such images: it consists of \(chain.map { "'\($0)'" }.joined(separator: ", "))")
        }
        let users = ImageUsers(paths, machine: machine.uuid, target: disk.target?.dev ?? "", chain: chain)
        plan.user = users.user(of: [plan.base] + plan.merged)
        return plan
    }
}

/// What a commit of a disk's images comes to.
public struct CommitPlan: Sendable, Hashable {
    /// The image that everything is written into.
    public var base: String
    /// The images that are written down, the topmost first.
    public var merged: [String]
    /// The images of the disk afterwards, the topmost first.
    public var remaining: [String]
    /// The files that are removed then.
    public var removed: [String]
    /// Whether the disk's own image is among them, so that the disk goes over to the base in the end.
    public var isActive: Bool
    /// Who else uses one of them, for which it is refused.
    public internal(set) var user: String?

    init?(_ commit: BlockJobOrder.Commit, _ disk: Disk, _ chain: [String]) {
        func place(_ name: String) -> Int? {
            var path = name
            if name.hasSuffix("]"), let open = name.firstIndex(of: "["), name[..<open] == disk.target?.dev ?? "" {
                let number = UInt32(name[name.index(after: open)...].dropLast())
                guard let image = disk.chain.first(where: { $0.source.index == number && number != nil }) else {
                    return nil
                }
                path = image.path ?? name
            }
            return chain.firstIndex(of: path) ?? chain.firstIndex { Files.identity($0) == Files.identity(path) }
        }
        guard let top = commit.top.map({ place($0) }) ?? 0, top + 1 < chain.count else { return nil }
        let standard = commit.isShallow ? top + 1 : chain.count - 1
        guard let base = commit.base.map({ place($0) }) ?? standard, base > top else { return nil }
        self.base = chain[base]
        merged = Array(chain[top..<base])
        remaining = Array(chain[..<top] + chain[base...])
        removed = commit.deletes ? merged : []
        isActive = top == 0
    }
}
