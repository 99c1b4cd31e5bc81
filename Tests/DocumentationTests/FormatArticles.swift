import Testing
import VMCore
import VMXML

// What the article of VMXML.docc shows, each between two markers with its name.

// declaring: begin
/// `<pool type='dir'>`: a folder or a disk that holds volumes.
struct Pool: XMLRoot {
    static let vocabulary = XMLVocabulary(name: "pool") { $0.name == "volume" ? $0.attribute("name") : nil }

    enum Kind: String, XMLEnum { case dir, disk }

    var kind = Kind.dir
    var name: String?
    var capacity: ScaledSize?
    var path: String?
    var volumes: [Volume] = []

    mutating func map(_ x: inout XMLMapper) {
        x.variant("type", &kind, required: true)
        x.text("name", &name)
        x.size(in: "capacity", &capacity, .largest)
        if kind == .dir { x.text("path", &path) }
        x.elements("volume", &volumes)
    }

    struct Volume: XMLElement {
        var name: String?

        mutating func map(_ x: inout XMLMapper) { x.required("name", &name) }
    }
}
// declaring: end

// diagnosing: begin
/// What is wrong in a pool's document, as a compiler prints it.
func explain(pool text: String) throws(VMError) -> String {
    let reading = try Pool.read(Array(text.utf8), file: "pool.xml", root: "pool")
    return DiagnosticRenderer().render(reading.diagnostics, source: reading.source)
}
// diagnosing: end

@Suite struct FormatArticles {
    private let catalogue = Catalogue("VMXML")

    @Test("The article on declaring formats quotes what is compiled here, and shows what it gives")
    func declaring() throws {
        for example in ["declaring", "diagnosing"] {
            try catalogue.check(example, of: #filePath, in: "DeclaringFormats")
        }
        let document = try #require(try catalogue.blocks("xml", in: "DeclaringFormats").first)
        #expect(try catalogue.blocks("text", in: "DeclaringFormats").first == explain(pool: document))
    }
}
