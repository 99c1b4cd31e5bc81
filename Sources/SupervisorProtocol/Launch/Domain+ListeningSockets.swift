package import VMDomain

extension Domain {
    /// Sockets of the file system that the document names and QEMU listens on.
    package var listeningSockets: [String] {
        let named = characterBackends.filter { $0.type == .unix && $0.source.mode == .bind }.compactMap(\.source.path)
        return (named + devices.graphics.flatMap { $0.listens.compactMap(\.socket) }).filter { $0.hasPrefix("/") }
    }

    package var characterBackends: [CharacterBackend] { devices.characterBackends }
}

extension Devices {
    fileprivate var characterBackends: [CharacterBackend] {
        serials.map(\.backend) + parallels.map(\.backend) + consoles.map(\.backend) + channels.map(\.backend)
    }

    /// The same of single devices.
    package var listeningSockets: [String] {
        characterBackends.filter { $0.type == .unix && $0.source.mode == .bind }.compactMap(\.source.path)
    }
}
