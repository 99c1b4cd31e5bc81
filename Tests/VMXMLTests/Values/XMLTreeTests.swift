import Testing
import VMXML

@Suite struct XMLTreeTests {
    @Test(
        "A comment is written so that it can be read again, whatever it holds",
        arguments: [
            ("a", "a"), ("a--b", "a- -b"), ("-", "- "), ("---", "- - - "), ("--><x/>", "- -><x/>"),
            ("a\u{1}\r\nb", "a\nb"),
        ])
    func comments(text: String, written: String) throws {
        for children in [[XMLTree.Child.comment(text)], [.text("t"), .comment(text)]] {
            let tree = XMLTree(name: "m", children: children)
            let read = try XMLTree.read(Array(tree.markup.utf8), file: "m.xml")
            #expect(read.elements.isEmpty)
            #expect(read.children.contains(.comment(written)))
        }
    }
}
