extension XMLMapper {
    /// A child whose shape the element around it decides: reading goes on from what `value` holds already.
    ///
    /// `<disk type='block'><source dev='…'/>`: the disk sets the source's type before it maps the source. Written only
    /// when there is something in it.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public mutating func element<E: XMLElement>(_ name: StaticString, into value: inout E) {
        switch mode {
        case .reading: if let child = takeChild(name) { readElement(child, into: &value) }
        case .writing: element(name, &value)
        case .describing:
            description.enter(qualified(name), repeats: false)
            if description.descends { describeVariants(from: value) }
            description.leave()
        }
    }

    /// The same of a child that is written only when there is something in it.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public mutating func single<E: XMLElement>(_ name: StaticString, into value: inout E) {
        guard mode == .reading else { return element(name, into: &value) }
        guard let first = takeSingle(name) else { return }
        readElement(first, into: &value)
    }

    private mutating func takeSingle(_ name: StaticString) -> Int32? {
        guard let first = takeNextChild(name) else { return nil }
        var last = first
        while let other = takeNextChild(name, after: last) {
            reportDuplicate(other, first: first, always: true)
            last = other
        }
        return first
    }

    /// A child of which there may be one only, even for readers that are lenient about other duplicates.
    @_semantics("optimize.sil.specialize.generic.never")
    @inline(never)
    public mutating func single<E: XMLElement>(_ name: StaticString, _ value: inout E?) {
        guard mode == .reading else { return element(name, &value) }
        guard let first = takeSingle(name) else { return }
        value = readElement(first)
    }
}

extension XMLMapper {
    /// An attribute that has one word only; absent it is a fault, and it is always written.
    @inline(never)
    public mutating func constant(_ name: StaticString, _ word: StaticString) {
        switch mode {
        case .reading:
            guard let text = takeAttribute(name) else {
                return reportMissing(attribute: name, accepted: .words(["\(word)"]))
            }
            if text != "\(word)" { reportInvalid(text, attribute: name, accepted: .words(["\(word)"])) }
        case .writing: writer.attribute(name, "\(word)")
        case .describing: description.attribute(name, .words(["\(word)"]), required: true)
        }
    }
}
