public import VMDomain

extension Domain {
    /// The variables that QEMU gets for what it has no options for: the zone of its local time, and where displays and sound
    /// are.
    public var impliedVariables: [(name: String, value: String)] {
        var variables: [(name: String, value: String)] = []
        if clock?.offset == .timezone, let zone = clock?.timezone { variables.append(("TZ", zone)) }
        if let window = devices.graphics.first(where: { $0.type == .sdl }) {
            if let display = window.display { variables.append(("DISPLAY", display)) }
            if let authority = window.xauth { variables.append(("XAUTHORITY", authority)) }
        }
        if let driver = devices.audios.first(where: { $0.type == .sdl })?.driver {
            variables.append(("SDL_AUDIODRIVER", driver.rawValue))
        }
        if let folder = devices.audios.first(where: { $0.type == .pipewire })?.runtimeDir {
            variables.append(("PIPEWIRE_RUNTIME_DIR", folder))
        }
        return variables
    }

    /// The variables that the document itself gives QEMU; of those of a name the last.
    public var givenVariables: [(name: String, value: String)] {
        var seen: Set<String> = []
        let given = qemuCommandline.environment.reversed().compactMap { variable in
            variable.name.flatMap { seen.insert($0).inserted ? (name: $0, value: variable.value ?? "") : nil }
        }
        return given.reversed()
    }
}
