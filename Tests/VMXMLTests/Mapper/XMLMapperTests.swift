import Testing
import VMCore
import VMXML

private enum Kind: String, XMLEnum { case file, block }

private struct Source: XMLElement {
    var kind = Kind.file
    var file: String?
    var dev: String?
    mutating func map(_ x: inout XMLMapper) {
        switch kind {
        case .file: x.attribute("file", &file)
        case .block: x.attribute("dev", &dev)
        }
    }
}

private struct Item: XMLElement {
    var kind = Kind.file
    var count: UInt8?
    var file: String?
    var dev: String?
    var readonly = false
    var names: [String] = []
    var origin = XMLOrigin()
    mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("type", &kind)
        x.attribute("count", &count)
        switch kind {
        case .file: x.attribute("file", &file)
        case .block: x.required("dev", &dev)
        }
        x.texts("name", &names)
        x.flag("readonly", &readonly)
    }
}

private struct Root: XMLElement {
    var items: [Item] = []
    var title: String?
    var number: UInt8?
    var metadata: XMLTree?
    mutating func map(_ x: inout XMLMapper) {
        x.text("title", &title)
        x.text("number", &number)
        x.opaque("metadata", &metadata)
        x.list("items", of: "item", &items)
    }
}

@Suite struct XMLMapperTests {
    private func read(_ text: String, lenient: Bool = false) throws -> XMLReading<Root> {
        try Root.read(Array(text.utf8), file: "t.xml", root: "root", options: lenient ? .lenient : .strict)
    }

    @Test("What is written is what was read")
    func roundTrip() throws {
        let text = """
            <root>
              <title>a &amp; b &apos;c&apos;</title>
              <metadata>
                <x:y xmlns:x="urn:x" x:a="1" b="2">text</x:y>
              </metadata>
              <items>
                <item type='file' count='3' file='/a'>
                  <name>one</name>
                  <name>two</name>
                  <readonly/>
                </item>
                <item type='block' dev='/dev/sda'/>
              </items>
            </root>

            """
        let reading = try read(text)
        #expect(reading.diagnostics.isEmpty)
        #expect(reading.value.write(as: "root") == text)
    }

    @Test("Unknown names are reported with place, path and suggestion")
    func unknown() throws {
        let reading = try read(
            "<root>\n  <items>\n    <item type='file' fiel='/a'>\n <raedonly/></item></items>\n</root>")
        #expect(
            reading.diagnostics.map(\.description) == [
                "t.xml:3:23: error: <item> has no attribute 'fiel'; did you mean 'file'?",
                "t.xml:4:2: error: <item> has no element <raedonly>; did you mean 'readonly'?",
            ])
        #expect(reading.diagnostics.first?.path == "root/items/item/@fiel")
        #expect(reading.value.items.count == 1)
    }

    @Test("A wrong value names what would be accepted, at the value")
    func wrongValue() throws {
        let reading = try read("<root><items><item type='flie' count='999'/><item type='block'/></items></root>")
        #expect(
            reading.diagnostics.map(\.description) == [
                "t.xml:1:26: error: 'flie' is not a value of 'type' in <item>: file or block; did you mean 'file'?",
                "t.xml:1:39: error: '999' is not a value of 'count' in <item>: a whole number from 0 to 255",
                "t.xml:1:45: error: <item> needs the attribute 'dev': text",
            ])
    }

    @Test("A child that holds no text says nothing, whether text or a number was to stand in it")
    func emptyText() throws {
        let reading = try read("<root><title/><number></number></root>")
        #expect(reading.value.title == nil)
        #expect(reading.value.number == nil)
        #expect(reading.diagnostics.isEmpty)
        let odd = try read("<root><title lang='en'/><number> </number></root>")
        #expect(odd.diagnostics.map(\.rule) == ["unknown-attribute", "invalid-value"])
    }

    @Test("Lenient reading keeps what libvirt keeps and lists the rest as warnings")
    func lenient() throws {
        let reading = try read("<root><title>a</title><title>b</title><foo/></root>", lenient: true)
        #expect(reading.value.title == "a")
        #expect(reading.diagnostics.map(\.severity) == [.warning, .warning])
        #expect(!reading.hasErrors)
    }

    @Test("A description holds the names of all variants")
    func description() {
        let root = Root.describe(name: "root")
        let item = root.children.first { $0.name == "items" }?.children.first
        #expect(item?.attributes.map(\.name) == ["type", "count", "file", "dev"])
        #expect(item?.children.map(\.name) == ["name", "readonly"])
    }

    @Test("Hostile documents end in one error", arguments: Hostile.all)
    private func hostile(document: Hostile) throws {
        let error = try #require(throws: VMError.self) { _ = try read(document.text) }
        #expect(error.code == .invalidXML)
        #expect(error.diagnostics.map(\.rule) == [document.rule])
    }
}

/// A document that must be refused, and the rule that refuses it.
private struct Hostile: CustomTestStringConvertible, Sendable {
    var text: String
    var rule: String
    var testDescription: String {
        "\(rule): \(text.unicodeScalars.prefix(20).map { $0.escaped(asASCII: true) }.joined())"
    }

    init(_ text: String, _ rule: String) {
        self.text = text
        self.rule = rule
    }

    static let all = [
        Hostile("", "empty-document"),
        Hostile("  \n", "empty-document"),
        Hostile("<a", "not-well-formed"),
        Hostile("<root>\0</root>", "invalid-character"),
        Hostile("<!DOCTYPE a [<!ENTITY x 'y'>]><root>&x;</root>", "doctype"),
        Hostile("<root>&foo;</root>", "not-well-formed"),
        Hostile("<other/>", "wrong-root"),
        Hostile("<root><a></root>", "not-well-formed"),
        Hostile(String(repeating: "<a>", count: 1000), "too-deep"),
        Hostile("<root " + (0..<300).map { "a\($0)=''" }.joined(separator: " ") + "/>", "too-many-attributes"),
        Hostile("<?xml version='1.0' encoding='EBCDIC'?><root/>", "encoding"),
    ]
}
