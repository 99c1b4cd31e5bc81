internal import VMCore

/// Numbers with a fixed count of digits behind the point.
enum Decimal {
    static func text(_ value: Double, digits: Int) -> String {
        let scale = (0..<max(0, digits)).reduce(1) { number, _ in number * 10 }
        let whole = Int64(nearest: value * Double(scale))
        let fraction = String(whole.magnitude % UInt64(scale))
        let sign = whole < 0 ? "-" : ""
        return digits == 0
            ? "\(whole)"
            : "\(sign)\(whole.magnitude / UInt64(scale))."
                + String(repeating: "0", count: digits - fraction.utf8.count) + fraction
    }
}
