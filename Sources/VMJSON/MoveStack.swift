/// A stack whose upper part is moved into an array of exactly its size, without copying an element.
///
/// Values and members gather here while their array or object is read, so that each array is allocated once.
struct MoveStack<Element>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int) {
        self.capacity = max(1, capacity)
        base = .allocate(capacity: self.capacity)
    }

    deinit {
        // SAFETY: the first `count` elements are initialised, always.
        base.deinitialize(count: count)
        base.deallocate()
    }

    mutating func push(_ element: consuming Element) {
        if count == capacity { grow() }
        // SAFETY: count < capacity, and the place behind the last element is not initialised.
        (base + count).initialize(to: element)
        count += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        // SAFETY: the new room is larger and apart; the old one is given back after its elements have moved out.
        larger.moveInitialize(from: base, count: count)
        base.deallocate()
        base = larger
        capacity *= 2
    }

    /// The element at `index`, which must be below ``count``.
    func withElement<Result>(_ index: Int, _ body: (borrowing Element) -> Result) -> Result {
        precondition(index >= 0 && index < count)
        return body(base[index])
    }

    /// Takes everything from `start` on off the stack.
    mutating func take(from start: Int) -> [Element] {
        let length = count - start
        guard length > 0 else { return [] }
        count = start
        let source = base + start
        var elements: [Element] = []
        elements.reserveCapacity(length)
        // SAFETY: the stack's `length` elements from `source` on are initialised and given up by the count above.
        for offset in 0..<length { elements.append((source + offset).move()) }
        return elements
    }
}
