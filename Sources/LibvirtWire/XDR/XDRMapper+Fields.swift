/// Fields in the order of the wire, as many as a structure has.
extension XDRMapper {
    public mutating func map<A: XDRValue>(_ a: inout A) { a.map(&self) }

    public mutating func map<A: XDRValue, B: XDRValue>(_ a: inout A, _ b: inout B) {
        a.map(&self)
        b.map(&self)
    }

    public mutating func map<A: XDRValue, B: XDRValue, C: XDRValue>(_ a: inout A, _ b: inout B, _ c: inout C) {
        a.map(&self)
        b.map(&self)
        c.map(&self)
    }

    public mutating func map<A: XDRValue, B: XDRValue, C: XDRValue, D: XDRValue>(
        _ a: inout A, _ b: inout B, _ c: inout C, _ d: inout D
    ) {
        map(&a, &b)
        map(&c, &d)
    }

    public mutating func map<A: XDRValue, B: XDRValue, C: XDRValue, D: XDRValue, E: XDRValue>(
        _ a: inout A, _ b: inout B, _ c: inout C, _ d: inout D, _ e: inout E
    ) {
        map(&a, &b)
        map(&c, &d, &e)
    }

    public mutating func map<A: XDRValue, B: XDRValue, C: XDRValue, D: XDRValue, E: XDRValue, F: XDRValue>(
        _ a: inout A, _ b: inout B, _ c: inout C, _ d: inout D, _ e: inout E, _ f: inout F
    ) {
        map(&a, &b, &c)
        map(&d, &e, &f)
    }
}
