public import VMCore
public import VMXML

/// What checks of a domain and its elements report to.
public typealias Validation = XMLValidation<Domain>

/// An element of a domain with checks that need more than one of its values.
public protocol Validated: XMLValidated where Root == Domain {}

extension Validation {
    public init(domain: Domain, source: XMLSource?) { self.init(root: domain, named: "domain", source: source) }

    /// The whole domain, for checks that depend on the machine.
    public var domain: Domain { root }
}

extension Diagnostic {
    /// The rule of what works here but would be refused by libvirt: a warning, except where libvirt is the measure.
    public static var beyondLibvirt: String { "beyond-libvirt" }
}
