public import VMXML

/// `<sound>`: a sound card.
public struct Sound: XMLElement {
    /// `model`.
    public enum Model: String, XMLEnum {
        case sb16, es1370, pcspk, ac97, ich6, ich9, usb, ich7, virtio
    }

    public var model: Model?
    /// usb: whether there are more than two channels.
    public var multichannel: YesNo?
    /// virtio.
    public var streams: UInt32?
    /// ich6, ich9.
    public var codecs: [Codec] = []
    public var audio: AudioReference?
    /// virtio.
    public var driver: VirtioOptions?
    public var alias: Alias?
    public var acpi: DeviceACPI?
    public var address: DeviceAddress?
    public var origin = XMLOrigin()

    public init() {}
    public init(_ model: Model) { self.model = model }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("model", &model)
        x.attribute("multichannel", &multichannel)
        x.attribute("streams", &streams)
        x.elements("codec", &codecs)
        x.element("audio", &audio)
        x.element("alias", &alias)
        x.element("acpi", &acpi)
        x.element("address", &address)
        x.element("driver", &driver)
    }

    /// `<codec>`: a chip on a card that has a bus for them.
    public struct Codec: XMLElement {
        public enum Kind: String, XMLEnum {
            case duplex, micro, output
        }

        public var type: Kind?

        public init() {}
        public init(_ type: Kind) { self.type = type }

        public mutating func map(_ x: inout XMLMapper) {
            x.required("type", &type)
        }
    }
}
