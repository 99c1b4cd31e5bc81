internal import VMCore

extension [Diagnostic] {
    /// Sorted by place; what has none comes first.
    var inOrder: [Diagnostic] {
        enumerated().sorted { a, b in
            (a.element.place?.offset ?? 0, a.offset) < (b.element.place?.offset ?? 0, b.offset)
        }.map(\.element)
    }
}
