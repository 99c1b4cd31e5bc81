import Foundation
import TestBench
import Testing
import VMCore

@testable import VMManager

/// Who keeps a volume from being changed, and who is named.
@Suite(
    "Users of volumes", .enabled(if: Bench.hasQEMU && access("/usr/bin/qemu-img", X_OK) == 0, "needs QEMU"),
    .timeLimit(.minutes(40)))
struct VolumeUseTests {
    private let bench: LiveBench
    private var storage: HostStorage { bench.manager.storage }
    private var folder: String { bench.bench.folder + "/pool" }

    init() throws {
        bench = try LiveBench()
        let storage = bench.manager.storage
        let xml = "<pool type='dir'><name>p</name><target><path>\(bench.bench.folder)/pool</path></target></pool>"
        let pool = try storage.define(Array(xml.utf8), file: "pool.xml")
        _ = try storage.start(pool, build: true)
    }

    private func make(_ name: String, on base: String? = nil) throws {
        let backing =
            base.map { "<backingStore><path>\(folder)/\($0)</path><format type='qcow2'/></backingStore>" } ?? ""
        let xml =
            "<volume><name>\(name)</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/></target>\(backing)</volume>"
        _ = try storage.wait { storage async throws(VMError) in
            try await storage.createVolume(Array(xml.utf8), file: "vol.xml", in: storage.pool("p"))
        }
    }

    private func refusal(_ name: String, _ body: (HostStorage, VolumeEntry) async throws(VMError) -> Void) -> VMError? {
        do throws(VMError) {
            try storage.wait { storage async throws(VMError) in
                try await body(storage, try storage.volume(name, pool: "p"))
            }
            return nil
        } catch { return error }
    }

    private func disk(_ name: String) -> String {
        "<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='\(folder)/\(name)'/>"
            + "<target dev='vda' bus='virtio'/></disk>"
    }

    @Test("A running machine whose live definition can't be read keeps its disks all the same")
    func unreadable() throws {
        try make("own")
        try bench.start("user", disk("own"))
        let supervisor = try #require(try bench.manager.status("user").supervisor?.pid)
        kill(supervisor, SIGSTOP)
        defer { kill(supervisor, SIGCONT) }
        let file = try bench.manager.find("user").runtime.domain
        let text = String(decoding: try Files.read(file), as: UTF8.self)
        try Files.write(Array(text.replacingOccurrences(of: "</devices>", with: "</device>").utf8), to: file)
        let error = refusal("own") { storage, volume async throws(VMError) in try await storage.delete(volume) }
        #expect(error?.message.contains("'user'") == true, "\(error.debugDescription)")
    }

    @Test("A running machine's disk, and every image below it, is its alone")
    func running() throws {
        try make("base")
        try make("top", on: "base")
        try bench.start("user", disk("top"))
        for name in ["base", "top"] {
            for (what, error) in [
                ("delete", refusal(name) { storage, volume async throws(VMError) in try await storage.delete(volume) }),
                ("wipe", refusal(name) { storage, volume async throws(VMError) in try await storage.wipe(volume) }),
                (
                    "resize",
                    refusal(name) { storage, volume async throws(VMError) in try await storage.resize(volume, 2 << 20) }
                ),
            ] {
                #expect(error?.message.contains("'user'") == true, "\(what) \(name): \(error.debugDescription)")
            }
            #expect(FileManager.default.fileExists(atPath: folder + "/" + name))
        }
        _ = try bench.manager.destroy("user")
        #expect(refusal("base") { storage, volume async throws(VMError) in try await storage.delete(volume) } != nil)
    }

    @Test("A machine doesn't start with a volume that is just being written over, and is told who does that")
    func upload() throws {
        try make("v")
        let volume = try storage.volume("v", pool: "p")
        do {
            let upload = try storage.beginUpload(volume, offset: 0, length: 0)
            let error = #expect(throws: VMError.self) { try bench.start("late", disk("v")) }
            #expect(error.map { "\($0)" }?.contains(folder + "/v") == true)
            try upload.write([UInt8](repeating: 0, count: 1 << 20))
            try storage.finish(upload)
        }
        try make("w")
        try bench.start("next", disk("w"))
        let uploading = #expect(throws: VMError.self) {
            _ = try storage.beginUpload(try storage.volume("w", pool: "p"), offset: 0, length: 0)
        }
        #expect(uploading?.message.contains("'next'") == true)
    }

    @Test("An image that another one builds on is kept, whether or not a machine has it")
    func builtOn() throws {
        try make("base")
        try make("middle", on: "base")
        try make("top", on: "middle")
        let delete: (HostStorage, VolumeEntry) async throws(VMError) -> Void = { storage, volume throws(VMError) in
            try await storage.delete(volume)
        }
        #expect(refusal("base", delete)?.message.contains("'middle'") == true)
        #expect(refusal("middle", delete)?.message.contains("'top'") == true)
        for name in ["top", "middle", "base"] { #expect(refusal(name, delete) == nil, "\(name)") }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
}
