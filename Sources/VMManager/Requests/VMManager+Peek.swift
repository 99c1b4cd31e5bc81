internal import Glibc
internal import SupervisorProtocol
public import VMCore
internal import VMDomain
internal import VMJSON

/// Bytes of a guest's memory and disks, as they are now.
extension VirtualMachine {
    /// Bytes of its memory, `virDomainMemoryPeek`. The guest may change them meanwhile.
    ///
    /// - Parameters:
    ///   - count: at most 4 MiB, as in libvirt's protocol.
    ///   - isPhysical: `address` is one of the machine's; else of what its first processor runs now.
    /// - Throws: `monitor` where the guest has no memory; `invalid-argument` for another count.
    public func peekMemory(
        at address: UInt64, count: Int, isPhysical: Bool, timeout: Duration = VMManager.patience
    ) async throws(VMError) -> [UInt8] {
        guard (0...4 << 20).contains(count) else {
            throw VMError(.invalidArgument, "at most 4 MiB of memory are read at once, not \(count) bytes")
        }
        return try await call("peekMemory") { (manager, machine) throws(VMError) in
            _ = try manager.resolve(.live, machine)
            var bytes: [UInt8] = []
            while bytes.count < count {
                let (next, isBeyond) = address.addingReportingOverflow(UInt64(bytes.count))
                if isBeyond { throw VMError(.invalidArgument, "the memory ends before \(address) + \(count)") }
                let request = SupervisorRequest.peekMemory(
                    address: next, count: min(count - bytes.count, 65_536), isPhysical: isPhysical)
                guard case .value(let value) = try await manager.request(request, of: machine, timeout: timeout),
                    let part = (value["bytes"]?.string).flatMap({ Self.bytes($0) }), !part.isEmpty
                else { throw VMManager.unreadableAnswer }
                bytes += part
            }
            return bytes
        }
    }

    /// The bytes of a text of hexadecimal digits.
    private static func bytes(_ digits: String) -> [UInt8]? {
        let utf8 = Array(digits.utf8)
        guard utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 2)
        for index in stride(from: 0, to: utf8.count, by: 2) {
            guard let byte = UInt8(String(decoding: utf8[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    /// Bytes of one of its disks, `virDomainBlockPeek`: of the image as it is on the host, so of raw ones only. What is
    /// beyond its end is 0.
    ///
    /// - Parameter disk: by its target or its path.
    /// - Throws: `not-found` for a path that isn't one of its disks; `unsupported` for other formats and for disks that the
    ///   host has no file of.
    public func peekDisk(_ disk: String, at offset: UInt64, count: Int) async throws(VMError) -> [UInt8] {
        try await perform("peekDisk") { (manager, key) throws(VMError) in
            let domain = try manager.domain(key)
            return try PeekedDisk(domain.devices.disks[try domain.disk(disk)]).read(offset, count)
        }
    }
}

/// A disk of which the bytes on the host are those that the guest sees.
private struct PeekedDisk {
    private let path: String

    init(_ disk: Disk) throws(VMError) {
        let format = disk.driver?.type ?? .raw
        guard format == .raw else {
            throw VMError(
                .unsupported,
                "Operation not supported: peeking is only supported for disk with 'raw' format not "
                    + "'\(format.rawValue)'", libvirt: LibvirtError(.operationUnsupported))
        }
        guard disk.source.type == .file || disk.source.type == .block, let path = disk.source.file ?? disk.source.dev
        else {
            throw VMError(
                .unsupported,
                "internal error: storage file reading is not supported for storage type "
                    + disk.source.type.rawValue, libvirt: LibvirtError(.internalError))
        }
        self.path = path
    }

    func read(_ offset: UInt64, _ count: Int) throws(VMError) -> [UInt8] {
        // A FIFO in the image's place is not waited for.
        let file = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
        var facts = stat()
        let kind = fstat(file.raw, &facts) == 0 ? facts.st_mode & S_IFMT : 0
        guard kind == S_IFREG || kind == S_IFBLK else {
            throw VMError(.unsupported, "'\(path)' is neither a file nor a block device")
        }
        guard let start = off_t(exactly: offset) else {
            throw VMError(.invalidArgument, "offset \(offset) is too large")
        }
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled..<count])
                let (place, isBeyond) = start.addingReportingOverflow(off_t(filled))
                let length = isBeyond ? 0 : pread(file.raw, rest.baseAddress, rest.count, place)
                if length > 0 {
                    filled += length
                } else if length < 0, errno == EINTR {
                    continue
                } else {
                    code = length < 0 ? errno : 0
                    break
                }
            }
            // Beyond the end.
            for index in filled..<count { buffer.initializeElement(at: index, to: 0) }
            filled = count
        }
        if code != 0 { throw .system("cannot read '\(path)'", errno: code) }
        return bytes
    }
}
