import Foundation
import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMDomain

/// Devices that libvirt's tests plug into running machines, the machines they end up in, and that nothing is lost when
/// a document is read, written and read again.
@Suite(.needs(.corpus))
struct HotplugCorpusTests {
    @Test("Nothing is unknown in devices that are plugged")
    func devices() throws {
        var failures: [String] = []
        let documents = try Corpus.documents(in: "extra/qemuhotplugtestdevices")
        for (name, text) in documents {
            failures += try wrapped(text, name: name).diagnostics.map { "\(name): \($0)" }
        }
        #expect(documents.count > 20)
        #expect(failures == [])
    }

    @Test("A plugged device keeps all it has through writing and reading")
    func plugged() throws {
        for (name, text) in try Corpus.documents(in: "extra/qemuhotplugtestdevices") {
            let first = try wrapped(text, name: name)
            let second = try Devices.read(Array(first.value.write(as: "devices").utf8), file: name, root: "devices")
            #expect(second.value == first.value, "\(name)")
            #expect(second.value != Devices(), "\(name)")
        }
    }

    @Test("Machines after plugging come back as they were")
    func machines() throws {
        var failures: [String] = []
        for (name, text) in try Corpus.documents(in: "extra/qemuhotplugtestdomains") {
            // Its attributes are sorted by name, which libvirt never writes.
            if name == "qemuhotplug-graphics-spice-listen-network.xml" { continue }
            let reading = try Domain.read(Array(text.utf8), file: name)
            failures += reading.diagnostics.map(\.description)
            if reading.value.xml != text { failures.append("\(name) is written differently") }
        }
        #expect(failures == [])
    }

    @Test("Reading, writing and reading again is the identity")
    func identity() throws {
        var failures: [String] = []
        for name in try Set(Corpus.cases().map(\.input)).sorted() {
            guard let first = try? Domain.read(Corpus.bytes(name), file: name), !first.hasErrors else { continue }
            let second = try Domain.read(Array(first.value.xml.utf8), file: name)
            if second.value != first.value || second.hasErrors { failures.append(name) }
        }
        #expect(failures == [])
    }

    /// One device as the only child of `<devices>`.
    private func wrapped(_ text: String, name: String) throws -> XMLReading<Devices> {
        try Devices.read(Array("<devices>\(text)</devices>".utf8), file: name, root: "devices")
    }
}
