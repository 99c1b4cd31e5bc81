internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `blockcommit NAME PATH`.
    static var blockcommit: Verb {
        Verb(
            "blockcommit", group: .devices, "start a block commit operation",
            details: """
                Writes images of a disk's chain down into one below them; by default all into the lowest one. The disk's own
                image takes part with --active, --pivot or --keep-overlay only: the job then goes on until --pivot has the
                disk go over to the base, or --keep-overlay ends it. An image that something else builds on or starts from
                isn't written: that one is named. --dry-run tells what would be done.
                """,
            parameters: [
                .domain(.running), .diskPath,
                .optional("bandwidth", "number", "bandwidth limit in MiB/s, or as scaled integer"),
                .option(
                    "base", "string", "path of base file to commit into (default bottom of chain)", completion: .file),
                .flag("shallow", "use backing file of top as base"),
                .option("top", "string", "path of top file to commit from (default top of chain)", completion: .file),
                .flag("active", "trigger two-stage active commit of top file"),
                .flag("delete", "delete files that were successfully committed"),
                .flag("pivot", "implies --active --wait, pivot when commit is synced"),
                .flag("keep-overlay", "implies --active --wait, quit when commit is synced"),
                .flag("keep-relative", "keep the backing chain relatively referenced"),
                .flag("dry-run", "tell what would be done, and do nothing"),
            ] + .blockJobOptions,
            exclusive: [["pivot", "keep-overlay"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let run = try BlockJobRun(invocation, label: "Block commit")
            var commit = BlockJobOrder.Commit()
            commit.base = invocation.imagePath("base")
            commit.top = invocation.imagePath("top")
            commit.isShallow = invocation.flag("shallow")
            commit.deletes = invocation.flag("delete")
            let ends = invocation.flag("pivot") || invocation.flag("keep-overlay")
            commit.isActive = invocation.flag("active") || ends
            if invocation.flag("dry-run") {
                return try .plan(run.manager.commitPlan(run.key, disk: run.disk, commit), run)
            }
            let order = try BlockJobOrder(invocation, .commit(commit))
            switch try run.run(order, waits: ends || invocation.waitsForJob) {
            case .begun:
                return run.report(commit.isActive ? "Active Block Commit started" : "Block Commit started", "begun")
            case .cancelled: return run.report("Commit aborted", "cancelled", exitStatus: 1)
            case .completed: return run.report("Commit complete", "completed")
            case .ready where invocation.flag("pivot"):
                try run.end(pivot: true)
                return run.report("Successfully pivoted", "pivoted")
            case .ready where invocation.flag("keep-overlay"):
                try run.end(pivot: false)
                return run.report("Commit complete, overlay image kept", "kept")
            case .ready: return run.report("Now in synchronized phase", "ready")
            }
        }
    }

    /// `blockpull NAME PATH`.
    static var blockpull: Verb {
        Verb(
            "blockpull", group: .devices, "populate a disk from its backing image",
            details:
                "Copies what is below into the disk's own image, which then needs only what is below --base, or nothing.",
            parameters: [
                .domain(.running), .diskPath,
                .optional("bandwidth", "number", "bandwidth limit in MiB/s, or as scaled integer"),
                .option("base", "string", "path of backing file in chain for a partial pull", completion: .file),
                .flag("keep-relative", "keep the backing chain relatively referenced"),
            ] + .blockJobOptions
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let run = try BlockJobRun(invocation, label: "Block Pull")
            var pull = BlockJobOrder.Pull()
            pull.base = invocation.imagePath("base")
            switch try run.run(try BlockJobOrder(invocation, .pull(pull)), waits: invocation.waitsForJob) {
            case .begun: return run.report("Block Pull started", "begun")
            case .cancelled: return run.report("Pull aborted", "cancelled", exitStatus: 1)
            case .completed, .ready: return run.report("Pull complete", "completed")
            }
        }
    }

    /// `blockcopy NAME PATH DEST`.
    static var blockcopy: Verb {
        Verb(
            "blockcopy", group: .devices, "start a block copy operation",
            details: """
                Copies a disk, and keeps the copy alike until --pivot has the disk go over to it or --finish ends the job.
                The copy's file is made, in the format of the disk unless --format says another one; with --reuse-external
                it is there already. The job doesn't outlive the machine, to which --transient-job agrees.
                """,
            parameters: [
                .domain(.running), .diskPath,
                .optional("dest", "string", "path of the copy to create", completion: .file),
                .optional("bandwidth", "number", "bandwidth limit in MiB/s, or as scaled integer"),
                .flag("shallow", "make the copy share a backing chain"),
                .flag("reuse-external", "reuse existing destination"),
                .flag("blockdev", "copy destination is block device instead of regular file"),
                .option(
                    "xml", "file", "filename containing XML description of the copy destination", completion: .file),
                .option("format", "string", "format of the destination file", completion: .words(["raw", "qcow2"])),
                .option("granularity", "number", "power-of-two granularity to use during the copy"),
                .option("buf-size", "number", "maximum amount of in-flight data during the copy"),
                .flag("transient-job", "the copy job is not persisted if VM is turned off"),
                .flag(
                    "synchronous-writes",
                    "the copy job forces guest writes to be synchronously written to the destination"),
                .flag("pivot", "implies --wait, pivot when mirroring starts"),
                .flag("finish", "implies --wait, quit when mirroring starts"),
            ] + .blockJobOptions,
            exclusive: [["pivot", "finish"], ["dest", "xml"], ["format", "xml"], ["blockdev", "xml"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let run = try BlockJobRun(invocation, label: "Block Copy")
            var copy = BlockJobOrder.Copy(destination: try invocation.copyDestination())
            copy.isShallow = invocation.flag("shallow")
            copy.reusesFile = invocation.flag("reuse-external")
            copy.isTransient = invocation.flag("transient-job")
            copy.writesSynchronously = invocation.flag("synchronous-writes")
            if invocation.has("granularity") {
                copy.granularity = UInt32(exactly: try invocation.size("granularity", unit: 1))
            }
            if invocation.has("buf-size") { copy.bufferSize = try invocation.size("buf-size", unit: 1) }
            let ends = invocation.flag("pivot") || invocation.flag("finish")
            let order = try BlockJobOrder(invocation, .copy(copy))
            switch try run.run(order, waits: ends || invocation.waitsForJob) {
            case .begun: return run.report("Block Copy started", "begun")
            case .cancelled: return run.report("Copy aborted", "cancelled", exitStatus: 1)
            case .ready where invocation.flag("pivot"):
                try run.end(pivot: true)
                return run.report("Successfully pivoted", "pivoted")
            case .ready where invocation.flag("finish"):
                try run.end(pivot: false)
                return run.report("Successfully copied", "copied")
            case .ready, .completed: return run.report("Now in mirroring phase", "ready")
            }
        }
    }

    /// `blockjob NAME PATH`.
    static var blockjob: Verb {
        Verb(
            "blockjob", group: .devices, "manage active block operations",
            details: "Without an option it tells how far the disk's job is.",
            parameters: [
                .domain(.running), .diskPath, .flag("abort", "abort the active job on the specified disk"),
                .flag("async", "implies --abort; request but don't wait for job end"),
                .flag("pivot", "implies --abort; conclude and pivot a copy or commit job"),
                .flag("info", "get active job information for the specified disk"),
                .flag("bytes", "get/set bandwidth in bytes rather than MiB/s"),
                .flag("raw", "implies --info; output details rather than human summary"),
                .optional("bandwidth", "number", "set the bandwidth limit in MiB/s, or as scaled integer"),
            ],
            exclusive: [
                ["raw", "abort"], ["raw", "pivot"], ["raw", "async"], ["raw", "bandwidth"], ["info", "abort"],
                ["info", "pivot"], ["info", "async"], ["info", "bandwidth"], ["bandwidth", "abort"],
                ["bandwidth", "pivot"], ["bandwidth", "async"],
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let disk = try invocation.required("path")
            if invocation.flag("abort") || invocation.flag("pivot") || invocation.flag("async") {
                try manager.endBlockJob(
                    key, disk: disk, pivot: invocation.flag("pivot"), asynchronously: invocation.flag("async"))
                return .silent(key)
            }
            if invocation.has("bandwidth") {
                let bytes = try invocation.size("bandwidth", unit: invocation.flag("bytes") ? 1 : 1 << 20)
                try manager.setBlockJobSpeed(key, disk: disk, bytes: bytes)
                return .silent(key)
            }
            return BlockJobText.report(try manager.blockJob(key, disk: disk), disk, key, invocation)
        }
    }
}

/// A disk's job as virsh tells of it.
enum BlockJobText {
    static func report(_ job: MachineJob?, _ disk: String, _ key: String, _ invocation: Invocation) -> Report {
        guard let job, let block = job.block else {
            let text = invocation.flag("raw") ? "" : "No current block job for \(disk)\n"
            return Report(.raw(text), value: ["path": .string(disk), "type": "None"], names: [key])
        }
        let bandwidth = invocation.flag("bytes") ? block.bandwidth : block.bandwidth >> 20
        let (end, current) = (job.bytesTotal, job.bytesTotal - min(job.bytesRemaining, job.bytesTotal))
        let value: JSONValue = [
            "path": .string(disk), "type": .string(block.kind.rawValue), "ready": .bool(block.isReady),
            "bandwidth": JSONValue(block.bandwidth), "current": JSONValue(current), "end": JSONValue(end),
        ]
        guard !invocation.flag("raw") else {
            let text = " type=\(title(block.kind))\n bandwidth=\(bandwidth)\n cur=\(current)\n end=\(end)\n"
            return Report(.raw(text), value: value, names: [key])
        }
        // Never 100 before it can be ended.
        let done = current >= end && (end > 0 || block.isReady)
        let percent = done ? 100 : min(99, current / max(end / 100, 1))
        let padding = String(repeating: " ", count: percent < 10 ? 2 : percent < 100 ? 1 : 0)
        var text = "\(title(block.kind)): [\(padding)\(percent) %]"
        if block.bandwidth > 0 {
            text += "    Bandwidth limit: \(block.bandwidth) bytes/s (\(ByteCount.text(block.bandwidth))/s)"
        }
        return Report(.raw(text + "\n"), value: value, names: [key])
    }

    private static func title(_ kind: BlockJob.Kind) -> String {
        switch kind {
        case .pull: "Block Pull"
        case .copy: "Block Copy"
        case .commit: "Block Commit"
        case .activeCommit: "Active Block Commit"
        }
    }
}

extension Report {
    /// What a commit comes to.
    fileprivate static func plan(_ plan: CommitPlan, _ run: BlockJobRun) -> Report {
        var lines = plan.merged.map { "commit  \($0)" }
        lines.append("into    \(plan.base)")
        lines += plan.removed.map { "remove  \($0)" }
        lines.append("left    \(plan.remaining.joined(separator: " on "))")
        if plan.isActive { lines.append("The job runs until the disk goes over to the base, or is told to end.") }
        if let user = plan.user { lines.append("It would be refused: it would ruin \(user).") }
        func list(_ paths: [String]) -> JSONValue { .array(paths.map { .string($0) }) }
        var value: JSONObject = [
            "path": .string(run.disk), "base": .string(plan.base), "merged": list(plan.merged),
            "removed": list(plan.removed), "remaining": list(plan.remaining), "active": .bool(plan.isActive),
        ]
        value["user"] = plan.user.map { .string($0) }
        return Report(
            .text(lines.joined(separator: "\n")), value: .object(value), names: [run.key],
            exitStatus: plan.user == nil ? 0 : 8)
    }
}

extension Invocation {
    /// The path of an image, whole; `vda[3]` names one by its number.
    fileprivate func imagePath(_ name: String) -> String? {
        value(name).map { $0.hasSuffix("]") ? $0 : InputFile.absolute($0, below: InputFile.workingFolder) }
    }

    /// `<disk>` of the copy, as the options describe it.
    fileprivate func copyDestination() throws(VMError) -> String {
        if let file = value("xml") { return String(decoding: try InputFile(name: file).read(), as: UTF8.self) }
        guard let given = value("dest") else {
            throw VMError(.usage, "need either --xml or --dest", remedy: "name the file of the copy")
        }
        try requireDocumentText()
        let path = Invocation.escaped(InputFile.absolute(given, below: InputFile.workingFolder))
        let isDevice = flag("blockdev")
        let format = value("format").map { "<driver type='\(Invocation.escaped($0))'/>" } ?? ""
        return "<disk type='\(isDevice ? "block" : "file")'>\(format)"
            + "<source \(isDevice ? "dev" : "file")='\(path)'/></disk>"
    }
}
