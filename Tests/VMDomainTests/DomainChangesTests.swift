import Testing
import VMCore
import VMXML

@testable import VMDomain

@Suite struct DomainChangesTests {
    private func domain(_ devices: String, memory: Int = 1024) throws -> Domain {
        try Domain(
            xml: """
                <domain type='qemu'><name>t</name><memory unit='KiB'>\(memory)</memory>
                <os><type>hvm</type></os><devices>\(devices)</devices></domain>
                """)
    }

    private func disk(_ dev: String, _ file: String, bus: String = "virtio") -> String {
        "<disk type='file'><source file='\(file)'/><target dev='\(dev)' bus='\(bus)'/></disk>"
    }

    @Test("Equal domains have no changes, wherever they stood")
    func equal() throws {
        #expect(try domain(disk("vda", "/a")).changes(to: domain("\n\n" + disk("vda", "/a"))) == [])
    }

    @Test("A changed text and a changed attribute name old and new")
    func values() throws {
        let changes = try domain(disk("vda", "/a")).changes(to: domain(disk("vda", "/b"), memory: 2048))
        #expect(
            changes == [
                XMLChange(path: "domain/memory", old: "1024", new: "2048"),
                XMLChange(path: "domain/devices/disk/source/@file", old: "/a", new: "/b"),
            ])
    }

    @Test("A device that was put in front doesn't change those behind it")
    func inserted() throws {
        let changes = try domain(disk("vdb", "/b")).changes(to: domain(disk("vda", "/a") + disk("vdb", "/c")))
        #expect(
            changes.map(\.description) == [
                "domain/devices/disk[1]: + '" + disk("vda", "/a") + "'",
                "domain/devices/disk[2]/source/@file: '/b' → '/c'",
            ])
    }

    @Test("What is gone is told with its number in the old document")
    func removed() throws {
        let changes = try domain(disk("vda", "/a") + disk("vdb", "/b")).changes(to: domain(disk("vda", "/a")))
        #expect(changes == [XMLChange(path: "domain/devices/disk[2]", old: disk("vdb", "/b"), new: nil)])
    }

    @Test("An attribute that is new has no old value")
    func added() throws {
        let old = try domain("")
        var new = old
        new.memory?.dumpCore = .on
        #expect(old.changes(to: new) == [XMLChange(path: "domain/memory/@dumpCore", old: nil, new: "on")])
        #expect(new.changes(to: old) == [XMLChange(path: "domain/memory/@dumpCore", old: "on", new: nil)])
    }
}
