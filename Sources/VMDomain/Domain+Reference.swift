internal import VMXML

extension Domain {
    /// The reference page of domain XML in Markdown: a section for each child of `<domain>` and for each device.
    ///
    /// - Parameter effects: what each element and attribute does, by its path from the root, `domain/os/@firmware`.
    public static func reference(effects: [String: String]) -> String {
        XMLReference.markdown(
            Domain.describe(name: "domain"),
            introduction: """
                # Domain XML

                Every element and attribute that vmctl reads and writes, in the order in which they are written. This page is
                made from the `map` functions in `Sources/VMDomain`; `make reference` writes it anew.

                *required* marks what must be there, *repeats* what may stand any number of times. An attribute of an element
                with several shapes is listed once, whichever shape has it.

                Behind the arrow stands what a setting does: the options of QEMU that depend on it, with the key where it is
                one or two, a QMP command or a helper program; or that it is refused, or that a warning says that it has no
                effect; or what else becomes of it. `Tests/QEMULauncherTests/Effects` finds this by planning documents, and
                fails for a setting that does nothing without a word.

                """, group: "devices", notes: effects)
    }
}
