public import QEMULauncher
public import VMCore
public import VMDomain
public import VMXML

/// One option of a command line, and what caused it.
public struct ExplainedOption: Sendable, Hashable {
    /// What an option is there for.
    public enum Cause: Sendable, Hashable {
        /// An element of the document.
        case element(name: String, place: SourcePlace)
        /// Nothing in the document: the named planning pass, or a rule.
        case standard(String)
    }

    /// With its dash; a word of `<qemu:arg>` stands alone.
    public var option: String
    /// The text behind it; nil for options that take none.
    public var value: String?
    public var cause: Cause
}

extension VMManager {
    /// The options of a document's command line with what caused each.
    ///
    /// - Parameters:
    ///   - bytes: the document.
    ///   - file: what places call it.
    ///   - adjust: changes the domain before it is planned, for relative paths.
    public func explain(
        _ bytes: [UInt8], file: String, options: XMLReadOptions = .strict,
        adjust: (inout Domain) -> Void = { _ in }
    ) throws(VMError) -> (plan: LaunchPlan, options: [ExplainedOption]) {
        let reading = try Domain.read(bytes, file: file, options: options)
        var domain = try (planner == nil ? reading.validated() : reading).checked()
        adjust(&domain)
        return try explain(domain, reading.source)
    }

    /// The options of a stored domain's command line; places are those of its stored document.
    public func explain(_ key: String) throws(VMError) -> (plan: LaunchPlan, options: [ExplainedOption]) {
        let reading = try storedReading(find(key))
        return try explain(reading.domain, reading.source)
    }

    private func explain(
        _ domain: Domain, _ source: XMLSource
    ) throws(VMError) -> (plan: LaunchPlan, options: [ExplainedOption]) {
        guard planner == nil else {
            throw VMError(.unsupported, "a command line with a planner of its own can't be explained")
        }
        let draft = try draft(domain, source: source)
        let trace = try PassTrace(
            domain, planned: draft.domain, capabilities: draft.capabilities, host: draft.host)
        let printer = ArgvPrinter(syntax: draft.line.syntax)
        var explained: [ExplainedOption] = []
        for option in draft.line.options {
            let words = try printer.print(option)
            var cause = ExplainedOption.Cause.standard(trace.maker(of: option))
            if let origin = option.origin, let element = origin.element(in: source) {
                cause = .element(name: element.name, place: element.place)
            }
            explained.append(
                ExplainedOption(option: words.first ?? "", value: words.count > 1 ? words[1] : nil, cause: cause))
        }
        let plan = try draft.plan()
        let own = draft.line.options.reduce(into: 0) { $0 += $1.body == .flag || $1.name == .passthrough ? 1 : 2 }
        for argument in plan.arguments.dropFirst(own) {
            explained.append(ExplainedOption(option: argument, value: nil, cause: .standard("supervision")))
        }
        return (plan, explained)
    }
}
