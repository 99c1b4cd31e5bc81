package import VMCore

/// What tc is told so that a device carries no more than it may, line by line.
///
/// All of it belongs to the device and goes with it: a process that is killed leaves nothing behind. What goes to a guest is
/// queued, and what comes from it is dropped beyond the limit, for nothing can be queued that has arrived already.
package enum TrafficRules {
    /// A guest of a network that is guaranteed a part of the network's rate.
    package struct Guarantee: Sendable, Hashable {
        package var mac: MACAddress
        /// Thousands of bytes a second.
        package var rate: UInt64

        package init(_ mac: MACAddress, _ rate: UInt64) { (self.mac, self.rate) = (mac, rate) }
    }

    /// What takes away whatever there is. Each may be missing.
    static func removal(_ device: String) -> [String] {
        ["qdisc del dev \(device) root", "qdisc del dev \(device) ingress"]
    }

    /// The rules of a guest's device.
    static func device(_ device: String, _ limits: TrafficLimits) -> [String] {
        var lines: [String] = []
        // With a guarantee alone there is nothing to limit here: the network's bridge does what has to be done.
        if let inbound = limits.inbound, inbound.average > 0 {
            lines.append("qdisc add dev \(device) root handle 1: htb default 1")
            lines.append("class add dev \(device) parent 1: classid 1:1 " + shape(inbound))
        }
        if let outbound = limits.outbound { lines += police(device, outbound) }
        return lines
    }

    /// The rules of a network's bridge: what goes into the network is shared out there.
    ///
    /// - Parameter guarantees: none without an inbound limit.
    static func bridge(_ bridge: String, _ limits: TrafficLimits, _ guarantees: [Guarantee]) -> [String] {
        var lines: [String] = []
        if let inbound = limits.inbound, inbound.average > 0 {
            let ceiling = inbound.peak ?? inbound.average
            let promised = guarantees.reduce(UInt64(0)) { $0 &+ $1.rate }
            let rest = max(1, inbound.average - min(promised, inbound.average))
            lines.append("qdisc add dev \(bridge) root handle 1: htb default 2")
            lines.append("class add dev \(bridge) parent 1: classid 1:1 " + shape(inbound))
            lines.append("class add dev \(bridge) parent 1:1 classid 1:2 \(shape(rest, ceiling))")
            for (number, guarantee) in guarantees.enumerated() {
                let id = "1:" + String(number + 3, radix: 16)
                lines.append("class add dev \(bridge) parent 1:1 classid \(id) \(shape(guarantee.rate, ceiling))")
                lines.append(
                    "filter add dev \(bridge) parent 1: protocol all prio 1 u32 match ether dst \(guarantee.mac) "
                        + "flowid \(id)")
            }
        }
        if let outbound = limits.outbound { lines += police(bridge, outbound) }
        return lines
    }

    /// How many guests of one network can be promised a part: the numbers of classes have 16 bits.
    package static let mostGuarantees = 4096

    private static func shape(_ rate: TrafficLimits.Rate) -> String {
        shape(rate.average, rate.peak ?? rate.average) + (rate.burst.map { " burst \($0)kb" } ?? "")
    }

    /// What is sent at a time before another class has its turn is a tenth of a second's worth: not less than a packet, not
    /// more than the kernel likes.
    private static func shape(_ average: UInt64, _ ceiling: UInt64) -> String {
        let quantum = min(max(average.multipliedReportingOverflow(by: 100).partialValue, 1514), 200_000)
        return "htb rate \(average)kbps ceil \(max(average, ceiling))kbps quantum \(quantum)"
    }

    private static func police(_ device: String, _ rate: TrafficLimits.Rate) -> [String] {
        guard rate.average > 0 else { return [] }
        // A packet that is larger than the burst would never pass, and guests send such of 64 KiB.
        let burst = max(rate.burst ?? rate.average, 64)
        return [
            "qdisc add dev \(device) ingress",
            "filter add dev \(device) parent ffff: protocol all u32 match u32 0 0 police rate \(rate.average)kbps "
                + "burst \(min(burst, 4_194_303))kb mtu 64kb drop flowid :1",
        ]
    }
}
