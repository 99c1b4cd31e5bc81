import Testing
import VMCore
import VMXML

private struct Sized: XMLElement {
    var size: ScaledSize?
    var line: ScaledSize?
    var tseg: ScaledSize?
    mutating func map(_ x: inout XMLMapper) {
        x.size("line", &line, .bytes)
        x.size(in: "size", &size)
        x.size(in: "tseg", &tseg, .largest)
    }
}

@Suite struct ScaledSizeTests {
    private func read(_ text: String) throws -> XMLReading<Sized> {
        try Sized.read(Array(text.utf8), file: "s", root: "r")
    }

    @Test(
        "Units are those of libvirt, in any case",
        arguments: [
            ("1' unit='b", 1), ("2049' unit='bytes", 3), ("3", 3), ("3' unit='k", 3), ("3' unit='KiB", 3),
            ("1' unit='mib", 1024), ("1' unit='G", 1 << 20), ("1024' unit='KB", 1000), ("1' unit='EiB", 1 << 50),
        ])
    func units(text: String, kibibytes: UInt64) throws {
        let parts = text.split(separator: "'", maxSplits: 1)
        let unit = parts.count > 1 ? parts[1] + "'" : ""
        let reading = try read("<r><size \(unit)>\(parts[0])</size></r>")
        #expect(reading.diagnostics == [])
        #expect(reading.value.size.map { max(1, $0.kibibytes) } == max(1, kibibytes))
    }

    @Test("A size beyond 64 bits is refused at its place")
    func overflow() throws {
        let reading = try read("<r><size unit='EiB'>16</size></r>")
        #expect(reading.diagnostics.map(\.rule) == ["number-too-large"])
        #expect(reading.diagnostics.first?.place?.column == 21)
    }

    @Test("An unknown unit is refused")
    func unknownUnit() throws {
        #expect(try read("<r><size unit='Kib'>1</size></r>").diagnostics == [])
        #expect(try read("<r><size unit='KiBi'>1</size></r>").diagnostics.map(\.suggestion) == ["KiB"])
    }

    @Test("Sizes are written in the unit of their element")
    func writing() {
        var sized = Sized()
        sized.size = .mebibytes(1)
        sized.line = .bytes(64)
        sized.tseg = .mebibytes(48)
        let text = """
            <r line='64' unit='B'>
              <size unit='KiB'>1024</size>
              <tseg unit='MiB'>48</tseg>
            </r>

            """
        #expect(sized.write(as: "r") == text)
    }
}
