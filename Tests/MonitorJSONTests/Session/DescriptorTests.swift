import Foundation
import MonitorJSON
import Testing
import VMCore
import VMJSON
import VMTestSupport

/// How QEMU keeps the descriptors it is given, as far as a client must know it.
@Suite(
    "Descriptors on real QEMU", .enabled(if: TemporaryQEMU.isThere, "needs qemu-system-x86_64"),
    .timeLimit(.minutes(40)))
struct DescriptorTests {
    private func soon() -> Deadline { .after(.seconds(30)) }

    /// A file of this name beside QEMU's socket, open.
    private func cargo(_ name: String, _ qemu: TemporaryQEMU) throws -> FileDescriptor {
        let file = open(qemu.folder + "/" + name, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(file >= 0)
        return FileDescriptor(owning: file)
    }

    /// How many of QEMU's descriptors are the file of this name.
    private func count(_ name: String, in qemu: TemporaryQEMU) throws -> Int {
        let folder = "/proc/\(qemu.processID)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).count { entry in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: folder + "/" + entry)
            return target == qemu.folder + "/" + name
        }
    }

    @Test(
        "A name that is used again closes what it stood for; one that begins with a digit is refused",
        arguments: TemporaryQEMU.builds)
    func names(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let first = try cargo("first", qemu)
        let second = try cargo("second", qemu)
        try monitor.execute(GetFD("x"), descriptors: [first.raw], deadline: soon())
        #expect(try count("first", in: qemu) == 1)
        try monitor.execute(GetFD("x"), descriptors: [second.raw], deadline: soon())
        #expect(try count("first", in: qemu) == 0)
        #expect(try count("second", in: qemu) == 1)
        #expect(throws: VMError.self) {
            try monitor.execute(GetFD("1x"), descriptors: [first.raw], deadline: self.soon())
        }
        #expect(try count("first", in: qemu) == 0)
        // They outlive the session.
        monitor.close()
        let next = try qemu.connect()
        try next.execute(CloseFD("x"), deadline: soon())
        #expect(try count("second", in: qemu) == 0)
    }

    @Test(
        "What a refused command brought along is not taken for the next one's",
        arguments: TemporaryQEMU.builds)
    func refused(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let file = try cargo("stray", qemu)
        for (command, arguments): (String, JSONObject) in [
            ("query-nothing", [:]), ("getfd", [:]), ("add-fd", ["fdset-id": -1]), ("query-name", [:]),
        ] {
            _ = try monitor.attempt(command, arguments, descriptors: [file.raw], deadline: soon())
            #expect(throws: VMError.self, "\(command)") { try monitor.execute(GetFD("y"), deadline: self.soon()) }
            #expect(try count("stray", in: qemu) == 0, "\(command)")
        }
    }

    @Test(
        "A set keeps its descriptor while a session lives, and on newer QEMUs beyond it",
        arguments: TemporaryQEMU.builds)
    func sets(build: TemporaryQEMU.Build) throws {
        let qemu = try TemporaryQEMU(build)
        let monitor = try qemu.connect()
        let file = try cargo("set", qemu)
        let added = try monitor.execute(AddFD(setID: 7, opaque: "why"), descriptors: [file.raw], deadline: soon())
        #expect(added.setID == 7)
        let link = "/proc/\(qemu.processID)/fd/\(added.descriptor)"
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == qemu.folder + "/set")
        monitor.close()
        let next = try qemu.connect()
        let sets = try next.execute(QueryFDSets(), deadline: soon())
        // The client can't rely on it, so it never closes the session between adding and using.
        #expect(sets.count == (try #require(next.greeting).version.major < 9 ? 0 : 1))
        #expect(try count("set", in: qemu) == sets.count)
    }
}
