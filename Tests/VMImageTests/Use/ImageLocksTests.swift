import Foundation
import Testing
import VMCore
import VMImage

@Suite("What others do with an image") struct ImageLocksTests {
    /// A lock of another open file on one byte.
    private func lock(_ file: borrowing FileDescriptor, _ byte: Int) {
        var request = Glibc.flock()
        request.l_type = Int16(F_RDLCK)
        request.l_whence = Int16(SEEK_SET)
        request.l_start = byte
        request.l_len = 1
        // F_OFD_SETLK
        #expect(fcntl(file.raw, 37, &request) == 0)
    }

    @Test("each byte means one thing", arguments: ImageLocks.Permission.allCases)
    func bytes(_ permission: ImageLocks.Permission) throws {
        let folder = try ImageFolder()
        let locks = ImageLocks(try folder.file("i", [0]))
        func uses() -> [ImageLocks.Permission] { ImageLocks.Permission.allCases.filter { locks.isUsed(for: $0) } }
        func forbidden() -> [ImageLocks.Permission] {
            ImageLocks.Permission.allCases.filter { locks.isForbidden($0) }
        }
        do {
            let file = try FileDescriptor.open(locks.path, flags: O_RDWR)
            lock(file, 100 + Int(permission.rawValue))
            #expect(uses() == [permission] && forbidden().isEmpty)
            #expect(locks.isBeingWritten == (permission == .write))
            #expect(locks.isTaken(forWriting: false) == (permission == .write))
        }
        let file = try FileDescriptor.open(locks.path, flags: O_RDWR)
        lock(file, 200 + Int(permission.rawValue))
        #expect(uses().isEmpty && forbidden() == [permission])
        #expect(locks.forbidsWriters == (permission == .write))
        #expect(locks.isTaken(forWriting: true) == (permission == .write))
        #expect(!locks.isTaken(forWriting: false))
    }

    private func takes(_ path: String) throws -> Bool {
        let file = try FileDescriptor.open(path, flags: O_RDWR)
        return ImageLocks.takeAlone(file)
    }

    @Test("who takes an image alone gets it only when nobody uses it, in whatever way, and keeps all others from it")
    func alone() throws {
        let folder = try ImageFolder()
        let path = try folder.file("i", [0])
        for byte in ImageLocks.Permission.allCases.flatMap({ [100 + Int($0.rawValue), 200 + Int($0.rawValue)] }) {
            let user = try FileDescriptor.open(path, flags: O_RDWR)
            lock(user, byte)
            #expect(try !takes(path), "\(byte)")
        }
        do {
            let holder = try FileDescriptor.open(path, flags: O_RDONLY)
            let isAlone = ImageLocks.takeAlone(holder)
            #expect(isAlone)
            #expect(try !takes(path))
            #expect(ImageLocks(path).isTaken(forWriting: false) && ImageLocks(path).isForbidden(.consistentRead))
        }
        #expect(try takes(path))
    }

    @Test("what isn't there is not in use")
    func missing() {
        #expect(!ImageLocks("/nowhere/i").isTaken(forWriting: true))
    }

    private static let emulator = "/usr/bin/qemu-system-x86_64"

    @Test(
        "a real QEMU: one that writes is seen, and one that reads forbids others to write",
        .enabled(if: access(emulator, X_OK) == 0, "needs qemu-system-x86_64"), arguments: [false, true])
    func real(_ readOnly: Bool) throws {
        let folder = try ImageFolder()
        let locks = ImageLocks(try folder.file("i", [UInt8](repeating: 0, count: 1 << 20)))
        let drive = "if=none,id=d,format=raw,file=\(locks.path),readonly=\(readOnly ? "on" : "off")"
        let process = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: Self.emulator,
                arguments: [
                    "-nodefaults", "-no-user-config", "-display", "none", "-accel", "tcg", "-S", "-drive", drive,
                    "-device", "virtio-blk-pci,drive=d",
                ], diesWithParent: true))
        defer {
            sendSignal(SIGKILL, to: process.handle)
            _ = ProcessExit.wait(for: process.handle, until: .after(.seconds(10)))
        }
        let deadline = Deadline.after(.seconds(60))
        while !locks.forbidsWriters, !deadline.hasPassed { Poll.sleep(.milliseconds(5)) }
        #expect(locks.forbidsWriters)
        #expect(locks.isBeingWritten == !readOnly)
        #expect(locks.isUsed(for: .consistentRead))
    }
}
