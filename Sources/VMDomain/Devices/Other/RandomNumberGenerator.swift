public import VMXML

/// `<rng>`: a source of random numbers for the guest.
public struct RandomNumberGenerator: XMLElement {
    public var model: VirtioModel?
    public var rate: Rate?
    public var backend: Backend?
    public var driver: VirtioOptions?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("model", &model)
        x.element("rate", &rate)
        x.single("backend", &backend)
        if x.isReading, backend == nil { x.reportMissing(element: "backend") }
        x.element("driver", &driver)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
    }

    /// `<rate>`: how much the guest may take.
    public struct Rate: XMLElement {
        public var bytes: UInt32?
        /// Milliseconds; one second when absent.
        public var period: UInt32?

        public init() {}

        public mutating func map(_ x: inout XMLMapper) {
            x.required("bytes", &bytes)
            x.attribute("period", &period)
        }
    }

    /// `<backend>`: where the numbers come from.
    public struct Backend: XMLElement {
        public enum Model: String, XMLEnum {
            case random, egd, builtin
        }

        public var model = Model.random
        /// random: a device of the host; QEMU's default when absent.
        public var path: String?
        /// egd.
        public var character = CharacterBackend(type: .tcp)
        public var origin = XMLOrigin()

        public init() {}
        public init(_ model: Model) { self.model = model }

        public mutating func map(_ x: inout XMLMapper) {
            x.located(&origin)
            x.variant("model", &model, required: true)
            switch model {
            case .random: mapPath(&x)
            case .egd:
                character.mapAttributes(&x, required: true)
                character.mapChildren(&x)
            case .builtin: break
            }
        }

        private mutating func mapPath(_ x: inout XMLMapper) {
            x.content(&path)
            if x.isReading, path == "" { path = nil }
        }
    }
}
