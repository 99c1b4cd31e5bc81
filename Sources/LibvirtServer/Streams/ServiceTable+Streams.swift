internal import LibvirtWire
internal import VMCore
internal import VMManager

/// Consoles and pictures, which come as streams.
extension ServiceTable {
    mutating func serveStreams() {
        serveStream(Remote.domainScreenshot) { (arguments, client) throws(VMError) in
            try checkFlags(arguments.flags, 0, "qemuDomainScreenshot")
            let screen = Int(arguments.screen)
            let picture = try await client.machine(arguments.domain).screenshot(screen: screen)
            return ("image/png", { port throws(VMError) in _ = await port.send(picture) })
        }
        serveStream(Remote.domainOpenConsole) { (arguments, client) throws(VMError) in
            // 1 takes another client's place, 2 refuses consoles that several can have.
            try checkFlags(arguments.flags, 3, "qemuDomainOpenConsole")
            let channel = try await client.perform(arguments.domain, "openConsole") { (manager, key) throws(VMError) in
                try manager.openConsole(
                    key, device: arguments.device, force: arguments.flags & 1 != 0)
            }
            return (Nothing(), { port throws(VMError) in await ConsoleStream(channel, port).run() })
        }
        serveStream(Remote.domainOpenChannel) { (arguments, client) throws(VMError) in
            // 1 takes another client's place.
            try checkFlags(arguments.flags, 1, "qemuDomainOpenChannel")
            let channel = try await client.perform(arguments.domain, "openChannel") { (manager, key) throws(VMError) in
                try manager.openChannel(key, name: arguments.name, force: arguments.flags & 1 != 0)
            }
            return (Nothing(), { port throws(VMError) in await ConsoleStream(channel, port).run() })
        }
    }
}

/// A console and a stream, joined.
private struct ConsoleStream: Sendable {
    private let channel: ConsoleChannel
    private let port: StreamPort

    init(_ channel: ConsoleChannel, _ port: StreamPort) {
        self.channel = channel
        self.port = port
    }

    /// Returns when the machine has ended, another client has taken the console over, or this one has left it.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await output() }
            group.addTask { await input() }
            await group.next()
            group.cancelAll()
            port.stop()
        }
    }

    private func output() async {
        while !Task.isCancelled {
            switch channel.receive(limit: 16_384) {
            case .bytes(let bytes): if await !port.send(bytes) { return }
            case .nothing:
                let deadline = channel.isJoining ? Deadline.after(.milliseconds(50)) : .distantFuture
                _ = try? await AsyncWait.isReadable(channel.descriptor, channel.notice, by: deadline)
            case .ended, .takenOver: return
            }
        }
    }

    private func input() async {
        while let input = await port.next() {
            guard case .data(var bytes) = input else { return }
            while !bytes.isEmpty, !Task.isCancelled {
                let count = channel.send(bytes)
                bytes.removeFirst(count)
                // A guest that doesn't read is asked again.
                if count == 0 { try? await AsyncWait.sleep(until: .after(.milliseconds(20))) }
            }
        }
    }
}
