internal import VMCore
public import VMXML

/// What a domain asks of vmctl itself: the elements of vmctl's own namespace directly below `<metadata>`.
///
/// libvirt keeps them as it keeps any application's, so a document with them goes on working there.
public enum VMCTLMetadata {
    /// The namespace; the prefix is free, `vmctl` by custom.
    public static let namespace = "urn:vmctl:domain:1"
    /// What addresses that are nearly the namespace's begin with.
    static let family = "urn:vmctl:"
    /// The elements there are.
    static let elements = ["ioerror", "raw"]
}

/// What becomes of a machine that an I/O error of a disk has paused: `<vmctl:ioerror>` in `<metadata>`.
///
/// ```xml
/// <metadata>
///   <vmctl:ioerror xmlns:vmctl='urn:vmctl:domain:1' resume='when-space-returns' free='256' unit='MiB'/>
/// </metadata>
/// ```
public struct IOErrorPolicy: Sendable, Hashable {
    /// `resume`: when the machine goes on.
    public enum Resume: String, XMLEnum {
        /// When somebody resumes it, as with libvirt.
        case never
        /// By itself, when the file system that was full has space again.
        case whenSpaceReturns = "when-space-returns"
    }

    public var resume = Resume.never
    /// `free`, `unit`: how much has to be free before the machine goes on. A bare number counts in MiB.
    public var free = IOErrorPolicy.standardFree

    /// Enough for a guest to write for a moment, so that it isn't stopped again at once.
    public static let standardFree = ScaledSize.mebibytes(64)

    public init() {}
}

extension Domain {
    /// What becomes of the machine after an I/O error. Values that can't be read count as not given; checking the
    /// document (``validate(source:)``) reports them.
    public var ioErrorPolicy: IOErrorPolicy {
        var policy = IOErrorPolicy()
        guard let tree = vmctlElements.first(where: { $0.localName == "ioerror" }) else { return policy }
        if let resume = tree.attribute("resume").flatMap({ IOErrorPolicy.Resume(xml: $0) }) { policy.resume = resume }
        if let free = tree.ioErrorFree, free.bytes > 0 { policy.free = free }
        return policy
    }

    /// Whether the document insists that a disk is raw, whatever its image looks like: `<vmctl:raw disk='vda'/>` in
    /// `<metadata>`. A guest that keeps an image on its disk makes it look like one.
    public func insistsOnRaw(_ target: String) -> Bool {
        vmctlElements.contains { $0.localName == "raw" && $0.attribute("disk") == target }
    }

    /// The elements of vmctl's own namespace.
    private var vmctlElements: [XMLTree] {
        guard let metadata else { return [] }
        return metadata.elements.filter { $0.namespace(within: metadata) == VMCTLMetadata.namespace }
    }
}

extension XMLTree {
    /// The name without its prefix.
    fileprivate var localName: String {
        name.firstIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
    }

    /// `free` in bytes; nil when it isn't given, is no size or exceeds 64 bits.
    fileprivate var ioErrorFree: ScaledSize? {
        guard let number = attribute("free").flatMap({ UInt64(xml: $0) }) else { return nil }
        var scale = ScaledSize.Layout.largest.assumed
        if let unit = attribute("unit") {
            guard let known = SizeUnit(xml: unit) else { return nil }
            scale = known.scale
        }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: scale)
        return overflow ? nil : .bytes(bytes)
    }
}

// MARK: Checks

extension Domain {
    /// Metadata is kept as it is, whatever it says; but what is meant for vmctl itself must say something it knows.
    func validateMetadata(_ v: inout Validation) {
        guard let metadata else { return }
        var seen: Set<String> = []
        for tree in metadata.elements {
            guard let uri = tree.namespace(within: metadata) else { continue }
            let spot = MetadataSpot(tree.name)
            if uri != VMCTLMetadata.namespace, uri.hasPrefix(VMCTLMetadata.family) {
                v.error(
                    "unknown-namespace",
                    "the namespace of vmctl's elements is '\(VMCTLMetadata.namespace)', not '\(uri)'",
                    at: spot.element, found: uri, accepted: [VMCTLMetadata.namespace])
            }
            guard uri == VMCTLMetadata.namespace else { continue }
            guard VMCTLMetadata.elements.contains(tree.localName) else {
                v.unknownElement(tree, spot)
                continue
            }
            if tree.localName == "raw" {
                tree.validateRaw(&v, spot)
                continue
            }
            if !seen.insert(tree.localName).inserted {
                v.error(
                    "duplicate-element", "<\(tree.name)> may stand only once in <metadata>", at: spot.element)
                continue
            }
            tree.validateIOError(&v, spot)
        }
    }
}

