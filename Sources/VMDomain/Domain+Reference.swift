internal import VMXML

extension Domain {
    /// The reference page of domain XML in Markdown: a section for each child of `<domain>` and for each device.
    public static var reference: String {
        XMLReference.markdown(
            Domain.describe(name: "domain"),
            introduction: """
                # Domain XML

                Every element and attribute that vmctl reads and writes, in the order in which they are written. This page is
                made from the `map` functions in `Sources/VMDomain`; `make reference` writes it anew.

                *required* marks what must be there, *repeats* what may stand any number of times. An attribute of an element
                with several shapes is listed once, whichever shape has it.

                """, group: "devices")
    }
}
