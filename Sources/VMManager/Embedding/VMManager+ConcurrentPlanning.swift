public import QEMULauncher
public import VMCore
internal import VMDomain
public import VMXML

/// Documents that aren't stored, and the host, for programs that embed the manager.
///
/// The work keeps a thread of the worker pool busy, not the task's.
extension VMManager {
    /// Looks for all that would keep a document's machine from starting.
    ///
    /// - Throws: `invalid-xml` for a document that can't be read.
    public func check(
        xml: String, options: XMLReadOptions = .strict
    ) async throws(VMError) -> CheckResult {
        try await perform("check") { manager throws(VMError) in
            let reading = try Domain.read(Array(xml.utf8), file: "domain.xml", options: options)
            return manager.check(try reading.checked(), source: reading.source)
        }
    }

    /// The command line of a document, with the completed document behind it; see ``plan(_:source:)``.
    public func plan(
        xml: String, options: XMLReadOptions = .strict
    ) async throws(VMError) -> LaunchPlan {
        try await perform("plan") { manager throws(VMError) in
            let reading = try Domain.read(Array(xml.utf8), file: "domain.xml", options: options)
            return try manager.plan(try reading.validated().checked(), source: reading.source)
        }
    }

    /// The document as it would be stored: with all that libvirt's users expect to be filled in.
    public func completed(
        xml: String, options: XMLReadOptions = .strict
    ) async throws(VMError) -> String {
        try await perform("completed") { manager throws(VMError) in
            let domain = try Domain.read(Array(xml.utf8), file: "domain.xml", options: options).checked()
            return try manager.completed(domain, isNew: true).xml
        }
    }

    /// What a QEMU can do: the one of that path, or the host's for an architecture; see ``capabilities(of:)``.
    public func capabilities(
        emulator path: String? = nil, architecture: String? = nil
    ) async throws(VMError) -> Capabilities {
        try await perform("capabilities") { manager throws(VMError) in
            try manager.capabilities(of: try manager.emulator(path, architecture: architecture))
        }
    }

    /// What works on this host and what is missing, as ``checkup()`` finds it.
    public func findings() async throws(VMError) -> [CheckupFinding] {
        try await perform("checkup") { manager throws(VMError) in manager.checkup() }
    }

    /// The XML in a saved machine's file; see ``savedXML(_:secrets:)``.
    public func xml(ofSave path: String, secrets: Bool = true) async throws(VMError) -> String {
        try await perform("savedXML") { manager throws(VMError) in try manager.savedXML(path, secrets: secrets) }
    }
}
