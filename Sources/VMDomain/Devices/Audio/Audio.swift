public import VMXML

/// `<audio>`: where the sound of the machine's cards goes on the host.
public struct Audio: XMLElement {
    /// `type`.
    public enum Kind: String, XMLEnum {
        case none, alsa, coreaudio, jack, oss, pulseaudio, sdl, spice, file, dbus, pipewire
    }

    /// sdl: what SDL uses.
    public enum SDLDriver: String, XMLEnum {
        case esd, alsa, arts, pulseaudio
    }

    /// The number that sound cards and displays refer to.
    public var id: UInt32?
    public var type = Kind.none
    /// Microseconds.
    public var timerPeriod: UInt32?
    /// oss.
    public var tryMMap: YesNo?
    /// oss.
    public var exclusive: YesNo?
    /// oss.
    public var dspPolicy: Int?
    /// pulseaudio.
    public var serverName: String?
    /// pipewire.
    public var runtimeDir: String?
    /// sdl.
    public var driver: SDLDriver?
    /// file.
    public var path: String?
    public var input = AudioDirection()
    public var output = AudioDirection()
    public var origin = XMLOrigin()

    public init() {}
    public init(id: UInt32, type: Kind) {
        self.id = id
        self.type = type
    }

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.required("id", &id, as: PositiveNumber.self)
        x.variant("type", &type, required: true)
        x.attribute("timerPeriod", &timerPeriod)
        switch type {
        case .oss:
            x.attribute("tryMMap", &tryMMap)
            x.attribute("exclusive", &exclusive)
            x.attribute("dspPolicy", &dspPolicy)
        case .pulseaudio: x.attribute("serverName", &serverName)
        case .pipewire: x.attribute("runtimeDir", &runtimeDir)
        case .sdl: x.attribute("driver", &driver)
        case .file: x.attribute("path", &path)
        case .none, .alsa, .coreaudio, .jack, .spice, .dbus: break
        }
        input.kind = type
        output.kind = type
        x.element("input", into: &input)
        x.element("output", into: &output)
    }
}

/// `<input>` and `<output>` of an audio backend: recording and playback.
public struct AudioDirection: XMLElement {
    /// The backend's `type`, which decides what the element holds. ``Audio`` sets it.
    var kind = Audio.Kind.none

    /// Whether QEMU mixes and converts.
    public var mixingEngine: YesNo?
    /// Whether ``settings`` count instead of the guest's.
    public var fixedSettings: YesNo?
    public var voices: UInt32?
    /// Microseconds.
    public var bufferLength: UInt32?
    /// alsa, oss: a device of the host.
    public var dev: String?
    /// alsa, coreaudio, oss, sdl.
    public var bufferCount: UInt32?
    /// alsa, oss: whether to poll.
    public var tryPoll: YesNo?
    /// jack.
    public var serverName: String?
    /// jack.
    public var clientName: String?
    /// jack: a regular expression.
    public var connectPorts: String?
    /// jack.
    public var exactName: YesNo?
    /// pulseaudio, pipewire: the sink or source.
    public var name: String?
    /// pulseaudio, pipewire.
    public var streamName: String?
    /// pulseaudio, pipewire: microseconds.
    public var latency: UInt32?
    public var settings: AudioSettings?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("mixingEngine", &mixingEngine)
        x.attribute("fixedSettings", &fixedSettings)
        x.attribute("voices", &voices)
        x.attribute("bufferLength", &bufferLength)
        switch kind {
        case .alsa, .oss:
            x.attribute("dev", &dev)
            x.attribute("bufferCount", &bufferCount)
            x.attribute("tryPoll", &tryPoll)
        case .coreaudio, .sdl: x.attribute("bufferCount", &bufferCount)
        case .jack:
            x.attribute("serverName", &serverName)
            x.attribute("clientName", &clientName)
            x.attribute("connectPorts", &connectPorts)
            x.attribute("exactName", &exactName)
        case .pulseaudio, .pipewire:
            x.attribute("name", &name)
            x.attribute("streamName", &streamName)
            x.attribute("latency", &latency)
        case .none, .spice, .file, .dbus: break
        }
        x.element("settings", &settings)
    }
}

/// `<settings>`: the format of sound samples.
public struct AudioSettings: XMLElement {
    public enum Format: String, XMLEnum {
        case s8, u8, s16, u16, s32, u32, f32
    }

    /// Hertz.
    public var frequency: UInt32?
    public var channels: UInt32?
    public var format: Format?
    public var origin = XMLOrigin()

    public init() {}

    public mutating func map(_ x: inout XMLMapper) {
        x.located(&origin)
        x.attribute("frequency", &frequency)
        x.attribute("channels", &channels)
        x.attribute("format", &format)
    }
}
