import Foundation
import TestBench
import Testing
import VMCore
import VMDomain
import VMManager

/// Devices whose files are not those that their elements name alone: a confined QEMU must reach them all.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64"), .timeLimit(.minutes(40)))
struct ConfinedDevicesTests {
    @Test(
        "a VMware image keeps its data in files beside it", arguments: ["monolithicFlat", "twoGbMaxExtentSparse"])
    func extents(form: String) throws {
        let bench = try LiveBench()
        let path = bench.bench.folder + "/disk.vmdk"
        let made = try SpawnedProcess.spawn(
            .init(
                executable: "/usr/bin/qemu-img",
                arguments: ["create", "-q", "-f", "vmdk", "-o", "subformat=\(form)", path, "8M"]))
        #expect(ProcessExit.wait(for: made.handle, until: .after(.seconds(20))) == .exited(0))
        try bench.start(
            "vmware",
            "<disk type='file' device='disk'><driver name='qemu' type='vmdk'/><source file='\(path)'/>"
                + "<target dev='vda' bus='virtio'/></disk>")
        #expect(try bench.manager.status("vmware").state == .running)
    }

    @Test("a FIFO of two halves, memory that machines share, and what firmware keeps over a crash")
    func made() throws {
        let bench = try LiveBench()
        let folder = bench.bench.folder
        for end in ["in", "out"] { mkfifo("\(folder)/line.\(end)", 0o600) }
        let name = "vmctl-test-\(getpid())"
        defer { unlink("/dev/shm/" + name) }
        try bench.start(
            "made",
            "<serial type='pipe'><source path='\(folder)/line'/></serial>"
                + "<shmem name='\(name)'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>"
                + "<pstore backend='acpi-erst'><path>\(folder)/kept</path><size unit='KiB'>64</size></pstore>")
        #expect(try bench.manager.status("made").state == .running)
        #expect(Files.exists("/dev/shm/" + name) && Files.exists(folder + "/kept"))
    }
}
