internal import Glibc
internal import MonitorJSON
internal import SupervisorProtocol
internal import VMCore
internal import VMDomain

/// What a job of a disk comes to: what is written down of it, and the command that begins it.
struct BlockJobPlan {
    var job: BlockJob
    /// Nil until the nodes are there that it needs.
    var command: QMPRequest?

    /// Whether QEMU can be told that an image without a format of its own is raw.
    private let masks: Bool?

    private init(_ job: BlockJob, masksProtocol: Bool) {
        self.job = job
        masks = masksProtocol ? true : nil
    }

    private static func invalid(_ text: String) -> VMError { VMError(.invalidArgument, "invalid argument: " + text) }

    // MARK: Commit

    static func commit(
        _ commit: BlockJobOrder.Commit, _ order: BlockJobOrder, _ images: DiskImages, _ disk: Disk, masksProtocol: Bool
    ) throws(VMError) -> BlockJobPlan {
        let (top, base) = try places(commit, images, disk)
        let isActive = top == 0
        var job = BlockJob(
            kind: isActive ? .activeCommit : .commit, qemuID: "commit-\(images.target)-\(order.id)")
        job.bandwidth = order.bandwidth
        job.top = .init(node: images.layers[top].node, path: images.paths[top])
        job.base = .init(node: images.layers[base].node, path: images.paths[base])
        if let path = images.paths[base], let code = Files.obstacle(path, writing: true) {
            throw .system(
                "cannot write to '\(path)', into which disk '\(images.target)' would be committed", errno: code)
        }
        job.merged = images.paths[top..<base].compactMap { $0.flatMap { BlockJob.FileMark($0) } }
        job.removesMerged = commit.deletes
        var plan = BlockJobPlan(job, masksProtocol: masksProtocol)
        let name = isActive ? nil : try backingName(of: base, above: top - 1, order, images)
        plan.command = BlockCommit(
            jobID: job.qemuID, device: images.root, topNode: images.layers[top].node,
            baseNode: images.layers[base].node, backingFile: name, masksProtocol: isActive ? nil : plan.masks,
            speed: order.speed, autoFinalize: isActive ? nil : false, autoDismiss: false
        ).request(for: nil)
        return plan
    }

    /// The uppermost image that is written down, and the one that it is written into.
    private static func places(
        _ commit: BlockJobOrder.Commit, _ images: DiskImages, _ disk: Disk
    ) throws(VMError) -> (top: Int, base: Int) {
        var top = 0
        if let name = commit.top {
            guard let place = images.place(of: name, in: disk) else {
                throw invalid("could not find image '\(name)' in chain for '\(images.name(0))'")
            }
            top = place
        }
        guard top + 1 < images.layers.count else {
            throw invalid("top '\(images.name(top))' in chain for '\(images.name(0))' has no backing file")
        }
        if top == 0, !commit.isActive {
            throw VMError(
                .invalidArgument, "invalid argument: commit of '\(images.target)' active layer requires active flag",
                remedy: "use \(option: "active"), and end the job with \(option: "pivot")")
        }
        if top > 0, commit.isActive {
            throw invalid("active commit requested but '\(images.name(top))' is not active")
        }
        var base = commit.isShallow ? top + 1 : images.layers.count - 1
        if let name = commit.base {
            guard let place = images.place(of: name, in: disk), place > top else {
                throw invalid(
                    "could not find base '\(name)' below '\(images.name(top))' in chain for '\(images.name(0))'")
            }
            if commit.isShallow, place != top + 1 {
                throw invalid(
                    "base '\(name)' is not immediately below '\(images.name(top))' in chain for '\(images.name(0))'")
            }
            base = place
        }
        return (top, base)
    }

    // MARK: Pull

    static func pull(
        _ pull: BlockJobOrder.Pull, _ order: BlockJobOrder, _ images: DiskImages, _ disk: Disk, masksProtocol: Bool
    ) throws(VMError) -> BlockJobPlan {
        var base: Int?
        if let name = pull.base {
            guard let place = images.place(of: name, in: disk), place > 0 else {
                throw invalid(
                    "could not find base '\(name)' below '\(images.name(0))' in chain for '\(images.name(0))'")
            }
            base = place
        }
        if order.keepsRelative, base == nil {
            throw invalid("flag VIR_DOMAIN_BLOCK_REBASE_RELATIVE is valid only with non-null base")
        }
        var job = BlockJob(kind: .pull, qemuID: "pull-\(images.target)-\(order.id)")
        job.bandwidth = order.bandwidth
        job.top = .init(node: images.layers[0].node, path: images.paths[0])
        job.base = base.map { .init(node: images.layers[$0].node, path: images.paths[$0]) }
        var plan = BlockJobPlan(job, masksProtocol: masksProtocol)
        let name = try base.map { (place) throws(VMError) in try backingName(of: place, above: 0, order, images) }
        // It doesn't stay when it is over, as the others do: while it did, QEMU (7.2 and 10.0 were seen to) crashes when
        // somebody asks for its nodes. What has become of it the chain says.
        plan.command = BlockStream(
            jobID: job.qemuID, device: images.layers[0].node, baseNode: job.base?.node, backingFile: name ?? nil,
            masksProtocol: base == nil ? nil : plan.masks, speed: order.speed, autoFinalize: false, autoDismiss: true
        ).request(for: nil)
        return plan
    }

    /// How an image is to name the one below it from then on. QEMU itself may know that one by the number of an open file.
    private static func backingName(
        of base: Int, above top: Int, _ order: BlockJobOrder, _ images: DiskImages
    ) throws(VMError) -> String? {
        guard let path = images.paths[base] else { return nil }
        guard order.keepsRelative else { return path }
        guard let upper = images.paths[top], images.layers[top].backingName?.hasPrefix("/") == false,
            Files.folder(of: upper) == Files.folder(of: path)
        else {
            throw VMError(
                .unsupported,
                "the name of '\(path)' can't be kept relative: the image above isn't in the same folder, or doesn't name "
                    + "what it builds on that way",
                libvirt: LibvirtError(.configurationUnsupported))
        }
        return path.split(separator: "/").last.map { String($0) }
    }

    // MARK: Copy

    /// - Parameter outcome: the disk with the copy in it.
    static func copy(
        _ copy: BlockJobOrder.Copy, _ order: BlockJobOrder, _ images: DiskImages, outcome: Disk
    ) -> BlockJobPlan {
        var job = BlockJob(kind: .copy, qemuID: "copy-\(images.target)-\(order.id)")
        job.bandwidth = order.bandwidth
        job.isTransient = copy.isTransient
        job.top = .init(node: images.layers[0].node, path: images.paths[0])
        job.outcome = outcome.fragment
        return BlockJobPlan(job, masksProtocol: false)
    }

    /// The command, when the copy's node is there.
    mutating func mirror(
        _ copy: BlockJobOrder.Copy, _ order: BlockJobOrder, to target: String, isShallow: Bool
    ) {
        command = BlockdevMirror(
            jobID: job.qemuID, device: job.top.node, target: target, sync: isShallow ? "top" : "full",
            speed: order.speed, granularity: copy.granularity,
            bufferSize: copy.bufferSize.flatMap { Int64(exactly: $0) },
            copyMode: copy.writesSynchronously ? "write-blocking" : nil, autoDismiss: false
        ).request(for: nil)
    }
}

extension BlockJobOrder {
    /// As QEMU takes it; nil where there is no limit.
    fileprivate var speed: Int64? { bandwidth == 0 ? nil : Int64(clamping: bandwidth) }
}
