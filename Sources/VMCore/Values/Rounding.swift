extension FixedWidthInteger {
    /// The whole number next to one with a fraction; the nearest that the type has where that is too large or too small,
    /// 0 for what is no number. Statistics of guests and of QEMU may hold anything, and `Int(1e300)` ends the process.
    public init(nearest value: Double) {
        let rounded = value.rounded()
        self = Self(exactly: rounded) ?? (rounded.isNaN ? 0 : rounded < 0 ? .min : .max)
    }
}
