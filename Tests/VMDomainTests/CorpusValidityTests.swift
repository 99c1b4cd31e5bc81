import TestNeeds
import Testing
import VMCore
import VMXML

@testable import VMDomain

/// What libvirt takes is taken, and what it rejects for reasons that stand in the document is rejected.
@Suite(.needs(.corpus))
struct CorpusValidityTests {
    /// The findings of a case's document; nil if it can't be read at all.
    private func findings(_ item: Corpus.Case) throws -> [Diagnostic]? {
        guard let reading = try? Domain.read(try Corpus.bytes(item.input), file: item.input) else { return nil }
        return reading.validated().diagnostics.filter {
            $0.severity == .error || $0.rule == Diagnostic.beyondLibvirt
        }
    }

    @Test("No valid document is refused")
    func validDocuments() throws {
        var refused: [String] = []
        for item in try Corpus.cases() where item.kind != "parse-error" {
            guard let findings = try findings(item) else {
                refused.append("\(item.name): unreadable")
                continue
            }
            refused += findings.map { "\(item.name): \($0)" }
        }
        #expect(refused == [])
    }

    @Test("libvirt's canonical documents are without fault")
    func canonicalDocuments() throws {
        var refused: [String] = []
        for (name, text) in try Corpus.documents(in: "expected") {
            let reading = try Domain.read(Array(text.utf8), file: name).validated()
            refused += reading.diagnostics.filter { $0.severity == .error }.map(\.description)
        }
        #expect(refused == [])
    }

    @Test("Invalid documents are refused unless it takes capabilities to tell")
    func invalidDocuments() throws {
        var accepted: [String] = []
        for item in try Corpus.cases() where item.kind == "parse-error" && item.contract == "plain" {
            if try findings(item)?.isEmpty == true { accepted.append(item.name) }
        }
        #expect(accepted.filter { !Self.settledByPlanning.contains($0) } == [])
        #expect(Self.settledByPlanning.subtracting(accepted) == [], "these are refused here, which is better")
    }

    /// Cases whose fault shows only against capabilities, implicit devices or assigned addresses.
    private static let settledByPlanning: Set<String> = [
        "440fx-ide-address-conflict.x86_64-latest",
        "cpu-hotplug-granularity.ppc64-latest",
        "disk-network-rbd-encryption-layering.x86_64-7.2.0",
        "disk-network-rbd-encryption-luks-any.x86_64-7.2.0",
        "machine-i8042-off.x86_64-6.2.0",
        "machine-i8042-on.x86_64-6.2.0",
        "memory-hotplug-nonuma.x86_64-latest",
        "missing-machine.x86_64-latest",
        "pcie-expander-bus-bad-bus.x86_64-latest",
        "pcie-root-port-too-many.x86_64-latest",
        "q35-dmi-bad-address2.x86_64-latest",
        "usb-controller-default-isapc.x86_64-latest",
        "virtio-lun.x86_64-latest",
    ]
}
