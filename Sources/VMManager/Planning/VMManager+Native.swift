internal import QEMULauncher
public import VMCore
internal import VMDomain
public import VMXML

/// Documents as command lines, and command lines as documents.
extension VMManager {
    /// The command line of a document, as for a shell: `virConnectDomainXMLToNative`.
    public func commandLine(
        ofXML xml: String, options: XMLReadOptions = .lenient
    ) throws(VMError) -> String {
        let reading = try Domain.read(Array(xml.utf8), file: "domain.xml", options: options)
        let plan = try plan(try reading.validated().checked(), source: reading.source)
        let variables = plan.environment.map { "\($0.name)=\(shellQuoted($0.value))" }
        let words = [plan.executable] + plan.commandLine(configuration: "qemu-qmp.conf")
        return (variables + words.map(shellQuoted)).joined(separator: " ")
    }

    /// The document that a shell's command describes which runs QEMU: `virConnectDomainXMLFromNative`.
    ///
    /// - Throws: `invalid-argument` when it runs nothing that is known.
    public func xml(ofCommandLine script: String) throws(VMError) -> String {
        try NativeDomain(script: script).domain.xml
    }
}
