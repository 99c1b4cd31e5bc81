public import SupervisorProtocol
public import VMCore

/// A job in libvirt's terms.
extension MachineJob {
    /// `virDomainJobType`: 2 unbounded, 3 completed, 4 failed, 5 cancelled.
    public var libvirtType: Int32 {
        switch phase {
        case .running: 2
        case .completed: 3
        case .failed: 4
        case .cancelled: 5
        }
    }

    /// The type's name, as virsh prints it.
    public var typeName: String {
        switch phase {
        case .running: "Unbounded"
        case .completed: "Completed"
        case .failed: "Failed"
        case .cancelled: "Cancelled"
        }
    }

    /// `virDomainJobOperation`: 2 save, 8 dump; 0 for what this version doesn't know.
    public var libvirtOperation: Int32 {
        switch kind {
        case .save: 2
        case .dump: 8
        case .snapshot: 6
        case .backup: 9
        default: 0
        }
    }

    /// The operation's name, as virsh prints it.
    public var operationName: String {
        switch kind {
        case .save: "Save"
        case .dump: "Dump"
        case .snapshot: "Snapshot"
        case .backup: "Backup"
        default: "Unknown"
        }
    }

    /// The figures by the names and with the types of `virDomainGetJobStats`. Times are in milliseconds, sizes in bytes.
    public var parameters: [TypedParameter] {
        var list: [TypedParameter] = []
        list.add("operation", .int(libvirtOperation))
        list.add("time_elapsed", .ullong(UInt64(clamping: elapsed)))
        if let backup {
            // Of a backup that is pulled nobody knows how far it is, but how much of the scratch images is taken.
            if backup.isPull {
                list.add("disk_temp_used", .ullong(bytesProcessed))
                list.add("disk_temp_total", .ullong(bytesTotal))
            } else {
                list.add("disk_total", .ullong(bytesTotal))
                list.add("disk_processed", .ullong(bytesProcessed))
                list.add("disk_remaining", .ullong(bytesRemaining))
            }
        } else if bytesTotal > 0 {
            // Of a dump libvirt tells the memory alone, of a save data and memory, which are the same here.
            for kind in self.kind == .dump ? ["memory"] : ["data", "memory"] {
                list.add("\(kind)_total", .ullong(bytesTotal))
                list.add("\(kind)_processed", .ullong(bytesProcessed))
                list.add("\(kind)_remaining", .ullong(bytesRemaining))
            }
        }
        if phase != .running { list.add("success", .boolean(phase == .completed)) }
        if let error { list.add("errmsg", .string(error.message)) }
        return list
    }
}

extension VMManager {
    /// Which of a machine's jobs `virDomainGetJobStats` is asked for.
    public enum JobQuery: Sendable, Hashable {
        /// The one that runs.
        case running
        /// The last one, when it was completed.
        case completed
        /// The last one, however it ended.
        case ended
    }

    /// A machine's job; nil when it has none such.
    ///
    /// - Throws: `wrong-state` when the running one is asked for and the machine doesn't run.
    public func job(_ key: String, _ query: JobQuery) throws(VMError) -> MachineJob? {
        let machine = try find(key)
        let job = machine.runtime.readJob()
        switch query {
        case .running:
            guard observe(machine).state.isActive else { throw VMManager.notRunning }
            return job?.phase == .running ? job : nil
        case .completed: return job?.phase == .completed ? job : nil
        case .ended: return job
        }
    }
}
