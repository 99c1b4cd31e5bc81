internal import VMCore

/// Refuses flags that a procedure doesn't know, in libvirt's words: clients try again without them.
///
/// - Parameters:
///   - function: libvirt's function of the driver, `qemuDomainShutdownFlags`.
///   - domain: the driver.
func checkFlags(
    _ flags: UInt32, _ known: UInt32, _ function: String, in domain: LibvirtError.Domain = .qemu
) throws(VMError) {
    let unknown = flags & ~known
    guard unknown != 0 else { return }
    throw VMError(
        .invalidArgument, "unsupported flags (0x\(String(unknown, radix: 16))) in function \(function)",
        libvirt: LibvirtError(.invalidArgument, in: domain))
}

/// Refuses flags that exclude each other.
func checkExclusive(_ flags: UInt32, _ a: UInt32, _ b: UInt32, _ names: (String, String)) throws(VMError) {
    guard flags & a != 0, flags & b != 0 else { return }
    throw VMError(.invalidArgument, "flags '\(names.0)' and '\(names.1)' are mutually exclusive")
}

/// What can't be done here, so that clients take another way: libvirt's `VIR_ERR_OPERATION_UNSUPPORTED`.
func unsupportedOperation(_ message: String) -> VMError {
    VMError(.unsupported, message, libvirt: LibvirtError(.operationUnsupported))
}
