import Testing
import VMCore
import VMXML

@testable import QEMULauncher

/// Documents made into documents and command lines without any machine.
@Suite(.enabled(if: RealQEMU.installed != nil, "QEMU is not installed")) struct DomainTranslatorTests {
    private func translator(_ options: XMLReadOptions = .lenient) throws -> DomainTranslator {
        DomainTranslator(capabilities: try PlannedDomain.installed.get(), reading: options)
    }

    private static let document = """
        <domain type='qemu'><name>t</name><uuid>8c8b5d4e-0b4b-4c5e-9d0a-3f6e7a1b2c3d</uuid><memory unit='MiB'>64</memory>
        <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>
        """

    @Test("The stored form is a fixed point: normalized again it stays as it is")
    func fixedPoint() throws {
        let once = try translator().normalize(Array(Self.document.utf8), file: "d.xml")
        #expect(try translator().normalize(Array(once.utf8), file: "d.xml") == once)
        #expect(once.contains("<memory unit='KiB'>65536</memory>"))
    }

    @Test("The command line is the emulator and its options; the same document gives the same words")
    func commandLine() throws {
        let words = try translator().commandLine(Array(Self.document.utf8), file: "d.xml")
        #expect(words.first?.contains("qemu-system-x86_64") == true && words.count > 20)
        #expect(words.contains { $0.hasPrefix("guest=t") })
        #expect(try translator().commandLine(Array(Self.document.utf8), file: "d.xml") == words)
    }

    @Test("What isn't understood is said by its place, and nothing is made of it")
    func mistakes() throws {
        let text = Self.document.replacing("</domain>", with: "<memroy>1</memroy></domain>")
        let error = #expect(throws: VMError.self) {
            _ = try translator(.strict).normalize(Array(text.utf8), file: "d.xml")
        }
        #expect(error?.diagnostics.contains { $0.description.contains("memroy") && $0.place?.file == "d.xml" } == true)
        #expect(throws: VMError.self) { _ = try translator().normalize(Array("<domain".utf8), file: "d.xml") }
    }
}
