import Foundation
import Testing
import VMCore
import VMDomain

@testable import QEMULauncher

/// What is known of the host: firmware and processors.
@Suite struct HostFactsTests {
    private static func descriptor(_ name: String) -> String {
        """
        {"description": "\(name)", "interface-types": ["uefi"], "mapping": {"device": "flash", "mode": "split",
         "executable": {"filename": "/\(name).fd", "format": "raw"}, "nvram-template": {"filename": "/v", "format": "raw"}},
         "targets": [{"architecture": "x86_64", "machines": ["pc-q35-*"]}], "features": [], "tags": []}
        """
    }

    private func read(_ files: [(String, String)]) throws -> [FirmwareDescriptor] {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        for (name, text) in files {
            let path = folder.path + "/" + name
            let parent = (path as NSString).deletingLastPathComponent
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        }
        var host = HostFacts()
        host.readFirmware(root: folder.path, home: folder.path + "/home")
        return host.firmware
    }

    private static let usual = "usr/share/qemu/firmware/"

    @Test("Descriptors come in the order of their names, whatever folder they are in")
    func order() throws {
        let found = try read([
            (Self.usual + "60-b.json", Self.descriptor("b")), ("etc/qemu/firmware/50-a.json", Self.descriptor("a")),
            ("home/qemu/firmware/70-c.json", Self.descriptor("c")), (Self.usual + "10-x.txt", Self.descriptor("x")),
        ])
        #expect(found.map(\.executable) == ["/a.fd", "/b.fd", "/c.fd"])
    }

    @Test("One of the same name takes the place of the distribution's; an empty one takes it away")
    func replacement() throws {
        let found = try read([
            (Self.usual + "50-a.json", Self.descriptor("old")), ("etc/qemu/firmware/50-a.json", Self.descriptor("new")),
            (Self.usual + "60-b.json", Self.descriptor("b")), ("home/qemu/firmware/60-b.json", ""),
        ])
        #expect(found.map(\.executable) == ["/new.fd"])
    }

    @Test("A broken one is left out, and hides no other", arguments: ["{", "[]", "{}", "5", "{\"mapping\": 7}"])
    func broken(text: String) throws {
        let found = try read([
            (Self.usual + "40-broken.json", text), (Self.usual + "50-a.json", Self.descriptor("a")),
        ])
        #expect(found.map(\.executable) == ["/a.fd"])
    }

    /// Thread 0 is the one that asks.
    @Test("A thread runs where it is told to, and a processor that isn't there is refused")
    func affinity() throws {
        let thread: Int32 = 0
        let before = try #require(HostProcessors.affinity(of: thread))
        defer { try? HostProcessors.setAffinity(of: thread, to: before) }
        let first = try #require(before.first(from: 0))
        try HostProcessors.setAffinity(of: thread, to: [first])
        #expect(HostProcessors.affinity(of: thread) == [first])
        let error = #expect(throws: VMError.self) {
            try HostProcessors.setAffinity(of: thread, to: [CPUSet.limit - 1])
        }
        #expect(error?.code == .invalidArgument)
        #expect(HostProcessors.affinity(of: .max) == nil)
    }

    @Test("Lists of processors are read as users write them")
    func lists() throws {
        #expect(try HostProcessors.parse("0-3,^2") == [0, 1, 3])
        #expect(try HostProcessors.parse("7") == [7])
        #expect(try HostProcessors.parse("r").last == HostProcessors.count - 1)
        for odd in ["", "x", "3-1", "^1", "-1", "99999999999999999999"] {
            #expect(throws: VMError.self, "\(odd)") { _ = try HostProcessors.parse(odd) }
        }
        #expect(!HostProcessors.online.isEmpty)
    }
}
