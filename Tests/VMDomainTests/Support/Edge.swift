import Testing
import VMCore
import VMXML

@testable import VMDomain

/// A value at the edge of what is accepted, and the rules that it breaks; none where it is just inside.
struct Edge: Sendable, CustomTestStringConvertible {
    var body: String
    var rules: [String]
    var type = "hvm"
    var architecture: String
    var machine: String
    var kind: String

    /// What stands in a `<domain>` with 4 virtual CPUs and 512 MiB.
    init(
        _ body: String, _ rules: String..., architecture: String = "x86_64", machine: String = "q35",
        kind: String = "qemu"
    ) {
        self.body = body
        self.rules = rules
        self.architecture = architecture
        self.machine = machine
        self.kind = kind
    }

    var testDescription: String { body.replacing("\n", with: " ") }

    /// Elements that the body brings itself take the place of the usual ones.
    private var document: String {
        func unless(_ name: String, _ text: String) -> String { body.contains("<\(name)") ? "" : text }
        let os = "<type arch='\(architecture)' machine='\(machine)'>hvm</type>"
        return "<domain type='\(kind)'><name>edge</name>" + unless("memory ", "<memory unit='MiB'>512</memory>")
            + unless("vcpu>", unless("vcpu ", "<vcpu>4</vcpu>"))
            + (body.contains("<os") ? body.replacing("<type/>", with: os) : "<os>\(os)</os>" + body) + "</domain>"
    }

    /// Expects the broken rules, no more and no fewer.
    func check(sourceLocation: SourceLocation = #_sourceLocation) {
        var found: [Diagnostic]
        do throws(VMError) {
            found = try Domain.read(Array(document.utf8), file: "edge.xml").validated().diagnostics
        } catch {
            found = error.diagnostics
        }
        #expect(found.map(\.rule) == rules, "\(document)\n\(found)", sourceLocation: sourceLocation)
    }
}

/// Reads an element, expects it to be understood whole, and to be written as it was.
func expectUnchanged<E: XMLElement>(
    _ text: String, as type: E.Type, root: StaticString, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let reading = try E.read(Array(text.utf8), file: "own.xml", root: root)
    #expect(reading.diagnostics.isEmpty, "\(reading.diagnostics)", sourceLocation: sourceLocation)
    let written = reading.value.write(as: root)
    func flat(_ text: String) -> String {
        text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined()
    }
    #expect(flat(written) == flat(text), sourceLocation: sourceLocation)
}
