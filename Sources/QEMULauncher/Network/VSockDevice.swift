internal import CVMSystem
internal import Glibc
internal import Synchronization
package import VMCore
package import VMDomain
internal import VMXML

/// The kernel's part of a machine's vsock: an open device that has the guest's number.
package final class VSockDevice: Sendable {
    private let file = Mutex<Int32?>(nil)
    private let path: String

    /// The number under which a starting QEMU finds it.
    package static var descriptor: Int32 { Int32(VSockOptions.descriptor) }

    /// How many numbers are tried where a free one is to be taken.
    private static let tries: UInt32 = 4096

    package init(path: String = "/dev/vhost-vsock") { self.path = path }

    deinit { if let raw = file.withLock({ $0 }) { close(raw) } }

    /// Opens the device for a domain, and gives the guest its number: the one that the domain says, or the first that is
    /// free, which the domain gets.
    ///
    /// - Throws: `unsupported` where the kernel has none; `busy` when another guest has the number.
    package func open(for domain: inout Domain) throws(VMError) {
        guard let vsock = domain.devices.vsock else { return }
        let device: FileDescriptor
        do throws(VMError) {
            device = try FileDescriptor.open(path, flags: O_RDWR)
        } catch {
            throw VMError(
                .unsupported, "a vsock needs '\(path)', which can't be opened",
                remedy: "load the kernel's module vhost_vsock, and see that you may open the device", cause: error)
        }
        let isAutomatic = vsock.cid?.auto == .yes
        let first = isAutomatic ? 3 : vsock.cid?.address ?? 3
        var number = first
        while vms_vsock_number(device.raw, UInt64(number)) != 0 {
            let code = errno
            guard code == EADDRINUSE else {
                throw .system("cannot give the guest the vsock number \(number)", errno: code)
            }
            guard isAutomatic, number - first < Self.tries else {
                throw VMError(
                    .busy, "another guest has the vsock number \(number)",
                    remedy: "choose another one, or let a free one be taken with <cid auto='yes'/>")
            }
            number += 1
        }
        domain.devices.vsock?.cid?.address = number
        let raw = device.release()
        file.withLock { old in
            if let old { close(old) }
            old = raw
        }
    }

    /// The file for the supervisor, and through it for QEMU.
    package var descriptors: [SpawnRequest.Descriptor] {
        file.withLock { $0 }.map { [.init($0, as: Self.descriptor)] } ?? []
    }

    /// The open file for whoever closes it.
    package func take() -> Int32? {
        file.withLock { file in
            defer { file = nil }
            return file
        }
    }
}
