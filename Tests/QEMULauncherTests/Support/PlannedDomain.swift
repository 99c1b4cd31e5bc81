import Foundation
import VMCore
import VMDomain
import VMXML

@testable import QEMULauncher

/// Small documents of machines, planned with what a QEMU can do.
struct PlannedDomain {
    var capabilities: Capabilities
    var host = HostFacts()
    var architecture = "x86_64"

    /// The installed QEMU's.
    static let installed = Result { try Capabilities.probe(emulator: RealQEMU.installed?.path ?? "") }

    func document(
        machine: String = "pc", type: String = "qemu", vcpu: String = "<vcpu>1</vcpu>", os: String = "",
        before: String = "", _ devices: String = ""
    ) -> String {
        """
        <domain type='\(type)'>
          <name>vm</name>
          <uuid>c7a5fdbd-edaf-9455-926a-d65c16db1809</uuid>
          <memory unit='MiB'>64</memory>
          \(vcpu)
          <os><type arch='\(architecture)' machine='\(machine)'>hvm</type>\(os)</os>
          \(before)
          <devices>
            \(devices)
          </devices>
        </domain>
        """
    }

    func completed(_ xml: String) throws(VMError) -> Domain {
        let reading = try Domain.read(Array(xml.utf8), file: "vm.xml", options: .strict).validated()
        return try Planner.complete(
            try reading.checked(), capabilities: capabilities, host: host, source: reading.source)
    }

    func prepared(_ xml: String) throws(VMError) -> Domain {
        let reading = try Domain.read(Array(xml.utf8), file: "vm.xml", options: .strict).validated()
        let complete = try completed(xml)
        return try Planner.prepare(complete, capabilities: capabilities, host: host, source: reading.source)
    }

    /// What keeps a document's machine from being started: rule, place and message of each finding.
    func findings(_ xml: String) -> [Diagnostic] {
        do throws(VMError) {
            _ = try prepared(xml)
            return []
        } catch {
            return error.diagnostics.isEmpty ? [Diagnostic(rule: error.code.name, error.message)] : error.diagnostics
        }
    }
}
