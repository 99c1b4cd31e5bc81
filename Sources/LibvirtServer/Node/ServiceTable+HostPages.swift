internal import LibvirtWire
internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMManager

/// Which processors the host has, its pages of memory, how it merges them, and what it can't do for guests.
extension ServiceTable {
    mutating func serveHostPages() {
        serve(Remote.nodeGetCPUMap) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuNodeGetCPUMap")
            let online = HostProcessors.online
            var answer = NodeCPUMap()
            answer.count = Int32(clamping: HostProcessors.count)
            if arguments.needsMap { answer.map = online.map(length: (HostProcessors.count + 7) / 8) }
            if arguments.needsOnline { answer.online = UInt32(clamping: online.members.count) }
            return answer
        }
        serve(Remote.nodeGetFreePages) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuNodeGetFreePages")
            let pages = HostPages()
            // Sizes times cells is what is answered.
            let cells = min(Int(arguments.cellCount), pages.cellCount)
            guard arguments.pages.count * max(1, cells) <= UpTo1024.count else {
                throw VMError(
                    .invalidArgument, "\(arguments.pages.count) sizes of \(cells) cells are more than an answer holds")
            }
            return List(try pages.free(sizes: arguments.pages, firstCell: Int(arguments.firstCell), count: cells))
        }
        serve(Remote.nodeAllocPages) { (arguments, _) throws(VMError) in
            // 1 says how many there are to be, instead of how many more.
            try checkFlags(arguments.flags, 1, "qemuNodeAllocPages")
            guard arguments.pageSizes.count == arguments.pageCounts.count else {
                throw VMError(.invalidArgument, "each size of pages needs a count")
            }
            let done = try HostPages().allocate(
                zip(arguments.pageSizes, arguments.pageCounts).map { ($0, $1) }, firstCell: Int(arguments.firstCell),
                count: Int(arguments.cellCount), isAddition: arguments.flags & 1 == 0)
            return Int32(clamping: done)
        }
        serveMerging()
        serveSleepAndSecrets()
    }

    private mutating func serveMerging() {
        serve(Remote.nodeGetMemoryParameters) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, TypedParameter.stringsFlag, "qemuNodeGetMemoryParameters")
            return Listing(SharedMemory().parameters, room: arguments.count)
        }
        carryOut(Remote.nodeSetMemoryParameters) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuNodeSetMemoryParameters")
            try SharedMemory().set(arguments.parameters)
        }
    }

    private mutating func serveSleepAndSecrets() {
        carryOut(Remote.nodeSuspendForDuration) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuNodeSuspendForDuration")
            let targets = ["Suspend-to-RAM", "Suspend-to-Disk", "Hybrid-Suspend"]
            guard targets.indices.contains(Int(arguments.target)) else {
                throw VMError(.invalidArgument, "Unknown suspend target: \(arguments.target)")
            }
            throw VMError(
                .unsupported, "argument unsupported: \(targets[Int(arguments.target)])",
                remedy: "putting the host to sleep is its init system's work",
                libvirt: LibvirtError(.argumentUnsupported))
        }
        serve(Remote.nodeGetSEVInfo) { (arguments, _) throws(VMError) in
            try checkFlags(arguments.flags, TypedParameter.stringsFlag, "qemuNodeGetSEVInfo")
            throw unsupportedOperation("Operation not supported: QEMU does not support SEV guest")
        }
        serve(Remote.domainGetLaunchSecurityInfo) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, TypedParameter.stringsFlag, "qemuDomainGetLaunchSecurityInfo")
            let isProtected = try await client.perform(arguments.subject, "domain") { (manager, key) throws(VMError) in
                try manager.domain(key).launchSecurity != nil
            }
            if isProtected {
                throw unsupportedOperation("Operation not supported: the measurement of a protected guest isn't read")
            }
            return []
        }
        carryOut(Remote.domainSetLaunchSecurityState) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainSetLaunchSecurityState")
            _ = try await client.machine(arguments.subject).status()
            throw unsupportedOperation(
                "Operation not supported: setting a launch secret is only supported in SEV-enabled domains")
        }
    }
}
