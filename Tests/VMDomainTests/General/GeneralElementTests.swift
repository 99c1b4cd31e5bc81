import Testing
import VMXML

@testable import VMDomain

/// What a domain says of itself: firmware texts, resources, ids, and what becomes of it at its end.
@Suite struct GeneralElementTests {
    private static func smbios(_ body: String) -> String { "<sysinfo type='smbios'>\(body)</sysinfo>" }

    private static func date(_ text: String) -> String {
        smbios("<bios><entry name='date'>\(text)</entry></bios>")
    }

    private static func configuration(_ attributes: String, _ text: String = "") -> String {
        "<sysinfo type='fwcfg'><entry \(attributes)>\(text)</entry></sysinfo>"
    }

    @Test(
        "Texts of the firmware",
        arguments: [
            Edge(date("01/02/2026")), Edge(date("12/31/99")), Edge(date("01/01/1900")),
            Edge(date("00/01/2026"), "invalid-date"), Edge(date("13/01/2026"), "invalid-date"),
            Edge(date("01/00/2026"), "invalid-date"), Edge(date("01/32/2026"), "invalid-date"),
            Edge(date("01/01/1899"), "invalid-date"), Edge(date("01/01/999"), "invalid-date"),
            Edge(date("2026-01-02"), "invalid-date"), Edge(date("1/2"), "invalid-date"),
            Edge(date("+1/02/2026"), "invalid-date"),
            Edge(smbios("<system><entry name='uuid'>no uuid</entry></system>"), "invalid-value"),
            Edge(
                "<uuid>8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d</uuid>"
                    + smbios("<system><entry name='uuid'>8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d</entry></system>")),
            Edge(
                "<uuid>8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d</uuid>"
                    + smbios("<system><entry name='uuid'>8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3e</entry></system>"),
                "uuid-mismatch"),
            Edge(configuration("name='opt/org.example'", "text")),
            Edge(configuration("name='opt/org.example' file='/f'")),
            Edge(configuration("name='opt/org.example'"), "missing-value"),
            Edge(configuration("name='opt/org.example' file='/f'", "text"), "duplicate-value"),
            Edge(configuration("name='etc/boot'", "text"), "fwcfg-name"),
            Edge(configuration("name='opt/ovmf/x'", "text"), "fwcfg-name"),
            Edge(configuration("name='opt/org.qemu/x'", "text"), "fwcfg-name"),
            Edge("<resource><partition>/machine</partition></resource>"),
            Edge("<resource><partition>machine</partition></resource>", "relative-path"),
        ])
    func firmware(edge: Edge) { edge.check() }

    @Test("The UUID that the firmware tells is the first that is one")
    func uuid() throws {
        func told(_ texts: String...) throws -> String? {
            let infos = texts.map { Self.smbios("<system><entry name='uuid'>\($0)</entry></system>") }.joined()
            let xml = "<domain type='qemu'><name>t</name>\(infos)</domain>"
            return try Domain.read(Array(xml.utf8)).value.firmwareUUID.map { "\($0)" }
        }
        let uuid = "8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d"
        #expect(try told(uuid) == uuid)
        #expect(try told("none", uuid) == uuid)
        #expect(try told("none") == nil)
        #expect(try told() == nil)
    }

    @Test("Firmware texts are written in the order of their tables, whatever the order they came in")
    func order() throws {
        let mixed =
            "<sysinfo type='smbios'><bios><entry name='release'>1.0</entry><entry name='vendor'>v</entry></bios></sysinfo>"
        let reading = try SystemInformation.read(Array(mixed.utf8), file: "t.xml", root: "sysinfo")
        #expect(reading.value.bios[.vendor] == "v" && reading.value.bios[.release] == "1.0")
        let written = reading.value.write(as: "sysinfo")
        let (vendor, release) = (written.split(separator: "vendor"), written.split(separator: "release"))
        #expect(vendor[0].utf8.count < release[0].utf8.count)
    }

    @Test("Maps of ids come back as they were, and need all their numbers")
    func ids() throws {
        let xml =
            "<idmap>\n<uid start='0' target='1000' count='10'/>\n<gid start='0' target='1000' count='10'/>\n</idmap>"
        try expectUnchanged(xml, as: IDMap.self, root: "idmap")
        for missing in ["start='0' target='1'", "start='0' count='1'", "target='1' count='1'"] {
            let reading = try? IDMap.read(Array("<idmap><uid \(missing)/></idmap>".utf8), file: "t.xml", root: "idmap")
            #expect(reading?.diagnostics.isEmpty != true, "\(missing)")
        }
    }

    @Test("What becomes of a machine is one of libvirt's words")
    func actions() {
        #expect(
            LifecycleAction.allCases.map(\.rawValue).sorted() == ["destroy", "preserve", "rename-restart", "restart"])
        #expect(
            Set(CrashAction.allCases.map(\.rawValue))
                == Set(LifecycleAction.allCases.map(\.rawValue)).union(["coredump-destroy", "coredump-restart"]))
    }
}
