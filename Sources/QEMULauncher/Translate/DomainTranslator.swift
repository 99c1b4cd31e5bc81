public import VMCore
public import VMDomain
public import VMXML

/// Turns documents into documents and command lines without any machine: what `domxml` offers, and what tests measure.
public struct DomainTranslator: Sendable {
    public var capabilities: Capabilities
    public var host: HostFacts
    public var options: Planner.Options
    public var reading: XMLReadOptions

    public init(
        capabilities: Capabilities, host: HostFacts = HostFacts(), options: Planner.Options = Planner.Options(),
        reading: XMLReadOptions = .lenient
    ) {
        self.capabilities = capabilities
        self.host = host
        self.options = options
        self.reading = reading
    }

    /// The stored form of a document: checked, completed, in canonical layout.
    public func normalize(_ bytes: [UInt8], file: String) throws(VMError) -> String {
        try completed(bytes, file: file).xml
    }

    /// The document read, checked and completed.
    public func completed(_ bytes: [UInt8], file: String) throws(VMError) -> Domain {
        var document = try Domain.read(bytes, file: file, options: reading).validated()
        for index in document.diagnostics.indices where document.diagnostics[index].rule == Diagnostic.beyondLibvirt {
            document.diagnostics[index].severity = .error
        }
        let domain = try document.checked()
        return try Planner.complete(
            domain, capabilities: capabilities, host: host, options: options, source: document.source)
    }
}

extension DomainTranslator {
    /// The command line of the machine that a document describes, the emulator first.
    public func commandLine(_ bytes: [UInt8], file: String) throws(VMError) -> [String] {
        let completed = try completed(bytes, file: file)
        let domain = try Planner.prepare(completed, capabilities: capabilities, host: host, options: options)
        let line = try CommandLine.build(domain, capabilities: capabilities, host: host)
        let monitor = MonitorConfig(
            .unix(path: host.folders.machine + "/monitor.sock"), id: "charmonitor",
            monitorID: "monitor")
        return [domain.devices.emulator ?? ""] + (try line.arguments(monitor: monitor))
    }
}
