import Testing
import VMCore
import VMXML

@Suite struct XMLValidationTests {
    private let text = """
        <pool type='disk'>
          <name>a</name>
          <volumes>
            <volume name='x' format='raw'/>
            <volume name='x'/>
          </volumes>
        </pool>
        """

    @Test("Checks report at the places where the values stood, in the order of the document")
    func places() throws {
        let reading = try readPool(text)
        #expect(
            reading.diagnostics.map(\.description) == [
                "pool.xml:4:30: warning: a partition has no format",
                "pool.xml:5:19: error: the volume 'x' is there in line 4 already",
            ])
        #expect(reading.diagnostics.map(\.path) == ["pool/volumes/volume[1]/@format", "pool/volumes/volume[2]/@name"])
        #expect(reading.hasErrors)
    }

    @Test("A value that was made in code has findings with a path and no place")
    func madeInCode() throws {
        let findings = try readPool(text).value.validate()
        #expect(findings.map(\.place) == [nil, nil])
        #expect(findings.map(\.rule) == ["no-format", "duplicate-volume"])
    }

    @Test("Of thousands of findings some are listed, and the others counted in one line")
    func many() throws {
        let equal = String(repeating: "<volume name='x' format='raw'/>", count: 8000)
        let reading = try readPool("<pool type='dir'><name>a</name><volumes>\(equal)</volumes></pool>")
        let limit = XMLLimits.standard.findings
        #expect(reading.diagnostics.count == limit + 1)
        #expect(reading.diagnostics.last?.message == "\(7999 - limit) more findings are not listed")
        #expect(Diagnostic.summary(of: reading.diagnostics).hasSuffix(" already (and many more)"))
        // Those of the reading and those of the checks together.
        let mixed = String(repeating: "<volume name='x' format='raw' foo=''/>", count: 8000)
        let both = try readPool("<pool type='dir'><name>a</name><volumes>\(mixed)</volumes></pool>").diagnostics
        #expect(both.count == limit + 1)
        #expect(both.filter { $0.rule == "too-many-findings" }.map(\.severity) == [.error])
    }

    @Test("An error isn't lost behind any number of warnings")
    func errorsAmongWarnings() throws {
        let warnings = String(repeating: "<foo/>", count: 1000)
        let text = "<pool type='dir'><name>a</name>\(warnings)<volumes><volume/></volumes></pool>"
        let reading = try Pool.read(Array(text.utf8), file: "pool.xml", root: "pool", options: .lenient)
        #expect(reading.hasErrors)
        #expect(reading.diagnostics.contains { $0.rule == "missing-attribute" })
    }

    @Test("What the reading reported already isn't said again")
    func once() throws {
        let reading = try readPool("<pool type='dir'><name>a</name><volumes><volume nam='x'/></volumes></pool>")
        #expect(reading.diagnostics.map(\.rule) == ["missing-attribute", "unknown-attribute"])
    }
}
