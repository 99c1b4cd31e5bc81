internal import LibvirtWire
internal import VMCore
internal import VMManager

/// What a machine is busy with: a save, a dump.
extension ServiceTable {
    mutating func serveJobs() {
        serve(Remote.domainGetJobInfo) { (domain, client) throws(VMError) in
            let job = try await Self.job(domain, .running, client)
            var info = JobInfo()
            guard let job else { return info }
            info.type = job.libvirtType
            info.timeElapsed = UInt64(clamping: job.elapsed)
            (info.dataTotal, info.dataProcessed, info.dataRemaining) = (
                job.bytesTotal, job.bytesProcessed, job.bytesRemaining
            )
            (info.memoryTotal, info.memoryProcessed, info.memoryRemaining) = (
                job.bytesTotal, job.bytesProcessed, job.bytesRemaining
            )
            return info
        }
        serve(Remote.domainGetJobStats) { (arguments, client) throws(VMError) in
            // 1 asks for the last one that was completed, 2 keeps it.
            try checkFlags(arguments.flags, 3, "qemuDomainGetJobStats")
            let job = try await Self.job(arguments.subject, arguments.flags & 1 != 0 ? .completed : .running, client)
            var answer = JobStatistics()
            answer.type = job?.libvirtType ?? 0
            answer.parameters = job?.parameters ?? []
            return answer
        }
        carryOut(Remote.domainAbortJob) { (domain, client) throws(VMError) in
            try await client.machine(domain).abortJob()
        }
        carryOut(Remote.domainAbortJobFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainAbortJobFlags")
            try await client.machine(arguments.subject).abortJob()
        }
        serveBlockJobs()
    }

    private static func job(
        _ domain: DomainReference, _ query: VMManager.JobQuery, _ client: Client
    ) async throws(VMError) -> MachineJob? {
        try await client.perform(domain, "job") { (manager, key) throws(VMError) in try manager.job(key, query) }
    }
}
