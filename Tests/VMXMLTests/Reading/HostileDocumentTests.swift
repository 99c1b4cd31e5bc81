import Testing
import VMCore
import VMXML

/// Documents that are made to hurt end in one clear error, and large ones that are fine are read.
@Suite struct HostileDocumentTests {
    private func findings(_ text: String) -> [Diagnostic] { findings(Array(text.utf8)) }

    private func read(_ bytes: [UInt8]) throws(VMError) -> XMLReading<Pool> {
        try Pool.read(bytes, file: "h.xml", root: "pool")
    }

    private func findings(_ bytes: [UInt8]) -> [Diagnostic] {
        do throws(VMError) {
            return try read(bytes).validated().diagnostics
        } catch {
            return error.diagnostics
        }
    }

    private func pool(_ inside: String) -> String { "<pool type='dir'><name>h</name>\(inside)</pool>" }

    @Test("Entities that multiply are refused where they are declared")
    func entityBombs() {
        let laughs = "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY c '&b;&b;'>]>" + pool("&c;")
        #expect(findings(laughs).map(\.rule) == ["doctype"])
        let quadratic =
            "<!DOCTYPE d [<!ENTITY a '\(String(repeating: "x", count: 100_000))'>]>"
            + pool(String(repeating: "&a;", count: 3000))
        #expect(findings(quadratic).map(\.rule) == ["doctype"])
        let attribute = "<!DOCTYPE d [<!ENTITY a 'ha'>]><pool type='&a;'/>"
        #expect(findings(attribute).map(\.rule) == ["doctype"])
    }

    @Test("Nothing is fetched: external entities and document types are refused")
    func externalEntities() {
        #expect(
            findings("<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + pool("&a;")).map(\.rule) == [
                "doctype"
            ])
        #expect(findings("<!DOCTYPE d SYSTEM 'http://localhost:1/x.dtd'>" + pool("")).map(\.rule) == ["doctype"])
        #expect(
            findings("<!DOCTYPE d [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>" + pool("")).map(\.rule)
                == ["doctype"])
    }

    @Test("Sizes beyond all reason are refused")
    func sizes() {
        #expect(findings([UInt8](repeating: 0x20, count: 100 << 20)).map(\.rule) == ["document-too-large"])
        #expect(findings(String(repeating: "<a>", count: 100_000)).map(\.rule) == ["too-deep"])
        let attributes = (0..<700_000).map { "a\($0)=''" }.joined(separator: " ")
        #expect(findings("<pool \(attributes)/>").map(\.rule) == ["too-many-attributes"])
        #expect(findings(pool(String(repeating: "<a/>", count: 900_000))).map(\.rule) == ["too-many-elements"])
        let namespaces = (0..<2000).map { "<x xmlns='urn:\($0)'/>" }.joined()
        #expect(findings(pool(namespaces)).map(\.rule) == ["too-many-namespaces"])
    }

    @Test("Bytes that are no text are refused")
    func bytes() {
        #expect(findings([UInt8](repeating: 0, count: 1000)).map(\.rule) == ["invalid-character"])
        #expect(
            findings(Array("<pool>".utf8) + [0xff, 0xfe, 0x80] + Array("</pool>".utf8)).map(\.rule) == [
                "not-well-formed"
            ])
        #expect(findings([0xfe, 0xff, 0x00]).map(\.rule) == ["encoding"])
        #expect(findings("<?xml version='1.0' encoding='UTF-7'?><pool/>").map(\.rule) == ["encoding"])
    }

    @Test("A million mistakes are listed up to a number, and the others counted")
    func manyMistakes() {
        let findings = findings(pool(String(repeating: "<x/>", count: 150_000)))
        #expect(findings.count == XMLLimits.standard.findings + 1)
        #expect(findings.last?.rule == "too-many-findings")
        #expect(findings.last?.message.hasPrefix("149800 more") == true)
    }

    @Test("A text that is broken from end to end is told of once, at the first mistake")
    func brokenThroughout() {
        for text in ["<!--" + String(repeating: "-", count: 200_000) + "-->", String(repeating: "&", count: 200_000)] {
            let found = findings(pool(text))
            #expect(found.map(\.rule) == ["not-well-formed"])
            #expect((found.first?.place?.column ?? .max) < 60)
        }
    }

    @Test("A text in many pieces is put together")
    func pieces() throws {
        let text = pool("<description>\(String(repeating: "a<!-- -->", count: 100_000))</description>")
        #expect(try read(Array(text.utf8)).value.description == String(repeating: "a", count: 100_000))
    }

    @Test("Foreign elements keep the namespaces that each declares")
    func foreignDeclarations() throws {
        let foreign = (0..<500).map { "<x:a xmlns:x='urn:\($0)'><x:b/></x:a>" }.joined()
        let trees = try read(Array(pool(foreign).utf8)).value.foreign
        #expect(trees.count == 500)
        for (index, tree) in trees.enumerated() {
            #expect(tree.attributes.map(\.value) == ["urn:\(index)"])
            #expect(tree.elements.map(\.attributes.count) == [0])
        }
    }

    @Test("Texts in UTF-16 and Latin-1 are read as what they are")
    func encodings() throws {
        let text = pool("<description>größer</description>")
        var utf16: [UInt8] = [0xff, 0xfe]
        for unit in text.utf16 { utf16 += [UInt8(truncatingIfNeeded: unit), UInt8(truncatingIfNeeded: unit >> 8)] }
        #expect(try read(utf16).value.description == "größer")
        let latin =
            Array("<?xml version='1.0' encoding='ISO-8859-1'?>".utf8)
            + text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        #expect(try read(latin).value.description == "größer")
    }
}
