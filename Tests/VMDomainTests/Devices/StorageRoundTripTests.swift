import TestNeeds
import Testing

@testable import VMDomain

/// Reads devices out of libvirt's canonical documents and expects the same text back.
@Suite(.needs(.corpus))
struct StorageRoundTripTests {
    @Test("Disks come back byte for byte") func disks() throws { try expectRoundTrip(of: "disk", as: Disk.self) }
    @Test("Controllers come back byte for byte") func controllers() throws {
        try expectRoundTrip(of: "controller", as: Controller.self)
    }
    @Test("Leases come back byte for byte") func leases() throws {
        try expectRoundTrip(of: "lease", as: Lease.self)
    }
    @Test("File systems come back byte for byte") func filesystems() throws {
        try expectRoundTrip(of: "filesystem", as: Filesystem.self)
    }
    @Test("Host devices come back byte for byte") func hostDevices() throws {
        try expectRoundTrip(of: "hostdev", as: HostDevice.self)
    }
    @Test("Memory modules come back byte for byte") func memories() throws {
        try expectRoundTrip(of: "memory", as: MemoryDevice.self)
    }
    @Test("Shared memory come back byte for byte") func sharedMemory() throws {
        try expectRoundTrip(of: "shmem", as: SharedMemory.self)
    }
    @Test("Persistent stores come back byte for byte") func pstores() throws {
        try expectRoundTrip(of: "pstore", as: PersistentStore.self)
    }
    @Test("IOMMUs come back byte for byte") func iommus() throws {
        try expectRoundTrip(of: "iommu", as: IOMMU.self)
    }
    @Test("VSocks come back byte for byte") func vsocks() throws {
        try expectRoundTrip(of: "vsock", as: VSock.self)
    }
}
