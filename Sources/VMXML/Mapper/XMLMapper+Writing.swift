extension XMLMapper {
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    mutating func writeElement<E: XMLElement>(_ name: StaticString, _ value: E) {
        _ = writer.start(namespace.prefix, name)
        var copy = value
        copy.map(&self)
        writer.end(namespace.prefix, name)
    }

    /// Writes the element with an end tag even when it has no children, where libvirt does.
    @inline(never)
    package mutating func keepOpen() {
        if mode == .writing { writer.openTag() }
    }

    /// Declares a namespace on the element whose start tag is being written.
    @inline(never)
    public mutating func declare(_ namespace: XMLNamespace, when used: Bool) {
        guard mode == .writing, used else { return }
        writer.attribute("xmlns:\(namespace.prefix)", namespace.uri)
    }
}
