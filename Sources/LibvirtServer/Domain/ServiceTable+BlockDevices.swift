internal import LibvirtWire
internal import VMCore
internal import VMDomain
internal import VMManager

/// Figures and sizes of disks.
extension ServiceTable {
    mutating func serveBlockDevices() {
        serve(Remote.domainBlockStats) { (arguments, client) throws(VMError) in
            let counters = try await Self.counters(arguments.domain, arguments.path, client)
            var answer = BlockStatistics()
            answer.readRequests = Int64(clamping: counters.readRequests)
            answer.readBytes = Int64(clamping: counters.readBytes)
            answer.writeRequests = Int64(clamping: counters.writeRequests)
            answer.writtenBytes = Int64(clamping: counters.writtenBytes)
            answer.errors = -1
            return answer
        }
        serve(Remote.domainBlockStatsFlags) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, TypedParameter.stringsFlag, "qemuDomainBlockStatsFlags")
            let counters = try await Self.counters(arguments.domain, arguments.path, client)
            return Listing(counters.parameters, room: arguments.count)
        }
        serve(Remote.domainGetBlockInfo) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetBlockInfo")
            let size = try await client.machine(arguments.domain).diskSize(arguments.path)
            var answer = BlockInfo()
            answer.capacity = size.capacity ?? 0
            answer.allocation = size.allocation ?? 0
            answer.physical = size.physical ?? 0
            return answer
        }
        serve(Remote.domainGetDiskErrors) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainGetDiskErrors")
            let errors = try await client.machine(arguments.domain).diskErrors()
            let found = errors.map { error in
                var answer = DomainDiskError()
                answer.disk = error.target
                answer.error = error.code.rawValue
                return answer
            }
            var listing = Listing<DomainDiskError, UpTo256>(Array(found.prefix(Int(arguments.limit))))
            // Without room the number of disks is what the client wants.
            if arguments.limit == 0 {
                listing.count = UInt32(
                    clamping: try await client.perform(arguments.domain, "disks") { (manager, key) throws(VMError) in
                        try manager.domain(key).devices.disks.count
                    })
            }
            return listing
        }
        carryOut(Remote.domainBlockResize) { (arguments, client) throws(VMError) in
            // 1: the size is in bytes.
            try checkFlags(arguments.flags, 1, "qemuDomainBlockResize")
            let unit: UInt64 = arguments.flags & 1 != 0 ? 1 : 1024
            let (bytes, isTooMuch) = arguments.size.multipliedReportingOverflow(by: unit)
            if isTooMuch { throw VMError(.invalidArgument, "size must be less than \(UInt64.max / 1024)") }
            try await client.machine(arguments.domain).resizeBlock(disk: arguments.disk, bytes: bytes)
        }
        carryOut(Remote.domainSetBlockThreshold) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSetBlockThreshold")
            try await client.machine(arguments.domain).setWriteThreshold(
                disk: arguments.device, bytes: arguments.threshold)
        }
    }

    private static func counters(
        _ domain: DomainReference, _ path: String, _ client: Client
    ) async throws(VMError) -> BlockCounters {
        try await client.machine(domain).blockCounters(disk: path.isEmpty ? nil : path)
    }
}
