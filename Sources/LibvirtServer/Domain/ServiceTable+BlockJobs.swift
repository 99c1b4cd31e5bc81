internal import LibvirtWire
internal import VMCore
internal import VMDomain
internal import VMManager
internal import VMXML

/// Jobs of disks.
extension ServiceTable {
    mutating func serveBlockJobs() {
        serve(Remote.domainGetBlockJobInfo) { (arguments, client) throws(VMError) in
            // 1: the bandwidth in bytes.
            try checkFlags(arguments.flags, 1, "qemuDomainGetBlockJobInfo")
            guard let job = try await client.machine(arguments.domain).blockJob(disk: arguments.path),
                let block = job.block
            else { return BlockJobInfo() }
            return BlockJobInfo(job, block, inBytes: arguments.flags & 1 != 0)
        }
        carryOut(Remote.domainBlockJobAbort) { (arguments, client) throws(VMError) in
            // 1: asynchronously; 2: with a pivot.
            try checkFlags(arguments.flags, 3, "qemuDomainBlockJobAbort")
            try await client.machine(arguments.domain).endBlockJob(
                disk: arguments.path, pivot: arguments.flags & 2 != 0, asynchronously: arguments.flags & 1 != 0)
        }
        carryOut(Remote.domainBlockJobSetSpeed) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 1, "qemuDomainBlockJobSetSpeed")
            let bytes = try Self.bandwidth(arguments.bandwidth, inBytes: arguments.flags & 1 != 0)
            try await client.machine(arguments.domain).setBlockJobSpeed(disk: arguments.path, bytes: bytes)
        }
        serveCommitAndPull()
        serveCopies()
    }

    private mutating func serveCommitAndPull() {
        carryOut(Remote.domainBlockCommit) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 31, "qemuDomainBlockCommit")
            var commit = BlockJobOrder.Commit()
            commit.base = arguments.base
            commit.top = arguments.top
            commit.isShallow = arguments.flags & 1 != 0
            commit.deletes = arguments.flags & 2 != 0
            commit.isActive = arguments.flags & 4 != 0
            var order = BlockJobOrder(arguments.disk, .commit(commit))
            order.keepsRelative = arguments.flags & 8 != 0
            order.bandwidth = try Self.bandwidth(arguments.bandwidth, inBytes: arguments.flags & 16 != 0)
            try await client.machine(arguments.domain).startBlockJob(order)
        }
        carryOut(Remote.domainBlockPull) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 64, "qemuDomainBlockPull")
            var order = BlockJobOrder(arguments.path, .pull(.init()))
            order.bandwidth = try Self.bandwidth(arguments.bandwidth, inBytes: arguments.flags & 64 != 0)
            try await client.machine(arguments.domain).startBlockJob(order)
        }
        carryOut(Remote.domainBlockRebase) { (arguments, client) throws(VMError) in
            // 1: shallow; 2: the copy is there; 4: it is raw; 8: copy; 16: relative names; 32: to a device; 64: bytes.
            try checkFlags(arguments.flags, 127, "qemuDomainBlockRebase")
            let flags = arguments.flags
            let bytes = try Self.bandwidth(arguments.bandwidth, inBytes: flags & 64 != 0)
            var order: BlockJobOrder
            if flags & 8 != 0 {
                order = BlockJobOrder(arguments.path, .copy(try Self.copy(to: arguments.base, flags)))
            } else {
                if flags & 39 != 0 {
                    throw VMError(
                        .invalidArgument, "invalid argument: flags of a copy are given, and no copy is asked for")
                }
                var pull = BlockJobOrder.Pull()
                pull.base = arguments.base
                order = BlockJobOrder(arguments.path, .pull(pull))
            }
            order.keepsRelative = flags & 16 != 0
            order.bandwidth = bytes
            try await client.machine(arguments.domain).startBlockJob(order)
        }
    }

    /// A copy as the older call describes it, which knows paths only.
    private static func copy(to path: String?, _ flags: UInt32) throws(VMError) -> BlockJobOrder.Copy {
        guard let path, !path.isEmpty else {
            throw VMError(.invalidArgument, "invalid argument: base in virDomainBlockRebase must not be NULL")
        }
        var disk = Disk()
        disk.source = flags & 32 != 0 ? .block(path) : .file(path)
        if flags & 4 != 0 {
            disk.driver = DiskDriver()
            disk.driver?.type = .raw
        }
        var copy = BlockJobOrder.Copy(destination: disk.write(as: "disk"))
        copy.isShallow = flags & 1 != 0
        copy.reusesFile = flags & 2 != 0
        return copy
    }

    private mutating func serveCopies() {
        carryOut(Remote.domainBlockCopy) { (arguments, client) throws(VMError) in
            // 1: shallow; 2: the copy is there; 4: it doesn't outlive the run; 8: writes wait for it.
            try checkFlags(arguments.flags, 15, "qemuDomainBlockCopy")
            var copy = BlockJobOrder.Copy(destination: arguments.xml)
            copy.isShallow = arguments.flags & 1 != 0
            copy.reusesFile = arguments.flags & 2 != 0
            copy.isTransient = arguments.flags & 4 != 0
            copy.writesSynchronously = arguments.flags & 8 != 0
            var bandwidth: UInt64 = 0
            for parameter in arguments.parameters {
                guard let number = UInt64(parameter.value.text) else {
                    throw VMError(.invalidArgument, "'\(parameter.name)' is a number, not '\(parameter.value.text)'")
                }
                switch parameter.name {
                case "bandwidth": bandwidth = number
                case "granularity", "buf-size":
                    guard number <= UInt64(Int64.max), parameter.name != "granularity" || number <= UInt64(UInt32.max)
                    else { throw VMError(.invalidArgument, "'\(parameter.name)' can't be \(number)") }
                    if parameter.name == "granularity" {
                        copy.granularity = UInt32(number)
                    } else {
                        copy.bufferSize = number
                    }
                default:
                    throw VMError(
                        .unsupported, "argument unsupported: parameter '\(parameter.name)' not supported",
                        libvirt: LibvirtError(.argumentUnsupported))
                }
            }
            var order = BlockJobOrder(arguments.path, .copy(copy))
            order.bandwidth = bandwidth
            try await client.machine(arguments.domain).startBlockJob(order)
        }
    }

    /// - Parameter value: in MiB, unless it is in bytes.
    private static func bandwidth(_ value: UInt64, inBytes: Bool) throws(VMError) -> UInt64 {
        let (bytes, isTooMuch) = value.multipliedReportingOverflow(by: inBytes ? 1 : 1 << 20)
        guard !isTooMuch, bytes <= UInt64(Int64.max) else {
            throw VMError(
                .invalidArgument, "numerical overflow: bandwidth must be less than \(Int64.max >> 20)",
                libvirt: LibvirtError(.init(rawValue: 82)))
        }
        return bytes
    }
}

extension BlockJobInfo {
    /// What libvirt tells: both figures are the same only of a job that can be ended with a pivot.
    fileprivate init(_ job: MachineJob, _ block: BlockJob, inBytes: Bool) {
        self.init()
        found = true
        type = block.kind.libvirtType
        let mebibyte: UInt64 = 1 << 20
        bandwidth =
            inBytes ? block.bandwidth : block.bandwidth / mebibyte + (block.bandwidth % mebibyte == 0 ? 0 : 1)
        end = job.bytesTotal
        current = job.bytesTotal - min(job.bytesRemaining, job.bytesTotal)
        guard current == end, !block.isReady else { return }
        if current > 0 { current -= 1 } else { end += 1 }
    }
}
