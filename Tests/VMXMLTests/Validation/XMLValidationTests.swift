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

    @Test("What the reading reported already isn't said again")
    func once() throws {
        let reading = try readPool("<pool type='dir'><name>a</name><volumes><volume nam='x'/></volumes></pool>")
        #expect(reading.diagnostics.map(\.rule) == ["missing-attribute", "unknown-attribute"])
    }
}
