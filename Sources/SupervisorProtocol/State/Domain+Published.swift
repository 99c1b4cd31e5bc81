package import VMDomain

extension Domain {
    /// Fills in what QEMU chose for a machine that runs: its id, pseudo terminals, the sockets of channels, and ports.
    /// Filling in twice changes nothing.
    ///
    /// - Parameter channels: the folder of sockets whose paths the definition leaves open.
    package mutating func fill(from state: PublishedState, channels folder: String) {
        id = state.id
        fillTerminals(from: state)
        fillChannels(in: folder)
        if let port = state.vnc.first.flatMap({ Int($0.port) }),
            let index = devices.graphics.firstIndex(where: { $0.type == .vnc })
        {
            devices.graphics[index].port = port
        }
    }

    private mutating func fillTerminals(from state: PublishedState) {
        let terminals = Dictionary(
            state.terminals.map { ($0.chardev, $0.path) }, uniquingKeysWith: { first, _ in first })
        func fill(_ backend: inout CharacterBackend, _ alias: Alias?, tty: Bool = false) {
            guard backend.type == .pty, let name = alias?.name, let path = terminals["char" + name] else { return }
            backend.source.path = path
            if tty { backend.tty = path }
        }
        for index in devices.serials.indices {
            fill(&devices.serials[index].backend, devices.serials[index].alias)
        }
        for index in devices.parallels.indices {
            fill(&devices.parallels[index].backend, devices.parallels[index].alias)
        }
        for index in devices.consoles.indices {
            fill(&devices.consoles[index].backend, devices.consoles[index].alias, tty: true)
        }
        for index in devices.channels.indices {
            fill(&devices.channels[index].backend, devices.channels[index].alias)
        }
    }

    /// The paths that QEMU was given for channels whose definition leaves that open.
    package mutating func fillChannels(in folder: String) {
        for index in devices.channels.indices {
            let channel = devices.channels[index]
            guard channel.backend.type == .unix, channel.backend.source.path == nil, let name = channel.target?.name
            else { continue }
            devices.channels[index].backend.source.mode = .bind
            devices.channels[index].backend.source.path = "\(folder)/\(name)"
        }
    }

    /// Forgets the sockets that ``fillChannels(in:)`` gave: another manager has a folder of its own for them.
    package mutating func emptyChannels(in folder: String) {
        for index in devices.channels.indices {
            let source = devices.channels[index].backend.source
            guard source.mode == .bind, source.path?.hasPrefix(folder + "/") == true else { continue }
            devices.channels[index].backend.source.mode = nil
            devices.channels[index].backend.source.path = nil
        }
    }
}
