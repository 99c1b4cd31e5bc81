import Testing
import VMCore

@testable import VMXML

/// What is written comes back as it was, whatever it holds.
@Suite struct XMLWriterTests {
    @Test(
        "Each character that has a meaning is escaped, each that no document can hold is left out",
        arguments: [
            ("a<b>&'\"c", "a&lt;b&gt;&amp;&apos;&quot;c", "a&lt;b&gt;&amp;&apos;&quot;c"),
            ("tab\tline\nend", "tab\tline\nend", "tab&#9;line&#10;end"), ("\r", "&#13;", "&#13;"),
            ("\u{0}\u{1}\u{8}\u{b}\u{c}\u{1f}x", "x", "x"),
            ("äöü 日本 \u{1F600}", "äöü 日本 \u{1F600}", "äöü 日本 \u{1F600}"),
            ("", "", ""), (" plain ", " plain ", " plain "), ("\u{7f}", "\u{7f}", "\u{7f}"),
        ])
    func escapes(text: String, content: String, attribute: String) {
        #expect(text.escapedForXML() == content)
        #expect(text.escapedForXML(inAttribute: true) == attribute)
    }

    @Test("What is left out can be asked for beforehand")
    func leftOut() throws {
        #expect(try tree("<a b='1'>x</a>").markup.escapedForXML().isEmpty == false)
        var pool = Pool()
        pool.name = "plain\t\n"
        #expect(pool.unwritableText(as: "pool") == nil)
        pool.name = "a\u{1}b"
        #expect(pool.unwritableText(as: "pool") == "a\u{1}b")
        #expect(!pool.write(as: "pool").contains("\u{1}"))
    }

    private func tree(_ text: String) throws -> XMLTree { try XMLTree.read(Array(text.utf8), file: "t.xml") }

    @Test(
        "A kept element comes back as it was",
        arguments: [
            "<a/>", "<a b=\"1\"/>", "<a>text</a>", "<a>one <b>two</b> three</a>", "<a>\n  <b/>\n  <c>x</c>\n</a>",
            "<n:a xmlns:n=\"urn:x\">\n  <n:b n:c=\"d\"/>\n</n:a>", "<a>\n  <!-- note -->\n  <b/>\n</a>",
            "<a b=\"&quot;&lt;&#10;&#9;\">&amp;&lt;&gt;</a>", "<a> </a>",
        ])
    func trees(text: String) throws {
        let once = try tree(text).markup
        #expect(once == text)
        #expect(try tree(once).markup == once)
    }

    @Test("Elements that only hold elements are laid out anew, mixed content is left alone")
    func layout() throws {
        #expect(try tree("<a><b><c/></b></a>").markup == "<a>\n  <b>\n    <c/>\n  </b>\n</a>")
        #expect(try tree("<a>x<b><c/></b></a>").markup == "<a>x<b><c/></b></a>")
    }

    @Test("Whatever a comment holds, it stays one")
    func comments() throws {
        for text in ["--", "a--b", "-", "---", "a-", "--><evil/>", "\u{1b}[2J"] {
            var element = try tree("<a><!-- x --></a>")
            element.children = [.comment(text)]
            let read = try tree(element.markup)
            #expect(read.children.count { if case .element = $0 { true } else { false } } == 0, "\(element.markup)")
            #expect(read.markup == element.markup)
        }
    }
}