extension Domain {
    /// - Throws: `invalid-xml` with all that ``validateMetadata(_:)`` finds.
    func checkMetadata() throws(VMError) {
        var validation = Validation(domain: self, source: nil)
        validateMetadata(&validation)
        let findings = validation.diagnostics
        guard !findings.isEmpty else { return }
        throw VMError(
            .invalidXML, Diagnostic.summary(of: findings), diagnostics: findings, libvirt: .init(.xmlError, in: .xml))
    }
}

/// Where an element directly below `<metadata>` and its attributes stand.
private struct MetadataSpot {
    private let path: [String]

    init(_ name: String) { path = ["metadata", name] }

    var element: Validation.Spot { .child(path) }

    func attribute(_ name: String) -> Validation.Spot { .child(path, attribute: name) }
}

extension Validation {
    fileprivate mutating func unknownElement(_ tree: XMLTree, _ spot: MetadataSpot) {
        let near = NearMatch.best(for: tree.localName, among: VMCTLMetadata.elements)
        error(
            "unknown-element", "vmctl has no element <\(tree.name)> in <metadata>", at: spot.element, found: tree.name,
            accepted: VMCTLMetadata.elements, suggestion: near)
    }
}

extension XMLTree {
    private static let ioErrorAttributes = ["resume", "free", "unit"]

    fileprivate func validateRaw(_ v: inout Validation, _ spot: MetadataSpot) {
        refuseOthers(than: ["disk"], &v, spot)
        if attribute("disk")?.isEmpty ?? true {
            v.error("missing-attribute", "<\(name)> needs the attribute 'disk': a disk's target", at: spot.element)
        }
    }

    /// Reports attributes that aren't known, and elements inside.
    private func refuseOthers(than known: [String], _ v: inout Validation, _ spot: MetadataSpot) {
        for attribute in attributes where !known.contains(attribute.name) && !attribute.name.hasPrefix("xmlns") {
            v.error(
                "unknown-attribute", "<\(name)> has no attribute '\(attribute.name)'",
                at: spot.attribute(attribute.name), found: attribute.name, accepted: known,
                suggestion: NearMatch.best(for: attribute.name, among: known))
        }
        if let child = elements.first {
            v.error("unknown-element", "<\(name)> has no element <\(child.name)>", at: spot.element, found: child.name)
        }
    }

    fileprivate func validateIOError(_ v: inout Validation, _ spot: MetadataSpot) {
        refuseOthers(than: Self.ioErrorAttributes, &v, spot)
        check("resume", IOErrorPolicy.Resume.self, required: true, &v, spot)
        check("free", UInt64.self, required: false, &v, spot)
        check("unit", SizeUnit.self, required: false, &v, spot)
        let isSize = attribute("free").flatMap { UInt64(xml: $0) } != nil
        let isUnit = attribute("unit").map { SizeUnit(xml: $0) != nil } ?? true
        if isSize, isUnit, ioErrorFree.map({ $0.bytes == 0 }) ?? true {
            let text =
                ioErrorFree == nil ? "is more than 64 bits hold" : "would let the machine go on with nothing free"
            v.error(
                "invalid-value", "'free' in <\(name)> \(text)", at: spot.attribute("free"), found: attribute("free"))
        }
        if attribute("unit") != nil, attribute("free") == nil {
            v.error("missing-attribute", "<\(name)> has a 'unit' but nothing 'free' that it counts", at: spot.element)
        }
    }

    /// Reports an attribute whose text isn't of the type, or that is missing.
    private func check<V: XMLValue>(
        _ key: String, _ type: V.Type, required: Bool, _ v: inout Validation, _ spot: MetadataSpot
    ) {
        let accepted = V.accepted
        guard let text = attribute(key) else {
            if required {
                v.error(
                    "missing-attribute", "<\(name)> needs the attribute '\(key)': \(accepted.sentencePart)",
                    at: spot.element, accepted: accepted.list)
            }
            return
        }
        guard V(xml: text) == nil else { return }
        v.error(
            "invalid-value", "'\(text)' is not a value of '\(key)' in <\(name)>: \(accepted.sentencePart)",
            at: spot.attribute(key), found: text, accepted: accepted.list,
            suggestion: NearMatch.best(for: text, among: accepted.words))
    }
}
