import Foundation
import Testing
import VMCore

@testable import QEMULauncher

@Suite(.enabled(if: RealQEMU.installed != nil, "QEMU is not installed"))
struct ProbeTests {
    static let emulator = RealQEMU.installed?.path ?? ""

    @Test("what a QEMU says when it is recorded replays to the same value")
    func recording() throws {
        var record: [UInt8] = []
        let live = try Capabilities.probe(emulator: Self.emulator) { bytes throws(VMError) in record = bytes }
        #expect(live.target == "x86_64")
        #expect(live.supports(.tcg))
        #expect(live.machine("q35", .tcg) != nil)
        #expect(live.has(device: "virtio-net-pci", property: "mac"))
        #expect(try Capabilities.replay(record) == live)
    }

    @Test("the second question is answered from the cache, by many at once")
    func cache() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let cache = CapabilitiesCache(folder: folder.path + "/deep/capabilities")
        #expect(cache.cached(Self.emulator) == nil)
        let first = try cache.capabilities(of: Self.emulator)
        #expect(cache.cached(Self.emulator) == first)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            #expect((try? cache.capabilities(of: Self.emulator)) == first)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder).count == 1)
    }

    @Test("an entry of another binary, or a damaged one, does not count")
    func staleEntries() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let cache = CapabilitiesCache(folder: folder.path)
        let copy = folder.path + "/qemu"
        _ = try folder.write("#!/bin/sh\nexec \(Self.emulator) \"$@\"\n", to: "qemu")
        #expect(chmod(copy, 0o700) == 0)
        _ = try cache.capabilities(of: copy)
        #expect(cache.cached(copy) != nil)
        #expect(utimes(copy, nil) == 0)
        #expect(cache.cached(copy) == nil)
        _ = try cache.capabilities(of: copy)
        let entry = try #require(
            FileManager.default.contentsOfDirectory(atPath: folder.path).first { $0.hasSuffix(".caps") })
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/" + entry))
        try handle.truncate(atOffset: 5000)
        #expect(cache.cached(copy) == nil)
        #expect(try cache.capabilities(of: copy).target == "x86_64")
    }

    @Test("a missing emulator and one that is something else are told apart")
    func failures() throws {
        let cache = CapabilitiesCache(folder: "/nonexistent/folder")
        let missing = #expect(throws: VMError.self) { try cache.capabilities(of: "/nonexistent/qemu") }
        #expect(missing?.message.contains("/nonexistent/qemu") == true)
        let other = #expect(throws: VMError.self) { try Capabilities.probe(emulator: "/bin/false") }
        #expect(other?.code == .launchFailed)
        let complaint = #expect(throws: VMError.self) { try Capabilities.probe(emulator: "/bin/ls") }
        #expect(complaint?.message.contains("/bin/ls") == true)
    }
}
