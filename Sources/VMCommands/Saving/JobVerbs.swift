internal import VMCore
internal import VMJSON
internal import VMManager

extension Verb {
    /// `dump NAME FILE`.
    static var dump: Verb {
        Verb(
            "dump", group: .saving, "dump the core of a domain to a file for analysis",
            details: """
                The file is an ELF core of the guest's memory, with or without --memory-only: gdb and crash read it.
                The machine is stopped meanwhile unless --live is given, and runs on after that.
                """,
            parameters: [
                .domain(.active), .argument("file", "string", "where to dump the core", completion: .file),
                .flag("live", "perform a live core dump if supported"),
                .flag("crash", "crash the domain after core dump"),
                .flag("bypass-cache", "accepted; the core goes through the file system's cache all the same"),
                .flag("reset", "reset the domain after core dump"), .flag("verbose", "display the progress of dump"),
                .flag("memory-only", "dump domain's memory only (always done)"),
                .option(
                    "format", "string", "specify the format of memory-only dump",
                    completion: .words(["elf", "kdump-zlib", "kdump-lzo", "kdump-snappy"])),
            ],
            exclusive: [["live", "crash"], ["crash", "reset"], ["live", "reset"]]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let file = try invocation.required("file")
            let path = InputFile.absolute(file, below: InputFile.workingFolder)
            let format = try invocation.word(
                "format", among: ["elf", "kdump-zlib", "kdump-lzo", "kdump-snappy", "win-dmp"])
            let progress = JobProgress("Dump", isShown: invocation.flag("verbose"))
            do throws(VMError) {
                try manager.dump(
                    key, to: path, format: format, live: invocation.flag("live"),
                    after: invocation.flag("crash") ? "crash" : invocation.flag("reset") ? "reset" : nil
                ) { progress.update($0) }
            } catch {
                progress.finish(success: false)
                throw error.code == .noDomain ? error : error.wrapped("Failed to core dump domain '\(key)' to \(file)")
            }
            progress.finish(success: true)
            return .done("Domain '\(key)' dumped to \(file)", key, ["file": path])
        }
    }

    /// `domjobabort NAME`.
    static var domjobabort: Verb {
        Verb(
            "domjobabort", group: .saving, "abort active domain job", parameters: [.domain(.active), .timeout]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            try manager.abortJob(key, timeout: try invocation.patience())
            return .silent(key)
        }
    }

    /// `domjobinfo NAME`.
    static var domjobinfo: Verb {
        Verb(
            "domjobinfo", group: .saving, "domain job information",
            parameters: [
                .domain(), .flag("completed", "return statistics of a recently completed job"),
                .flag("anystats", "print statistics for any kind of job (even failed ones)"),
                .flag("keep-completed", "accepted; figures of a completed job are kept until the next"),
            ]
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let query: VMManager.JobQuery =
                !invocation.flag("completed") ? .running : invocation.flag("anystats") ? .ended : .completed
            guard let job = try manager.job(key, query) else {
                return Report(.raw(JobText.line("Job type:", "None") + "\n"), value: ["type": "None"], names: [key])
            }
            return Report(
                .raw(JobText.text(job)), value: .object(job.figures(try manager.find(key).name)), names: [key])
        }
    }
}

/// A job's figures as virsh lays them out.
enum JobText {
    static func line(_ name: String, _ value: String, _ unit: String = "") -> String {
        let text = name.padded(to: 17) + " " + value.padded(to: 12) + (unit.isEmpty ? "" : " " + unit)
        return text + "\n"
    }

    static func text(_ job: MachineJob) -> String {
        var text = line("Job type:", job.typeName)
        text += line("Operation:", job.operationName)
        text += line("Time elapsed:", "\(job.elapsed)", "ms")
        guard job.bytesTotal > 0 else { return text + "\n" }
        if let backup = job.backup {
            guard backup.isPull else {
                text += size("File processed:", job.bytesProcessed)
                text += size("File remaining:", job.bytesRemaining)
                return text + size("File total:", job.bytesTotal) + "\n"
            }
            text += "Temporary disk space use:   \(ByteCount.text(job.bytesProcessed))\n"
            return text + "Temporary disk space total: \(ByteCount.text(job.bytesTotal))\n\n"
        }
        for (kind, isMemory) in [("Data", false), ("Memory", true)] {
            if isMemory, job.kind == .dump { continue }
            text += size("\(kind) processed:", job.bytesProcessed)
            text += size("\(kind) remaining:", job.bytesRemaining)
            text += size("\(kind) total:", job.bytesTotal)
        }
        return text + "\n"
    }

    /// With three digits behind the point, in the largest unit.
    private static func size(_ name: String, _ bytes: UInt64) -> String {
        name.padded(to: 17) + " \(ByteCount.text(bytes))\n"
    }
}
