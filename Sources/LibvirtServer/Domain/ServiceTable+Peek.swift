internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Bytes of guests' memory and disks, and how fast memory changes.
extension ServiceTable {
    mutating func servePeeks() {
        serve(Remote.domainMemoryPeek) { (arguments, client) throws(VMError) in
            // 1 is an address of what the guest's first processor runs, 2 one of the machine's.
            try checkFlags(arguments.flags, 3, "qemuDomainMemoryPeek")
            guard arguments.flags == 1 || arguments.flags == 2 else {
                throw VMError(
                    .invalidArgument, "flags parameter must be VIR_MEMORY_VIRTUAL or VIR_MEMORY_PHYSICAL")
            }
            let bytes = try await client.machine(arguments.domain).peekMemory(
                at: arguments.offset, count: try Self.peekCount(arguments.size), isPhysical: arguments.flags == 2)
            return Bytes(bytes)
        }
        serve(Remote.domainBlockPeek) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainBlockPeek")
            let bytes = try await client.machine(arguments.domain).peekDisk(
                arguments.path, at: arguments.offset, count: try Self.peekCount(arguments.size))
            return Bytes(bytes)
        }
        carryOut(Remote.domainStartDirtyRateCalc) { (arguments, client) throws(VMError) in
            // How it is measured: 0 looks at a part of the pages, which is what QEMU does unless it is told otherwise.
            try checkFlags(arguments.flags, 0, "qemuDomainStartDirtyRateCalc")
            try await client.machine(arguments.domain).measureDirtyRate(for: .seconds(arguments.seconds))
        }
    }

    /// `REMOTE_DOMAIN_MEMORY_PEEK_BUFFER_MAX` and its like: what an answer can hold.
    private static func peekCount(_ size: UInt32) throws(VMError) -> Int {
        guard size <= UpTo4MiB.count else {
            throw VMError(
                .invalidArgument, "internal error: size > maximum buffer size", libvirt: LibvirtError(.internalError))
        }
        return Int(size)
    }
}
