extension Optional {
    /// Sets a value where there is none: what a default is.
    mutating func fill(_ value: @autoclosure () -> Wrapped) {
        if self == nil { self = value() }
    }
}
