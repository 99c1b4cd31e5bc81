internal import VMCore
package import VMDomain
package import VMJSON

/// How much a device of a guest, or a whole network, may carry: a `<bandwidth>` whose numbers tc understands.
package struct TrafficLimits: Sendable, Hashable {
    package struct Rate: Sendable, Hashable {
        /// Thousands of bytes a second, in the long run; 0 for no limit, where there is only a guarantee.
        package var average: UInt64
        /// The same for a moment.
        package var peak: UInt64?
        /// KiB that go at the peak's rate.
        package var burst: UInt64?
        /// What is guaranteed of the network's own rate.
        package var floor: UInt64 = 0

        package init(average: UInt64, peak: UInt64? = nil, burst: UInt64? = nil, floor: UInt64 = 0) {
            (self.average, self.peak, self.burst, self.floor) = (average, peak, burst, floor)
        }
    }

    /// To the guest, or the network's guests.
    package var inbound: Rate?
    package var outbound: Rate?

    /// Beyond these tc's numbers of 32 bits are exceeded; no device is as quick.
    private static let highestRate: UInt64 = 1 << 32 - 1
    private static let longestBurst: UInt64 = 1 << 22 - 1

    package init(inbound: Rate? = nil, outbound: Rate? = nil) { (self.inbound, self.outbound) = (inbound, outbound) }

    /// Nil for a document that limits nothing.
    package init?(_ bandwidth: Bandwidth?) {
        guard let bandwidth else { return nil }
        func rate(_ rate: Bandwidth.Rate?) -> Rate? {
            guard let rate, rate.average ?? 0 > 0 || rate.floor ?? 0 > 0 else { return nil }
            func capped(_ value: UInt64?) -> UInt64? {
                value.map { min($0, Self.highestRate) }.flatMap { $0 > 0 ? $0 : nil }
            }
            return Rate(
                average: capped(rate.average) ?? 0, peak: capped(rate.peak),
                burst: rate.burst.map { min($0, Self.longestBurst) }, floor: capped(rate.floor) ?? 0)
        }
        self.init(inbound: rate(bandwidth.inbound), outbound: rate(bandwidth.outbound))
        if inbound == nil, outbound == nil { return nil }
    }

    // MARK: JSON

    package var json: JSONObject {
        var object: JSONObject = [:]
        object["inbound"] = inbound.map { .object($0.json) }
        object["outbound"] = outbound.map { .object($0.json) }
        return object
    }

    /// Nil for nothing, and for what limits nothing.
    package init?(json: JSONValue?) {
        guard let json else { return nil }
        self.init(
            inbound: json["inbound"].flatMap { Rate(json: $0) }, outbound: json["outbound"].flatMap { Rate(json: $0) })
        if inbound == nil, outbound == nil { return nil }
    }
}

extension TrafficLimits.Rate {
    fileprivate var json: JSONObject {
        var object: JSONObject = ["average": JSONValue(average), "floor": JSONValue(floor)]
        object["peak"] = peak.map { JSONValue($0) }
        object["burst"] = burst.map { JSONValue($0) }
        return object
    }

    fileprivate init?(json: JSONValue) {
        guard let average = json["average"]?.uint64 else { return nil }
        self.init(
            average: average, peak: json["peak"]?.uint64, burst: json["burst"]?.uint64,
            floor: json["floor"]?.uint64 ?? 0)
    }
}
