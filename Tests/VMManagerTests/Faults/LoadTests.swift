import Foundation
import TestNeeds
import TestBench
import Testing
import VMCore
import VMManager

/// Much at once, and disks that are full.
@Suite(.serialized, .enabled(if: Bench.hasQEMU, "needs qemu-system-x86_64")) struct LoadTests {
    @Test("twelve starts at once with a hundred readers: all run, no reader fails")
    func concurrentStarts() async throws {
        let bench = try Bench()
        let names = (0..<12).map { "many\($0)" }
        for name in names { try bench.define(name) }
        let manager = bench.manager
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in names { group.addTask { try await manager.machine(name).start() } }
            for reader in 0..<100 {
                group.addTask {
                    _ = try await manager.machine(names[reader % names.count]).status()
                    _ = try manager.list(.all)
                }
            }
            try await group.waitForAll()
        }
        let list = try manager.list()
        #expect(Set(list.map(\.name)) == Set(names))
        #expect(Set(list.compactMap(\.id)).count == names.count)
        #expect(list.allSatisfy { $0.state == .running })
    }

    @Test("all supervisors killed: a list shows everything, and all get new ones though nobody looks")
    func allSupervisorsKilled() throws {
        let bench = try Bench()
        var before: [ProcessIdentity] = []
        for number in 0..<8 {
            try bench.define("kept\(number)")
            let state = try bench.manager.start("kept\(number)")
            before.append(try #require(state.qemu))
            kill(try #require(state.supervisor?.pid), SIGKILL)
        }
        #expect(try bench.manager.list().map(\.state) == Array(repeating: .running, count: 8))
        try eventually("all have supervisors again") {
            try (0..<8).allSatisfy { try bench.manager.status("kept\($0)").supervisor?.isAlive == true }
        }
        #expect(try (0..<8).map { try bench.manager.status("kept\($0)").qemu } == before)
    }

    @Test("many starts and stops leave neither files nor processes behind")
    func cycles() throws {
        let bench = try Bench()
        try bench.define("cycled")
        try bench.manager.start("cycled")
        try bench.manager.destroy("cycled")
        let files = try Folders.list(bench.runtime("cycled").path).sorted()
        // Other tests of this process open and close files at the same time: only those of this one count.
        func descriptors() throws -> Int {
            try Folders.list("/proc/self/fd").count { number in
                let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + number)
                return target?.hasPrefix(bench.folder) == true
            }
        }
        let before = try descriptors()
        let all = try Folders.list("/proc/self/fd").count
        for _ in 0..<100 {
            try bench.manager.start("cycled")
            try bench.manager.destroy("cycled")
        }
        #expect(try Folders.list(bench.runtime("cycled").path).sorted() == files)
        #expect(try descriptors() <= before)
        // One that leaked in each cycle would be seen among all, whatever the others do.
        #expect(try Folders.list("/proc/self/fd").count < all + 80)
    }

    @Test(
        "a full disk: define fails and loses nothing, what is defined starts",
        .needs(.mounting))
    func fullDisk() throws {
        let bench = try Bench()
        let folder = bench.manager.paths.domains
        try Folders.make(folder)
        try #require(mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0)
        defer { umount2(folder, Int32(MNT_DETACH)) }
        let kept = try bench.define("kept")
        let filler = folder + "/filler"
        let file = open(filler, O_CREAT | O_WRONLY, 0o600)
        var block = [UInt8](repeating: 1, count: 1024)
        while write(file, &block, block.count) > 0 {}
        close(file)
        let error = #expect(throws: VMError.self) {
            try bench.define("kept", "<uuid>\(kept.uuid)</uuid><title>new</title>")
        }
        #expect(error?.description.contains("No space left on device") == true)
        #expect(try bench.manager.store.read("kept") == kept)
        #expect(try Folders.list(folder).filter { $0.hasPrefix(".new") }.isEmpty)
        #expect(try bench.manager.start("kept").state == .running)
        try bench.manager.undefine("kept")
        unlink(filler)
        try bench.define("again")
    }
}
