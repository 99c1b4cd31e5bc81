import VMXML

/// A format of the tests' own: `<pool>`, declared on the module alone.
struct Pool: XMLRoot {
    static let fs = XMLNamespace(uri: "urn:test:pool:fs", prefix: "fs")
    static let vocabulary = XMLVocabulary(name: "pool", namespaces: [fs]) { tree in
        tree.name == "volume" ? tree.attribute("name") : nil
    }

    enum Kind: String, XMLEnum { case dir, disk }

    var kind = Kind.dir
    var name: String?
    var description: String?
    var capacity: ScaledSize?
    var source = Source()
    var volumes: [Volume] = []
    var options: [Option] = []
    var foreign: [XMLTree] = []
    var origin = XMLOrigin()

    mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &kind, required: true)
        x.declare(Pool.fs, when: !options.isEmpty)
        x.text("name", &name)
        x.text("description", &description)
        x.size(in: "capacity", &capacity, .largest)
        source.kind = kind
        x.element("source", into: &source)
        x.list("volumes", of: "volume", &volumes)
        x.within(Pool.fs) { $0.elements("option", &options) }
        x.foreign(&foreign)
        if x.isReading, name == nil { x.reportMissing(element: "name") }
    }

    struct Source: XMLElement {
        var kind = Kind.dir
        var path: String?
        var device: String?

        mutating func map(_ x: inout XMLMapper) {
            switch kind {
            case .dir: x.attribute("path", &path)
            case .disk: x.attribute("device", &device)
            }
        }
    }

    struct Volume: XMLElement {
        var name: String?
        var format: String?
        var isShared = false
        var origin = XMLOrigin()

        mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.required("name", &name)
            x.attribute("format", &format)
            x.flag("shareable", &isShared)
        }
    }

    struct Option: XMLElement {
        var name: String?

        mutating func map(_ x: inout XMLMapper) { x.required("name", &name) }
    }
}

extension Pool: XMLValidated {
    func validate(_ v: inout XMLValidation<Pool>) {
        v.enter("volumes", XMLOrigin()) { v in
            v.check("volume", volumes)
            var seen: [String: XMLOrigin] = [:]
            v.each("volume", volumes) { v, volume in
                guard let name = volume.name else { return }
                if let first = seen[name] {
                    v.error(
                        "duplicate-volume", "the volume '\(name)' is there\(v.line(of: first)) already",
                        at: .attribute("name"), found: name)
                }
                seen[name] = volume.origin
            }
        }
    }
}

extension Pool.Volume: XMLValidated {
    /// A check that looks at the whole document.
    func validate(_ v: inout XMLValidation<Pool>) {
        if v.root.kind == .disk, format != nil {
            v.warning("no-format", "a partition has no format", at: .attribute("format"), found: format)
        }
    }
}

/// Reads a pool, with what its checks find.
func readPool(_ text: String, options: XMLReadOptions = .strict) throws -> XMLReading<Pool> {
    try Pool.read(Array(text.utf8), file: "pool.xml", root: "pool", options: options).validated()
}
