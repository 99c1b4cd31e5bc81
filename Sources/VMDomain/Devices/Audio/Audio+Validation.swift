public import VMXML

extension Sound: Validated {
    public func validate(_ v: inout Validation) {
        guard let model else { return }
        if let audio { v.check(audio) }
        if model != .virtio {
            v.noVirtioOptions(driver, "a '\(model.rawValue)'")
            if let streams {
                v.warning(
                    "no-effect", "only cards of the model 'virtio' have streams", at: .attribute("streams"),
                    found: String(streams))
            }
        }
        if model != .ich6, model != .ich9, !codecs.isEmpty {
            v.warning("no-effect", "only cards of the models 'ich6' and 'ich9' have codecs", at: .child("codec"))
        }
        if model != .usb, let multichannel {
            v.warning(
                "no-effect", "only cards of the model 'usb' have more channels", at: .attribute("multichannel"),
                found: multichannel.rawValue)
        }
        if model == .usb { v.needsUSBAddress(address, "a sound card of the model 'usb'") }
    }
}

extension Audio: Validated {
    public func validate(_ v: inout Validation) {
        if v.isQEMU, type == .spice, !v.digest(DomainDigest.self).hasSPICE {
            v.error(
                "spice-audio", "sound through SPICE needs a <graphics type='spice'>", at: .attribute("type"),
                found: "spice")
        }
        for (name, direction) in [("input", input), ("output", output)] {
            if direction.fixedSettings == .yes, direction.mixingEngine == .no {
                v.error(
                    "audio-settings", "fixed settings need the mixing engine", at: .child(name, "fixedSettings"),
                    found: "yes")
            }
            if direction.settings != nil, direction.fixedSettings != .yes {
                v.error(
                    "audio-settings", "<settings> need fixedSettings='yes'", at: .child([name, "settings"]))
            }
        }
    }
}

extension Devices {
    /// Checks that numbers of audio backends differ.
    func validateAudioNumbers(_ v: inout Validation) {
        var seen: [UInt32: XMLOrigin] = [:]
        v.each("audio", audios) { v, audio in
            guard let id = audio.id else { return }
            if let first = seen[id] {
                v.error(
                    "duplicate-id", "the audio id \(id) is taken already\(v.line(of: first))", at: .attribute("id"),
                    found: String(id))
            } else {
                seen[id] = audio.origin
            }
        }
    }
}
