internal import VMCore

extension XMLMapper {
    /// A child that libvirt's schema allows here although it means nothing: read, mentioned and dropped.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    package mutating func overlooked<E: XMLElement>(_ name: StaticString, as type: E.Type, _ why: String) {
        guard !isWriting else { return }
        var value: E?
        element(name, &value)
        if value != nil { report(.warning, rule: "no-effect", "<\(name)> has no effect \(why)") }
    }

    /// The same for an attribute.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    package mutating func overlooked<V: XMLValue>(attribute name: StaticString, as type: V.Type, _ why: String) {
        guard !isWriting else { return }
        var value: V?
        attribute(name, &value)
        if value != nil { report(.warning, rule: "no-effect", "'\(name)' has no effect \(why)", at: .attribute(name)) }
    }
}
