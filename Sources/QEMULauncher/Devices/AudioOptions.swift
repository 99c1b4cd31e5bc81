internal import VMCore
internal import VMDomain
internal import VMJSON

/// `<audio>`: where sound goes on the host.
enum AudioOptions {
    static func make(_ audio: Audio) -> QEMUOption {
        var properties: JSONObject = ["id": .string(name(audio.id)), "driver": .string(driver(audio.type))]
        if let period = audio.timerPeriod { properties["timer-period"] = JSONValue(period) }
        switch audio.type {
        case .oss:
            properties.put("try-mmap", audio.tryMMap)
            properties.put("exclusive", audio.exclusive)
            properties["dsp-policy"] = audio.dspPolicy.map { JSONValue($0) }
        case .pulseaudio: properties.put("server", audio.serverName)
        case .file: properties.put("path", audio.path)
        default: break
        }
        properties["in"] = direction(audio.input, audio.type)
        properties["out"] = direction(audio.output, audio.type)
        return QEMUOption(.audiodev, properties, from: audio.origin)
    }

    /// The name by which sound cards and displays refer to an audio backend.
    static func name(_ id: UInt32?) -> String { "audio\(id ?? 1)" }

    /// The backend of a device that refers to `id`, or else the first.
    static func name(for reference: AudioReference?, _ context: BuildContext) -> String? {
        if let id = reference?.id { return name(id) }
        return context.domain.devices.audios.first.map { name($0.id) }
    }

    private static func driver(_ type: Audio.Kind) -> String {
        switch type {
        case .pulseaudio: "pa"
        case .file: "wav"
        default: type.rawValue
        }
    }

    /// Settings of recording or playback; nil when there is none.
    private static func direction(_ direction: AudioDirection, _ type: Audio.Kind) -> JSONValue? {
        var properties: JSONObject = [:]
        properties.put("mixing-engine", direction.mixingEngine)
        properties.put("fixed-settings", direction.fixedSettings)
        properties.put("voices", direction.voices)
        properties.put("buffer-length", direction.bufferLength)
        if let settings = direction.settings {
            properties.put("frequency", settings.frequency)
            properties.put("channels", settings.channels)
            properties.put("format", settings.format?.rawValue)
        }
        properties.put("dev", direction.dev)
        properties.put("buffer-count", direction.bufferCount)
        properties.put("try-poll", direction.tryPoll)
        properties.put("server-name", direction.serverName)
        properties.put("client-name", direction.clientName)
        properties.put("connect-ports", direction.connectPorts)
        properties.put("exact-name", direction.exactName)
        properties.put("name", direction.name)
        properties.put("stream-name", direction.streamName)
        properties.put("latency", direction.latency)
        return properties.isEmpty ? nil : .object(properties)
    }
}

/// `<sound>`: the card the guest sees.
enum SoundOptions {
    static func make(_ sound: Sound, _ context: BuildContext) throws(VMError) -> [QEMUOption] {
        let alias = sound.alias.id
        let audio = AudioOptions.name(for: sound.audio, context)
        var properties: JSONObject = [:]
        switch sound.model {
        case .pcspk, nil: return []
        case .es1370: properties["driver"] = "ES1370"
        case .ac97: properties["driver"] = "AC97"
        case .sb16: properties["driver"] = "sb16"
        case .usb: properties["driver"] = "usb-audio"
        case .ich6, .ich9: return try highDefinition(sound, audio, context)
        case .virtio:
            properties["driver"] = .string(context.virtioDriver("virtio-sound", at: sound.address))
            properties.put(sound.driver)
        case .ich7:
            throw VMError(.unsupported, "QEMU has no sound card 'ich7'", remedy: "use ich9 or ac97")
        }
        properties["id"] = .string(alias)
        properties.put("audiodev", audio)
        if sound.model == .usb { properties.put("multi", sound.multichannel) }
        if sound.model == .virtio { properties["streams"] = JSONValue(sound.streams ?? 2) }
        return try context.device(properties, at: sound.address, acpi: sound.acpi, from: sound.origin)
    }

    private static func highDefinition(
        _ sound: Sound, _ audio: String?, _ context: BuildContext
    ) throws(VMError) -> [QEMUOption] {
        let alias = sound.alias.id
        let driver: JSONValue = sound.model == .ich6 ? "intel-hda" : "ich9-intel-hda"
        var options = try context.device(
            ["driver": driver, "id": .string(alias)], at: sound.address, acpi: sound.acpi, from: sound.origin)
        let codecs = sound.codecs.isEmpty ? [Sound.Codec.Kind.duplex] : sound.codecs.map { $0.type ?? .duplex }
        for (index, codec) in codecs.enumerated() {
            var properties: JSONObject = [
                "driver": .string("hda-" + codec.rawValue), "id": .string("\(alias)-codec\(index)"),
                "bus": .string(alias + ".0"), "cad": JSONValue(index),
            ]
            properties.put("audiodev", audio)
            options.append(QEMUOption(.device, properties, from: sound.origin))
        }
        return options
    }
}
