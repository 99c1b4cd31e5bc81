public import VMXML

/// `<clock>`: what the guest's clock shows at start, and its timers.
public struct Clock: XMLElement {
    public enum Offset: String, XMLEnum { case utc, localtime, timezone, variable, absolute }
    public enum Basis: String, XMLEnum { case utc, localtime }

    public var offset = Offset.utc
    public var adjustment: Adjustment?
    public var basis: Basis?
    public var timezone: String?
    /// Seconds since 1970 for the offset `absolute`.
    public var start: UInt64?
    public var timers: [Timer] = []
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.variant("offset", &offset)
        switch offset {
        case .utc, .localtime: x.attribute("adjustment", &adjustment)
        case .timezone: x.attribute("timezone", &timezone)
        case .variable:
            x.attribute("adjustment", &adjustment)
            x.attribute("basis", &basis)
        case .absolute: x.required("start", &start)
        }
        x.elements("timer", &timers)
    }

    /// Seconds by which the clock is off, or `reset`: what the guest changes is forgotten.
    public enum Adjustment: XMLValue {
        case reset
        case seconds(Int)

        public init?(xml text: String) {
            if text == "reset" {
                self = .reset
            } else {
                guard let seconds = Int(xml: text) else { return nil }
                self = .seconds(seconds)
            }
        }

        public var xml: String {
            switch self {
            case .reset: "reset"
            case .seconds(let seconds): String(seconds)
            }
        }

        public static var accepted: XMLAccepted { .phrase("a number of seconds, or reset") }
    }
}

/// `<timer>` of `<clock>`.
public struct Timer: XMLElement {
    public enum Name: String, XMLEnum {
        case platform, pit, rtc, hpet, tsc, kvmclock, hypervclock, armvtimer, xen
    }

    /// What happens to ticks that the guest missed.
    public enum TickPolicy: String, XMLEnum { case delay, catchup, merge, discard }
    public enum Track: String, XMLEnum { case boot, guest, wall, realtime }
    public enum Mode: String, XMLEnum { case auto, native, emulate, paravirt, smpsafe }

    public var name: Name?
    public var present: YesNo?
    public var tickpolicy: TickPolicy?
    public var track: Track?
    /// In Hz.
    public var frequency: UInt64?
    public var mode: Mode?
    public var catchup: CatchUp?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("name", &name)
        x.attribute("present", &present)
        x.attribute("tickpolicy", &tickpolicy)
        x.attribute("track", &track)
        x.attribute("frequency", &frequency)
        x.attribute("mode", &mode)
        x.element("catchup", &catchup)
    }

    /// `<catchup>`: how fast missed ticks are made up for.
    public struct CatchUp: XMLElement {
        public var threshold: UInt64?
        public var slew: UInt64?
        public var limit: UInt64?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.attribute("threshold", &threshold)
            x.attribute("slew", &slew)
            x.attribute("limit", &limit)
        }
    }
}
